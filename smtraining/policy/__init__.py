"""The agency's own policy: which rules bind it, what its policy needs, what is missing or risky in a draft.

Built on the bank; each module stands on its own and takes plain values:

- :mod:`~smtraining.policy.profile`: the answers of the switchboard, and conditions over them in three values (yes, no, not known);
- :mod:`~smtraining.policy.requirements`: the rules that bind a profile, and which of the elements it needs;
- :mod:`~smtraining.policy.risks`: risky wording in clauses, and clauses that contradict each other;
- :mod:`~smtraining.policy.gaps`: all of it in one report.
"""
