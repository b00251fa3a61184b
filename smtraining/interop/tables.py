"""CSV files as learning management systems write them: read whatever comes, write back in the same form.

Encoding, byte order mark, delimiter, quoting and line ends of a file are kept, since the LMS that wrote it wants to read the same again.
"""

from __future__ import annotations

import codecs
import csv
import io
import os
import re
import tempfile
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from smtraining.errors import ExchangeError

MAX_BYTES = 50_000_000

_BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_NUMBER = re.compile(r"[+-]?\d+(?:[.,]\d+)*%?")
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\0")


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of cells, and the form of the file they came from. ``bom`` is b"" if the file had none."""

    rows: tuple[tuple[str, ...], ...]
    codec: str = "utf-8"
    bom: bytes = b""
    delimiter: str = ","
    quote_all: bool = False
    line_end: str = "\r\n"

    def with_rows(self, rows: Sequence[Sequence[str]]) -> Table:
        """Other rows in the same form."""
        return replace(self, rows=tuple(tuple(row) for row in rows))


def read(path: Path) -> Table:
    """The table in ``path``, without empty rows; every row is as long as the first. Raises ExchangeError if it is not a table."""
    if path.stat().st_size > MAX_BYTES:
        raise ExchangeError(f"{path} is larger than {MAX_BYTES // 1_000_000} MB, which no gradebook or roster is. Is it the right file?")
    data = path.read_bytes()
    bom, codec = _encoding(data)
    try:
        text = data[len(bom) :].decode(codec)
    except UnicodeDecodeError as error:
        raise ExchangeError(f"{path} cannot be read as text ({error}). Export it from the LMS again, as CSV in UTF-8.") from None
    first = text.split("\n", 1)[0]
    delimiter = max(",;\t", key=lambda mark: len(next(csv.reader([first], delimiter=mark), [])))
    try:
        rows = [row for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter) if any(cell.strip() for cell in row)]
    except csv.Error as error:
        raise ExchangeError(f"{path} is not a table ({error}). Export it from the LMS again, as CSV.") from None
    if not rows or len(rows[0]) < 2:
        raise ExchangeError(f"{path} has no header row with at least two columns. Export it from the LMS again, as CSV.")
    width = len(rows[0])
    for number, row in enumerate(rows, 1):
        if any(cell.strip() for cell in row[width:]):
            raise ExchangeError(
                f"{path}, row {number}: more cells than the header has ({len(row)} for {width}). A quotation mark may be missing."
            )
    padded = tuple(tuple((row + [""] * width)[:width]) for row in rows)
    return Table(padded, codec, bom, delimiter, first.startswith('"'), "\r\n" if "\r\n" in text else "\n")


def write(path: Path, table: Table, *, never: Path | None = None) -> int:
    """Write ``table`` whole or not at all; returns how many cells were made harmless (see :func:`harmless`).

    Raises ExchangeError if ``path`` is the file ``never``, or a character does not exist in the encoding.
    """
    if never is not None and path.exists() and path.samefile(never):
        raise ExchangeError(f"{path} is the file that was read. It is never overwritten: give another name with -o.")
    rows = [[harmless(cell) for cell in row] for row in table.rows]
    text = io.StringIO(newline="")
    csv.writer(
        text,
        delimiter=table.delimiter,
        quoting=csv.QUOTE_ALL if table.quote_all else csv.QUOTE_MINIMAL,
        lineterminator=table.line_end,
    ).writerows(rows)
    try:
        data = table.bom + text.getvalue().encode(table.codec)
    except UnicodeEncodeError as error:
        raise ExchangeError(
            f"{error.object[error.start]!r} cannot be written in {table.codec}. Export the file from the LMS in UTF-8."
        ) from None
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    return sum(new != old for new_row, old_row in zip(rows, table.rows, strict=True) for new, old in zip(new_row, old_row, strict=True))


def harmless(cell: str) -> str:
    """The cell, with an apostrophe before what a spreadsheet program would run as a formula. Numbers and a lone dash stay as they are.

    First characters: OWASP Application Security Verification Standard 5.0, requirement 1.2.10, and the line ends.
    """
    if not cell.startswith(_FORMULA) or cell == "-" or _NUMBER.fullmatch(cell):
        return cell
    return f"'{cell}"


def plain(text: str) -> str:
    """Letters and digits only, in one case: two titles or names that differ in nothing else are the same to a reader."""
    return "".join(char for char in unicodedata.normalize("NFKC", text).casefold() if char.isalnum())


# -- private ---------------------------------------------------------------------------------------------------------


def _encoding(data: bytes) -> tuple[bytes, str]:
    """Byte order mark and codec."""
    for bom, codec in _BOMS:
        if data.startswith(bom):
            return bom, codec
    head = data[:400]
    if b"\0" in head:
        return b"", "utf-16-le" if head[1::2].count(0) >= head[::2].count(0) else "utf-16-be"
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return b"", "cp1252"
    return b"", "utf-8"
