"""The shape of the code: short files, short functions, names of the domain."""

import ast
import re
from pathlib import Path

from tests.architecture.tree import ROOT, parsed, product_files, python_files

LONGEST_FILE = 400
LONGEST_FUNCTION = 50
NO_HOME_FOR_ANYTHING = {"utils", "util", "helpers", "models", "services", "common", "misc", "base"}
# docs/words.md has the words; these say nothing about a family's room.
EMPTY_WORDS = {
    "user", "permission", "event", "manager", "handler", "service", "helper", "data", "item",
    "process",
}  # fmt: skip
# Words of a craft, not of ours: cryptography's data key; names that SQLAlchemy, Starlette and
# uvicorn call, and of the live room's wire.
CRAFT = (
    r"data_key|DataKey|process_(bind|result)|data_received|handle_events|"
    r"send_receive_event_to_app|PermissionDenied"
)


def _functions(path: Path) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
    return [
        node
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]


def _words(name: str) -> set[str]:
    ours = re.sub(CRAFT, "", name)
    return {word.lower() for word in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+", ours)}


def test_no_file_is_longer_than_one_thing():
    lengths = {path: len((ROOT / path).read_text().splitlines()) for path in python_files()}

    assert {path: count for path, count in lengths.items() if count > LONGEST_FILE} == {}


def test_no_function_is_longer_than_a_screen():
    long = [
        f"{path}:{one.lineno} {one.name}"
        for path in python_files()
        for one in _functions(path)
        if "migrations" not in path.parts  # a list of tables, read once from top to bottom
        and (one.end_lineno or one.lineno) - one.lineno + 1 > LONGEST_FUNCTION
    ]

    assert not long


def test_a_package_says_what_it_is_and_does_nothing_on_import():
    for path in python_files():
        if path.name == "__init__.py":
            body = parsed(path).body

            assert len(body) == 1, path
            assert ast.get_docstring(parsed(path)), path


def test_every_module_of_the_product_says_what_it_is_for():
    assert not [path for path in product_files() if not ast.get_docstring(parsed(path))]


def test_no_file_is_a_home_for_anything():
    assert not [path for path in python_files() if path.stem in NO_HOME_FOR_ANYTHING]


def test_names_are_words_of_the_domain():
    named = [
        (path, node.name)
        for path in product_files()
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
    ]
    named += [(path, path.stem) for path in product_files()]

    empty = [one for one in named if _words(one[1]) & EMPTY_WORDS]

    assert not empty


def test_nothing_is_left_for_later():
    later = re.compile(r"\b(TODO|FIXME|XXX)\b|raise NotImplementedError")
    left = [
        f"{path}:{number}"
        for path in product_files()
        for number, line in enumerate((ROOT / path).read_text().splitlines(), start=1)
        if later.search(line)
    ]

    assert not left
