"""The import contracts are whole: what import-linter cannot see by itself is asked here."""

import ast
import sys
from fnmatch import fnmatchcase
from pathlib import Path

import pytest

from tests.architecture.tree import (
    PACKAGES,
    contracts,
    imports,
    module_name,
    parsed,
    product_files,
    project,
    tracked,
)

FOLDERS = {*PACKAGES, "tests", "docs", "requirements", ".ci"}
# The kernel's column types are no domain code; the domain's tables are never asked.
MAY_BE_MIGRATED_WITH = {"alembic", "sqlalchemy", "server.kernel.tables", *sys.stdlib_module_names}
# What the running of migrations (env.py), unlike a migration itself, may know of ours.
KNOWN_TO_THE_RUNNER = {"server.all_tables"}


def _modules_named(last: str) -> list[str]:
    return [module_name(path) for path in product_files() if path.stem == last]


def _protected() -> list[str]:
    return [name for one in contracts() for name in one.get("protected_modules", ())]


def test_every_table_file_is_protected_by_name():
    unprotected = set(_modules_named("tables")) - set(_protected()) - {"server.kernel.tables"}

    assert not unprotected


def test_every_keeper_is_protected():
    keepers = _modules_named("keeping")

    assert all(any(fnmatchcase(one, rule) for rule in _protected()) for one in keepers)


def test_an_import_for_types_alone_counts_as_an_import():
    linter = project()["tool"]["importlinter"]

    assert linter["exclude_type_checking_imports"] is False
    assert linter["include_external_packages"] is True


def test_contracts_and_wheel_know_the_same_seven_packages():
    linter = project()["tool"]["importlinter"]
    wheel = project()["tool"]["hatch"]["build"]["targets"]["wheel"]

    assert set(linter["root_packages"]) == set(wheel["packages"]) == set(PACKAGES)


def test_every_package_stands_on_a_layer():
    (layers,) = (one["layers"] for one in contracts() if one["name"] == "Imports point down")
    standing = {name.strip() for layer in layers for name in layer.split("|")}
    expected = {
        module_name(path)
        for path in product_files()
        if path.parts[0] == "server" and len(path.parts) == 2 and path.stem != "__init__"
    } | {
        module_name(path)
        for path in product_files()
        if path.stem == "__init__" and (path.parts[0] != "server") == (len(path.parts) == 2)
        if len(path.parts) <= 3
    }

    assert expected - standing == set()


def test_no_two_contracts_share_a_name():
    names = [one["name"] for one in contracts()]

    assert len(names) == len(set(names))


def test_no_contract_lets_an_import_pass_by_exception():
    assert not [one["name"] for one in contracts() if one.get("ignore_imports")]


def test_the_top_level_folders_are_ours_alone():
    folders = {path.parts[0] for path in tracked() if len(path.parts) > 1}

    assert folders - FOLDERS == set()


def _migrations() -> list[Path]:
    return [path for path in product_files() if path.parts[:2] == ("server", "migrations")]


def test_no_migration_imports_domain_code():
    for path in _migrations():
        known = MAY_BE_MIGRATED_WITH | (KNOWN_TO_THE_RUNNER if path.stem == "env" else set())
        strangers = [
            name
            for name in imports(path)
            if name not in known and name.partition(".")[0] not in known
        ]

        assert not strangers, path


def test_migrations_are_run_by_path_so_they_are_no_package():
    assert not [path for path in _migrations() if path.name == "__init__.py"]


@pytest.mark.parametrize("name", ["import_module", "__import__", "spec_from_file_location"])
def test_nothing_is_imported_by_a_way_that_contracts_cannot_see(name: str):
    hidden = [
        f"{path}:{node.lineno}"
        for path in product_files()
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.Call)
        and (getattr(node.func, "id", None) == name or getattr(node.func, "attr", None) == name)
    ]

    assert not hidden


def test_only_sign_in_makes_a_session_or_proves_a_fresh_one():
    made = {
        (path.as_posix(), call.func.id)
        for path in product_files()
        for call in ast.walk(parsed(path))
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name)
    }
    makers = {path for path, name in made if name in {"Session", "FreshSignIn", "SessionRow"}}
    assert makers == {f"server/identity/{name}.py" for name in ("fresh", "sessions", "store")}
