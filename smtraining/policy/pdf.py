"""A Word document as a PDF, through LibreOffice, if it is on this computer. Nothing leaves the machine."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from smtraining.errors import PdfError
from smtraining.policy.saving import write_new

TIMEOUT = 120
"""Seconds that LibreOffice is given; its first start on a computer is slow."""

_PLACES = {
    "darwin": ("/Applications/LibreOffice.app/Contents/MacOS/soffice",),
    "win32": (r"C:\Program Files\LibreOffice\program\soffice.exe", r"C:\Program Files (x86)\LibreOffice\program\soffice.exe"),
}

_OPTIONS = {"UseTaggedPDF": {"type": "boolean", "value": "true"}, "ExportBookmarks": {"type": "boolean", "value": "true"}}
"""Tags and bookmarks, so that a screen reader finds headings and tables in the PDF too."""


def to_pdf(word: Path, path: Path) -> Path:
    """Convert a Word file to a new PDF and return its path.

    Raises PdfError if LibreOffice is not found, fails, or takes longer than :data:`TIMEOUT` seconds, SaveError if the file cannot be
    written or is there already.
    """
    program = _office()
    if program is None:
        raise PdfError(
            "To make a PDF here, LibreOffice is needed, and it was not found on this computer. Open the Word document in Word instead and "
            "choose File > Save As > PDF; or install LibreOffice and try again."
        )
    with tempfile.TemporaryDirectory(prefix="smtraining-pdf-") as folder:
        # A profile of its own: LibreOffice would otherwise hand the work to a window that is open, and end at once.
        profile = (Path(folder) / "profile").as_uri()
        command = [program, "--headless", "--norestore", f"-env:UserInstallation={profile}", "--convert-to"]
        command += [f"pdf:writer_pdf_Export:{json.dumps(_OPTIONS)}", "--outdir", folder, str(word.resolve())]
        try:
            done = subprocess.run(command, capture_output=True, timeout=TIMEOUT, check=False)
        except subprocess.TimeoutExpired:
            raise PdfError(f"LibreOffice did not finish in {TIMEOUT} seconds. Close its windows and try again.") from None
        except OSError as error:
            raise PdfError(f"LibreOffice could not be started ({error}). Install it anew, or make the PDF in Word.") from error
        made = Path(folder) / f"{word.stem}.pdf"
        data = made.read_bytes() if made.is_file() else b""
        if done.returncode != 0 or not data.startswith(b"%PDF"):
            said = " ".join(done.stderr.decode("utf-8", "replace").split())[:300] or "it gave no reason"
            raise PdfError(f"LibreOffice could not make a PDF of {word.name}: {said}. Open the document in Word and save it as PDF there.")
        write_new(path, data, "The PDF")
    return path


def _office() -> str | None:
    found = shutil.which("soffice") or shutil.which("libreoffice")
    return found or next((place for place in _PLACES.get(sys.platform, ()) if Path(place).is_file()), None)
