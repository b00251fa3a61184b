"""Imported early by the command line, which then starts in half of the time.

nbformat loads jsonschema, and that loads, where it is installed, a grammar of web addresses (rfc3987_syntax): a second of work for a check
of formats that nothing here asks for. jsonschema goes without it where it is not installed, so in this process it is not.
"""

import sys

sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]
