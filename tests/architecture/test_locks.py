"""The locks: every package with its hashes, and no address of where it came from."""

import json
import re
import sys
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.architecture.tree import PACKAGES, ROOT, imports, product_files, project, tracked

LOCKS = ("requirements/run.txt", "requirements/test.txt")
NPM_LOCKS = [path for path in tracked() if path.name == "package-lock.json"]


def _locked(name: str) -> dict[str, Requirement]:
    """Each requirement of a lock by its name, without its hashes."""
    text = (ROOT / name).read_text().replace("\\\n", " ")
    lines = [line.split(" --hash")[0].strip() for line in text.splitlines()]
    return {
        canonicalize_name(one.name): one
        for one in (Requirement(line) for line in lines if line and not line.startswith("#"))
    }


def _wanted(group: str | None) -> list[Requirement]:
    if group is None:
        return [Requirement(one) for one in project()["project"]["dependencies"]]
    wanted = []
    for one in project()["dependency-groups"][group]:
        wanted += [Requirement(one)] if isinstance(one, str) else _wanted(one["include-group"])
    return wanted


@pytest.mark.parametrize("name", LOCKS)
def test_every_locked_package_carries_its_hashes(name: str):
    text = (ROOT / name).read_text().replace("\\\n", " ")
    bare = [line for line in text.splitlines() if "==" in line and "--hash=sha256:" not in line]

    assert not bare
    assert len(_locked(name)) > 20


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_names_no_address(name: str):
    assert not re.findall(r"://|--index|--find-links|--extra", (ROOT / name).read_text())


def test_what_is_tested_is_what_runs():
    run, test = (_locked(name) for name in LOCKS)

    assert {name: str(one) for name, one in run.items() if str(test.get(name)) != str(one)} == {}


@pytest.mark.parametrize(
    ("name", "group"), [(LOCKS[0], None), (LOCKS[0], "build"), (LOCKS[1], None), (LOCKS[1], "test")]
)
def test_a_lock_holds_all_that_the_project_asks_for(name: str, group: str | None):
    locked = _locked(name)
    for asked in _wanted(group):
        (version,) = locked[canonicalize_name(asked.name)].specifier

        assert asked.specifier.contains(version.version), asked


def _imported() -> set[str]:
    """Every distribution that the product imports by name."""
    modules = {
        name.split(".")[0]
        for path in product_files()
        for name in imports(path)
        if not name.startswith(".")
    }
    distributions = packages_distributions()
    foreign = modules - set(sys.stdlib_module_names) - set(PACKAGES)
    return {canonicalize_name(distributions[module][0]) for module in foreign}


# What no import of ours names: SQLAlchemy's drivers, uvicorn's sockets, the expression reader of
# Casbin, the templates that Jinja loads, and the time zones that `zoneinfo` reads.
NAMED_BY_OTHERS = {
    "aiosqlite", "asyncpg", "websockets", "simpleeval", "govuk-frontend-jinja", "tzdata",
}  # fmt: skip


def test_the_project_asks_for_what_it_imports_and_for_nothing_else():
    asked = {canonicalize_name(one.name) for one in _wanted(None)}

    assert _imported() | NAMED_BY_OTHERS == asked


def test_every_npm_lock_is_looked_at():
    assert len(NPM_LOCKS) >= 3


@pytest.mark.parametrize("path", NPM_LOCKS, ids=str)
def test_an_npm_lock_carries_hashes_and_no_address(path: Path):
    lock = json.loads((ROOT / path).read_text())
    packages = {name: one for name, one in lock["packages"].items() if name}

    assert not [name for name, one in packages.items() if "resolved" in one]
    assert not [name for name, one in packages.items() if not one.get("integrity")]


@pytest.mark.parametrize("path", NPM_LOCKS, ids=str)
def test_the_npm_lock_beside_it_is_written_without_addresses_next_time_too(path: Path):
    settings = ROOT / path.parent / ".npmrc"

    assert "omit-lockfile-registry-resolved=true" in settings.read_text().splitlines()


def test_a_lock_full_of_addresses_is_never_kept():
    assert "uv.lock" in (ROOT / ".gitignore").read_text().splitlines()
    assert Path("uv.lock") not in tracked()
