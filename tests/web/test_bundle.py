"""The pages' script and style: the same bytes when built again, small, free of borrowed marks."""

import gzip
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.real import node, wanted

WEB = Path(__file__).resolve().parents[2] / "web"
STATIC = WEB / "static"
KB = 1000

# `import"./x.js"` and `from"./x.js"` come with the page, `import("./x.js")` when it is asked for.
AT_ONCE = re.compile(r"""(?:\bfrom|\bimport)\s*["']\./([^"']+)["']""")


def fetched_with(*names: str) -> set[str]:
    found: set[str] = set()
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += AT_ONCE.findall((STATIC / name).read_text("utf-8"))
    return found


def one(pattern: str) -> str:
    (found,) = STATIC.glob(pattern)
    return found.name


def weight(names: set[str]) -> int:
    """Bytes on the wire of these files, compressed one by one."""
    return sum(len(gzip.compress((STATIC / name).read_bytes(), 9, mtime=0)) for name in names)


@pytest.fixture(scope="module")
def packages() -> Path:
    """The folder that holds the packages web/package-lock.json names."""
    try:
        return node.packages(WEB)
    except node.NodeMissing as reason:
        wanted.missing(str(reason))


@pytest.fixture(scope="module")
def workshop(packages: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the sources in another place, with the locked packages beside it."""
    folder = tmp_path_factory.mktemp("elsewhere")
    shutil.copytree(WEB / "frontend", folder / "frontend")
    shutil.copy(WEB / "package.json", folder)
    (folder / "node_modules").symlink_to(packages / "node_modules")
    return folder


@pytest.mark.long
def test_a_build_in_another_place_gives_the_very_bytes_that_are_committed(workshop: Path) -> None:
    subprocess.run(
        [node.node(), "frontend/build.mjs"], cwd=workshop, env=node.environment(), check=True
    )

    built = {path.name: path.read_bytes() for path in (workshop / "static").iterdir()}
    committed = {path.name: path.read_bytes() for path in STATIC.iterdir()}
    assert built.keys() == committed.keys()
    assert [name for name in built if built[name] != committed[name]] == []


def built_while_served(workshop: Path) -> tuple[int, set[str]]:
    """Build where the committed files stand; the exit code, and what was missing at some moment."""
    static = workshop / "static"
    shutil.rmtree(static, ignore_errors=True)
    shutil.copytree(STATIC, static)
    (static / "room-chunk-OLDER.js").write_text("old", "utf-8")
    names, missing = [path.name for path in STATIC.iterdir()], set[str]()
    with subprocess.Popen(
        [node.node(), "frontend/build.mjs"],
        cwd=workshop,
        env=node.environment(),
        stderr=subprocess.DEVNULL,
    ) as building:
        while building.poll() is None:
            missing |= {name for name in names if not (static / name).exists()}
    return building.returncode, missing


@pytest.mark.long
def test_a_server_that_runs_meanwhile_misses_no_file(workshop: Path) -> None:
    assert built_while_served(workshop) == (0, set())

    left = {path.name for path in (workshop / "static").iterdir()}
    assert left == {path.name for path in STATIC.iterdir()}
    assert list(workshop.glob(".static-*")) == []


@pytest.mark.long
def test_a_build_that_fails_leaves_what_is_served_as_it_was(workshop: Path) -> None:
    app = workshop / "frontend" / "app.ts"
    before = app.read_text("utf-8")
    app.write_text("this is no script (", "utf-8")
    try:
        code, missing = built_while_served(workshop)
    finally:
        app.write_text(before, "utf-8")

    assert (code, missing) == (1, set())
    assert (workshop / "static" / "room-chunk-OLDER.js").exists()
    assert list(workshop.glob(".static-*")) == []


@pytest.mark.long
def test_the_scripts_hold_to_strict_types(workshop: Path) -> None:
    checked = subprocess.run(
        [
            node.node(),
            "node_modules/typescript/bin/tsc",
            "--noEmit",
            "--project",
            "frontend/tsconfig.json",
        ],
        cwd=workshop,
        env=node.environment(),
        capture_output=True,
        text=True,
        check=False,
    )

    assert checked.stdout + checked.stderr == ""
    assert checked.returncode == 0


def test_a_live_page_needs_at_most_forty_kilobytes_of_script() -> None:
    assert weight(fetched_with("app.js", "room.js")) <= 40 * KB


def test_the_editor_comes_at_first_use_with_at_most_a_hundred_and_thirty_kilobytes_more() -> None:
    at_once = fetched_with("app.js", "room.js")

    later = fetched_with("editor.js") - at_once

    assert "editor.js" in later
    assert weight(later) <= 130 * KB


def test_room_and_editor_share_one_yjs() -> None:
    holders = [
        path.name
        for path in STATIC.glob("*.js")
        if "Yjs was already imported" in path.read_text("utf-8")
    ]

    assert holders == [one("room-chunk-*.js")]
    assert holders[0] in fetched_with("room.js") & fetched_with("editor.js")


def test_other_pages_need_at_most_eight_kilobytes_of_script_with_all_that_forms_need() -> None:
    assert weight(fetched_with("app.js", "passkey.js", one("app-forms-*.js"))) <= 8 * KB


def test_the_style_sheet_is_at_most_twenty_kilobytes() -> None:
    assert weight({"app.css"}) <= 20 * KB


def test_nothing_belongs_to_govuk_alone_and_nothing_comes_from_another_host() -> None:
    style = (STATIC / "app.css").read_text("utf-8").lower()

    for mark in ("font-face", "gds transport", "crown", "crest", "url(", "@import"):
        assert mark not in style
    for path in STATIC.iterdir():
        assert path.suffix in {".css", ".js", ".svg"}
        assert "sourcemappingurl" not in path.read_text("utf-8").lower()


def test_the_lock_names_no_registry() -> None:
    lock = (WEB / "package-lock.json").read_text("utf-8")

    assert '"resolved"' not in lock
    assert lock.count('"integrity"') > 0


def test_every_package_is_pinned_and_tiptap_has_one_version() -> None:
    package = (WEB / "package.json").read_text("utf-8")
    versions = dict(re.findall(r'"(@?[\w./-]+)": "([^"]+)"', package.partition("devDep")[2]))

    assert [version for version in versions.values() if not re.fullmatch(r"[\d.]+", version)] == []
    tiptap = {
        version
        for name, version in versions.items()
        if name.startswith("@tiptap/") and name != "@tiptap/y-tiptap"
    }
    assert len(tiptap) == 1
