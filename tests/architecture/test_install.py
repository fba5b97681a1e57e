"""What is installed is ours: seven names that nobody else brings, and a wheel that is whole."""

import importlib.util
import subprocess
import sys
import zipfile
from importlib.metadata import Distribution, distributions
from pathlib import Path, PurePosixPath

import pytest
from hatchling.builders.wheel import WheelBuilder

from tests.architecture.tree import PACKAGES, ROOT, module_name, product_files, tracked

# This one ships its own `tests`; ours is found first, which the test below asks.
ALLOWED = {("govuk-frontend-jinja", "tests")}
NOT_SHIPPED = ("web/frontend/", "web/package", "web/.npmrc")
NEEDED = (
    "web/templates/*.html",
    "web/static/*.css",
    "web/static/*.js",
    "policies/model.conf",
    "policies/isas/*.csv",
    "policies/catalogue.json",
    "policies/countries/*.json",
    "web/languages/*.po",
    "server/migrations/env.py",
    "server/migrations/versions/0001_*.py",
)


@pytest.mark.parametrize("name", [*PACKAGES, "tests"])
def test_each_of_our_names_is_found_under_our_root(name: str):
    spec = importlib.util.find_spec(name)

    assert spec is not None
    assert spec.origin == str(ROOT / name / "__init__.py")


def _top_level_names(one: Distribution) -> set[str]:
    tops = {PurePosixPath(str(path)).parts[0] for path in one.files or ()}
    return {name.removesuffix(".py") for name in tops if not name.endswith(".dist-info")}


def test_nothing_installed_brings_a_name_of_ours():
    clashes = {
        (one.metadata["Name"], name)
        for one in distributions()
        if one.metadata["Name"] != "tacroom"
        for name in _top_level_names(one) & {*PACKAGES, "tests"}
    }

    assert clashes <= ALLOWED


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    (built,) = WheelBuilder(str(ROOT)).build(directory=str(folder), versions=["standard"])
    return Path(built)


def _in(wheel: Path) -> set[str]:
    with zipfile.ZipFile(wheel) as held:
        return set(held.namelist())


def test_the_wheel_holds_every_file_of_the_seven_packages(wheel: Path):
    kept = {path.as_posix() for path in tracked() if path.parts[0] in PACKAGES}
    shipped = {name for name in kept if not name.startswith(NOT_SHIPPED)}

    assert shipped - _in(wheel) == set()


@pytest.mark.parametrize("pattern", NEEDED)
def test_the_wheel_holds_what_is_not_python(wheel: Path, pattern: str):
    assert any(PurePosixPath(name).match(pattern) for name in _in(wheel))


def test_the_wheel_holds_nothing_else(wheel: Path):
    tops = {PurePosixPath(name).parts[0] for name in _in(wheel)}

    assert {name for name in tops if not name.endswith(".dist-info")} == set(PACKAGES)
    assert not [name for name in _in(wheel) if name.startswith(NOT_SHIPPED)]
    assert not [name for name in _in(wheel) if "node_modules" in name]


def test_every_module_is_imported_from_the_wheel_alone(wheel: Path, tmp_path: Path):
    with zipfile.ZipFile(wheel) as held:
        held.extractall(tmp_path)
    modules = [
        module_name(path)
        for path in product_files()
        if "migrations" not in path.parts and path.stem != "__main__"
    ]
    script = (
        "import importlib, sys; sys.path.insert(0, sys.argv[1])\n"
        "for name in sys.argv[2:]:\n"
        "    assert importlib.import_module(name).__file__.startswith(sys.argv[1]), name\n"
    )

    done = subprocess.run(
        [sys.executable, "-I", "-W", "ignore", "-c", script, str(tmp_path), *modules],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr
