"""``smtraining policy check``: a policy that somebody else wrote, held against the thirty elements. See docs/policy-check.md."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from smtraining import bank as banks
from smtraining.policy import check_page, check_text
from smtraining.policy.checkfile import checked
from smtraining.policy.profile_store import FILE_NAME
from smtraining.policy.saving import write_whole

OK, PROBLEMS = 0, 1


def add(commands: Any) -> None:
    """Add the commands to ``commands`` (of argparse)."""
    help = "look at a policy that somebody else wrote"
    actions = commands.add_parser("policy", help=help, description=help).add_subparsers(dest="action", required=True, metavar="ACTION")
    help = "which elements a policy has, which it lacks, and which wording is risky; exit code 1 if a must is missing or wording is risky"
    command = actions.add_parser("check", help=help, description=help)
    command.add_argument("file", type=Path, metavar="FILE", help="the policy: .docx, .md, .txt or .pdf")
    command.add_argument(
        "--profile", type=Path, metavar="FILE", help=f"the agency's profile (default: {FILE_NAME} beside the policy or here)"
    )
    command.add_argument("--json", action="store_true", help="print JSON")
    command.add_argument("--html", type=Path, metavar="OUT", help="also write the report as a web page")
    command.add_argument(
        "--overrule", type=Path, metavar="FILE", help="the file of overruled findings (default: beside the policy, NAME.overrules.json)"
    )
    command.add_argument(
        "--set-aside", nargs=2, action="append", default=[], metavar=("ID", "REASON"), help="overrule a finding; the reason is kept"
    )
    command.add_argument("--take-back", action="append", default=[], metavar="ID", help="overrule a finding no longer")
    command.set_defaults(run=_check)


def _check(arguments: argparse.Namespace) -> int:
    bank = banks.load()
    report = checked(
        arguments.file,
        bank,
        profile=arguments.profile,
        file=arguments.overrule,
        changes={**dict(arguments.set_aside), **dict.fromkeys(arguments.take_back)},
    )
    if arguments.html:
        write_whole(arguments.html, check_page.page(report, bank).encode("utf-8"), "The report")
    if arguments.json:
        print(json.dumps(check_text.data(report, bank), indent=1, ensure_ascii=False))
    else:
        print(check_text.text(report, bank), end="")
        if arguments.html:
            print(f"Written: {arguments.html}")
    return OK if report.passes else PROBLEMS
