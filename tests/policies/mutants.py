"""Changes one small thing in a module as it is imported: is there a test that notices?

A plugin for pytest, started by `test_gate_mutants.py` in a process of its own:
`MUTANT=policies.combining:7 pytest -p tests.policies.mutants ...`.
"""

import ast
import importlib.abc
import importlib.machinery
import importlib.util
import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
_TURNED: dict[type[ast.AST], type[ast.AST]] = {
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.And: ast.Or,
    ast.Or: ast.And,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
}


def path_of(module: str) -> Path:
    """The file of a module of ours."""
    return ROOT / f"{module.replace('.', '/')}.py"


def places(module: str) -> list[str]:
    """What can be changed in a module, one by one, in order, in words."""
    tree = ast.parse(path_of(module).read_text("utf-8"))
    return [words for _, words in _changes(tree)]


def mutated(module: str, number: int) -> ast.Module:
    """The module with one thing changed."""
    tree = ast.parse(path_of(module).read_text("utf-8"))
    change = list(_changes(tree))[number][0]
    change()
    return ast.fix_missing_locations(tree)


def _changes(tree: ast.Module):
    for function in ast.walk(tree):
        if not isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        for node in _own_nodes(function):
            yield from _changes_of(node, function.name)


def _own_nodes(function: ast.AST) -> Iterator[ast.AST]:
    # What only tells types is never run.
    types = {getattr(function, name, None) for name in ("annotation", "returns")}
    for child in ast.iter_child_nodes(function):
        if child not in types and not isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef):
            yield child
            yield from _own_nodes(child)


def _changes_of(node: ast.AST, where: str):
    line = getattr(node, "lineno", 0)
    if isinstance(node, ast.Compare):
        for place, op in enumerate(node.ops):
            if type(op) in _TURNED:
                yield (
                    _swap(node.ops, place, _TURNED[type(op)]()),
                    f"{where}:{line} {type(op).__name__}",
                )
    elif isinstance(node, ast.BoolOp | ast.BinOp) and type(node.op) in _TURNED:
        yield _set(node, "op", _TURNED[type(node.op)]()), f"{where}:{line} {type(node.op).__name__}"
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        yield _set(node, "op", ast.UAdd()), f"{where}:{line} not"
    elif isinstance(node, ast.Constant) and isinstance(node.value, bool):
        yield _set(node, "value", not node.value), f"{where}:{line} {node.value}"


def _swap(of: list[Any], place: int, new: object):
    def change() -> None:
        of[place] = new

    return change


def _set(node: ast.AST, name: str, new: object):
    def change() -> None:
        setattr(node, name, new)

    return change


class _Finder(importlib.abc.MetaPathFinder):
    """Gives the changed module in the place of the one it was made of."""

    def __init__(self, module: str, number: int) -> None:
        self.module = module
        self.number = number

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        del path, target
        if name != self.module:
            return None
        loader = _Loader(name, str(path_of(name)))
        loader.number = self.number
        return importlib.util.spec_from_file_location(name, path_of(name), loader=loader)


class _Loader(importlib.machinery.SourceFileLoader):
    number = 0

    def get_code(self, fullname: str) -> CodeType | None:
        return compile(mutated(fullname, self.number), self.path, "exec")


if "MUTANT" in os.environ:
    _module, _, _number = os.environ["MUTANT"].partition(":")
    sys.meta_path.insert(0, _Finder(_module, int(_number)))
