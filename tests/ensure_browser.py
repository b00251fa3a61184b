"""Find the browser that the tests drive, or install it; never go on without one.

Looked for, in this order: the program named by SMTRAINING_BROWSER, a Chromium or Chrome on the PATH, Playwright's own. If there is
none: Debian's package (as root, or with sudo that needs no password), else Playwright's download. Prints the program's path.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")


def find() -> str | None:
    """The path of a Chromium-like browser, or None."""
    if named := os.environ.get("SMTRAINING_BROWSER"):
        return shutil.which(named)
    for name in NAMES:
        if found := shutil.which(name):
            return found
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        own = playwright.chromium.executable_path
    return own if Path(own).exists() else None


def install() -> None:
    """Try to install one. Failures are shown and left to the caller's second look."""
    apt = shutil.which("apt-get")
    sudo = [] if getattr(os, "geteuid", lambda: 1)() == 0 else ["sudo", "-n"]
    if apt and (not sudo or shutil.which("sudo")):
        subprocess.run([*sudo, apt, "update", "-q"], check=False)
        done = subprocess.run([*sudo, apt, "install", "-y", "-q", "--no-install-recommends", "chromium", "fonts-dejavu-core"], check=False)
        if done.returncode == 0:
            return
    subprocess.run([sys.executable, "-m", "playwright", "install", "chromium"], check=False)


def main() -> int:
    if find() is None:
        install()
    found = find()
    if found is None:
        print(
            "No browser: the tests drive a real Chromium and none was found or could be installed.\n"
            "Install Chromium or Chrome, or name one:  SMTRAINING_BROWSER=/path/to/chrome make test",
            file=sys.stderr,
        )
        return 1
    print(f"browser: {found}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
