"""The record of a learner's answers: an append-only file beside the notebook, and the copy that travels inside the notebook."""

from smtraining.responses.record import SCHEMA, Answer, Parsed, merge, newest, parse_lines, parse_mapping, read_record
from smtraining.responses.store import FILE_NAME, Store

__all__ = ["FILE_NAME", "SCHEMA", "Answer", "Parsed", "Store", "merge", "newest", "parse_lines", "parse_mapping", "read_record"]
