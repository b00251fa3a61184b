"""Find the programs that the tests start beside the browser, or install them; never go on without one.

PostgreSQL (a gradebook in a real server), LibreOffice (the policy's PDF), bubblewrap (the sandbox of students' code) and ps. What is
missing is installed as Debian's package (as root, or with sudo that needs no password). Prints where each was found.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path


def postgres() -> Path | None:
    """The folder with ``initdb`` and ``postgres``: the one named by SMTRAINING_POSTGRES, that on the PATH, or Debian's newest."""
    if named := os.environ.get("SMTRAINING_POSTGRES"):
        return Path(named) if (Path(named) / "initdb").exists() else None
    if found := shutil.which("initdb"):
        return Path(found).resolve().parent
    versions = [path for path in Path("/usr/lib/postgresql").glob("*/bin") if (path / "initdb").exists()]
    return max(versions, key=lambda path: float(path.parent.name), default=None)


def _program(*names: str) -> Callable[[], str | None]:
    return lambda: next((found for name in names if (found := shutil.which(name))), None)


PROGRAMS: dict[str, tuple[Callable[[], str | Path | None], str]] = {
    "PostgreSQL": (postgres, "postgresql"),
    "LibreOffice": (_program("soffice", "libreoffice"), "libreoffice-writer-nogui"),
    "bubblewrap": (_program("bwrap"), "bubblewrap"),
    "ps": (_program("ps"), "procps"),
}
"""What is needed: how it is found, and Debian's package of it."""


def install(packages: list[str]) -> None:
    """Try to install Debian's packages. Failures are shown and left to the caller's second look."""
    apt = shutil.which("apt-get")
    sudo = [] if getattr(os, "geteuid", lambda: 1)() == 0 else ["sudo", "-n"]
    if apt and (not sudo or shutil.which("sudo")):
        subprocess.run([*sudo, apt, "update", "-q"], check=False)
        subprocess.run([*sudo, apt, "install", "-y", "-q", "--no-install-recommends", *packages], check=False)


def main() -> int:
    if missing := [package for find, package in PROGRAMS.values() if find() is None]:
        install(missing)
    lacking = [f"{name} (Debian: {package})" for name, (find, package) in PROGRAMS.items() if find() is None]
    if lacking:
        print(f"The tests need these programs, which could not be installed: {', '.join(lacking)}.", file=sys.stderr)
        return 1
    for name, (find, _) in PROGRAMS.items():
        print(f"{name}: {find()}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
