"""Breaks the import contracts on purpose, one at a time, in a copy of the tree.

Run by path in a fresh Python, from inside the copy (a package that is already imported would be
read from where it was). It prints, as JSON, the contracts that broke without any offence (there
should be none) and the offences that their contract did not notice (there should be none).
Every line that a contract forbids is tried; with LONG_SHARE=4 every fourth of each contract.
"""

import io
import json
import os
import re
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from itertools import pairwise
from pathlib import Path
from typing import Any

from importlinter.cli import lint_imports

Contract = dict[str, Any]
# One or two lines laid into modules: what together offends a contract.
Offence = list[tuple[str, str]]


def modules(packages: list[str]) -> list[str]:
    """Every module of the copy, packages too, in the order of the alphabet."""
    paths = [path for name in packages for path in Path(name).rglob("*.py")]
    names = {".".join(path.with_suffix("").parts).removesuffix(".__init__") for path in paths}
    return sorted(name for name in names if not name.startswith("server.migrations"))


def matching(rule: str, known: list[str]) -> list[str]:
    """The modules that an expression of a contract means; a package from outside means itself."""
    if "*" not in rule:
        return [rule]
    pattern = re.escape(rule).replace(r"\*\*", ".+").replace(r"\*", "[^.]+")
    return [name for name in known if re.fullmatch(pattern, name)]


def inside(name: str, package: str) -> bool:
    """Whether a module is `package` or lies in it."""
    return name == package or name.startswith(f"{package}.")


def against_layers(contract: Contract, _known: list[str]) -> Iterator[Offence]:
    """A lower layer imports the one above it; a stray module stands on no layer."""
    home = "".join(f"{name}." for name in contract.get("containers", ()))
    layers = [[home + name.strip() for name in one.split("|")] for one in contract["layers"]]
    for upper, lower in pairwise(layers):
        yield from ([(low, f"import {up}")] for low in lower for up in upper)
    if contract.get("exhaustive"):
        yield [(f"{home}stray", "")]


def against_acyclic_siblings(contract: Contract, known: list[str]) -> Iterator[Offence]:
    """Two siblings import each other."""
    for ancestor in (name for rule in contract["ancestors"] for name in matching(rule, known)):
        children = [name for name in known if name.rpartition(".")[0] == ancestor]
        for one, other in list(pairwise(children))[:1]:
            yield [(one, f"import {other}"), (other, f"import {one}")]


def against_protected(contract: Contract, known: list[str]) -> Iterator[Offence]:
    """Somebody who is not on the list imports what is protected."""
    allowed = [name for rule in contract["allowed_importers"] for name in matching(rule, known)]
    for target in (
        name for rule in contract["protected_modules"] for name in matching(rule, known)
    ):
        strangers = [
            name for name in known
            if not any(inside(name, one) for one in allowed)
            and not inside(name, target) and not inside(target, name)
        ]  # fmt: skip
        yield from ([(name, f"import {target}")] for name in strangers[:3])


def against_forbidden(contract: Contract, known: list[str]) -> Iterator[Offence]:
    """A source imports what it must not."""
    for rule in contract["forbidden_modules"]:
        for source in contract["source_modules"]:
            for target in matching(rule, known):
                if not inside(source, target) and not inside(target, source):
                    yield [(source, f"import {target}")]
                    yield [(source, f"if __debug__:\n    def _later():\n        import {target}")]


AGAINST = {
    "layers": against_layers,
    "acyclic_siblings": against_acyclic_siblings,
    "protected": against_protected,
    "forbidden": against_forbidden,
}


@contextmanager
def laid(offence: Offence) -> Iterator[None]:
    """Lay the offence into the copy for a while."""
    before: dict[Path, str | None] = {}
    for name, line in offence:
        base = Path(*name.split("."))
        path = base / "__init__.py" if base.is_dir() else base.with_suffix(".py")
        before[path] = path.read_text() if path.exists() else None
        path.write_text(f"{before[path] or ''}\n{line}\n")
    try:
        yield
    finally:
        for path, text in before.items():
            if text is None:
                path.unlink()
            else:
                path.write_text(text)


def broken() -> set[str]:
    """The names of the contracts that import-linter says are broken."""
    said = io.StringIO()
    with redirect_stdout(said):
        lint_imports(config_filename="pyproject.toml", no_logo=True)
    if "Contracts:" not in said.getvalue():
        raise SystemExit(said.getvalue())
    return set(re.findall(r"^(.+) BROKEN\b", said.getvalue(), re.MULTILINE))


def share() -> int:
    """Of how many lines one is tried."""
    return int(os.environ.get("LONG_SHARE", "1"))


def main() -> None:
    """Play the offences and print what went unnoticed."""
    linter = tomllib.loads(Path("pyproject.toml").read_text())["tool"]["importlinter"]
    known = modules(linter["root_packages"])
    unnoticed, played = [], {}
    at_rest = sorted(broken())
    for contract in linter["contracts"]:
        offences = list(AGAINST[contract["type"]](contract, known))[:: share()]
        played[contract["name"]] = len(offences)
        for offence in offences:
            with laid(offence):
                if contract["name"] not in broken():
                    unnoticed.append([contract["name"], offence])
    print(json.dumps({"at_rest": at_rest, "unnoticed": unnoticed, "played": played}))


if __name__ == "__main__":
    main()
