"""What stands in the tree: the facts that the tests of its shape share."""

import ast
import subprocess
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("server", "rooms", "documents", "actions", "consent", "policies", "web")


@cache
def project() -> dict[str, Any]:
    """The whole of `pyproject.toml`."""
    return tomllib.loads((ROOT / "pyproject.toml").read_text())


def contracts() -> list[dict[str, Any]]:
    """Every import contract, as it is written."""
    found: list[dict[str, Any]] = project()["tool"]["importlinter"]["contracts"]
    return found


@cache
def tracked() -> tuple[Path, ...]:
    """Every file that git keeps, or would keep if it were added, from the root."""
    told = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    return tuple(
        Path(name) for name in sorted(set(told.split("\0"))) if name and (ROOT / name).exists()
    )


def python_files() -> list[Path]:
    """Every Python file that git keeps."""
    return [path for path in tracked() if path.suffix == ".py"]


def product_files() -> list[Path]:
    """The Python files of the seven packages."""
    return [path for path in python_files() if path.parts[0] in PACKAGES]


@cache
def parsed(path: Path) -> ast.Module:
    """The syntax tree of a file."""
    return ast.parse((ROOT / path).read_text(), str(path))


def module_name(path: Path) -> str:
    """`rooms/joining.py` is `rooms.joining`; a package is its folder."""
    return ".".join(path.with_suffix("").parts).removesuffix(".__init__")


def imports(path: Path) -> Iterator[str]:
    """Every module that a file imports, as it is written."""
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield f"{'.' * node.level}{node.module or ''}"
