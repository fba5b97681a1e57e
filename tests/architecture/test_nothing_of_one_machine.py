"""Nothing that git keeps names a package registry's address or a path of somebody's machine."""

import re
import subprocess
from pathlib import Path

from tests.architecture.tree import ROOT, tracked

# Put together here, as this file is kept by git too.
REGISTRIES = (
    "pypi" + r"\.org", "python" + r"hosted\.org", "npm" + r"js\.(org|com)", "registry" + r"\.yarn",
    "deb" + r"\.debian\.org",
)  # fmt: skip
SIMPLE_INDEX = r"https?://[^ ]*/(simple|packages/[0-9a-f]{2})/"


def _forbidden() -> re.Pattern[str]:
    paths = [re.escape(f"{Path.home()}/.")]
    if ROOT.parent != Path(ROOT.anchor):
        paths.append(re.escape(f"{ROOT.parent}/"))
    return re.compile("|".join([*REGISTRIES, SIMPLE_INDEX, *paths]))


def _texts() -> list[tuple[Path, str]]:
    found = []
    for path in tracked():
        body = (ROOT / path).read_bytes()
        if b"\0" not in body:
            found.append((path, body.decode("utf-8")))
    return found


def test_no_registry_and_no_path_of_this_machine_is_kept():
    forbidden = _forbidden()
    named = [
        f"{path}:{number}"
        for path, text in _texts()
        for number, line in enumerate(text.splitlines(), start=1)
        if forbidden.search(line)
    ]

    assert not named


def test_it_would_be_noticed():
    address = "https://files.python" + "hosted.org/packages/ab/cd/thing.whl"

    assert _forbidden().search(address)
    assert _forbidden().search(f"see {Path.home()}/.config")


def test_git_ignores_what_the_demo_and_the_tools_leave():
    left = [".venv/x", "state/rooms.sqlite", "web/node_modules/x", "uv.lock", ".env", "dist/x.whl"]
    told = subprocess.run(
        ["git", "check-ignore", *left], cwd=ROOT, capture_output=True, text=True, check=False
    ).stdout

    assert told.splitlines() == left
