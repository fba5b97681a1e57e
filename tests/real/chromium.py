"""A real Chromium for the tests: `$CHROMIUM`, else the system's, else npm's `@sparticuz/chromium`.

It is driven by Playwright for Python, which needs no browser of its own for this.
"""

import os
import shutil
import subprocess
from functools import cache
from pathlib import Path

from tests.real import node

PACKAGES = Path(__file__).with_name("npm_chromium")

# Without a sandbox, as tests often run as root; without anything that calls out of this machine.
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)

_UNPACK = """
const found = await import("@sparticuz/chromium");
console.log(await found.default.executablePath());
"""


class ChromiumMissing(Exception):
    """No Chromium in any of the three places."""


@cache
def chromium() -> Path:
    """The Chromium to start, with `ARGUMENTS`.

    Raises:
        ChromiumMissing: with all that was tried.
    """
    for found in (
        os.environ.get("CHROMIUM"),
        shutil.which("chromium-headless-shell"),  # without the windows that nobody looks at
        shutil.which("chromium"),
        shutil.which("chromium-browser"),
    ):
        if found and Path(found).exists():
            return Path(found)
    try:
        return _from_npm()
    except (node.NodeMissing, subprocess.SubprocessError) as reason:
        where = "$CHROMIUM; Debian: chromium-headless-shell; npm: @sparticuz/chromium"
        raise ChromiumMissing(f"Chromium ({where}, {reason})") from reason


def _from_npm() -> Path:
    folder = node.packages(PACKAGES)
    command = [str(node.node()), "--input-type=module", "--eval", _UNPACK]
    told = subprocess.run(
        command, cwd=folder, capture_output=True, text=True, timeout=120, check=True
    ).stdout
    return Path(told.strip().splitlines()[-1])
