"""Tries every small change of some modules on their tests, each in a process forked off for it.

A plugin for pytest, started by `test_mutants.py` in a process of its own: the tests it was given
run once as they are, which shows how long each takes and which lines it comes by. Then each
change is made in a fork, where everything is imported and every room is built already, and the
tests that come by its lines are asked, the quickest first, until one of them fails.
"""

import ast
import gc
import json
import os
import random
import select
import signal
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from types import CodeType, FunctionType
from typing import Any

import coverage
import hypothesis
import pytest
from _pytest.runner import runtestprotocol

from policies import enforcer
from tests.policies.mutants import (
    MODEL,
    Mutant,
    mutants_of,
    mutants_of_model,
    path_of,
    tree_of,
)

COMPILES = ("policies.enforcer", "policies.matrix", "policies.compiling", "policies.lint")
OURS = ("consent", "policies", "tests")
HANGS_AFTER_S = 60.0
ASKED_AT_MOST_S = 20.0


class Asked:
    """The tests as they are: how long each takes, and which lines of which file it comes by."""

    def __init__(self, items: list[pytest.Item], modules: list[str]) -> None:
        self.items = items
        self.took: dict[pytest.Item, float] = {}
        self.left_out: list[str] = []
        self.by_line: dict[str, dict[int, set[pytest.Item]]] = {}
        self._noticed: dict[str, dict[pytest.Item, int]] = defaultdict(lambda: defaultdict(int))
        files = [str(path_of(module)) for module in modules]
        traced = coverage.Coverage(
            data_file=None, config_file=False, include=files, concurrency=["thread", "greenlet"]
        )
        traced.start()
        for item in items:
            traced.switch_context(item.nodeid)
            began = time.perf_counter()
            failed = fails(item)
            self.took[item] = time.perf_counter() - began
            if failed:
                self.left_out.append(item.nodeid)
        traced.stop()
        named = {item.nodeid: item for item in items}
        told = traced.get_data()
        for module, file in zip(modules, files, strict=True):
            self.by_line[module] = {
                line: {named[name] for name in names if name in named}
                for line, names in told.contexts_by_lineno(file).items()
            }

    def about(self, mutant: Mutant) -> list[pytest.Item]:
        """Return the tests that come by, those first that noticed most in the same function."""
        if mutant.module == MODEL:
            lines, asks = self.by_line["policies.enforcer"], self.by_line["policies.compiling"]
            here = set().union(*lines.values(), *asks.values())
            return self._in_order(mutant, here)
        lines = self.by_line[mutant.module]
        here = set().union(*(lines.get(line, set()) for line in mutant.lines))
        if not here:  # a constant is read wherever it is used, and by its own tests
            own = f"test_{mutant.module.rpartition('.')[2]}"
            here = {item for item in self.items if item.path.stem.startswith(own)}
            here = here.union(*lines.values())
        return self._in_order(mutant, here)

    def _in_order(self, mutant: Mutant, here: set[pytest.Item]) -> list[pytest.Item]:
        here = {item for item in here if item.nodeid not in self.left_out}
        noticed = self._noticed[f"{mutant.module} {mutant.where}"]
        return sorted(here, key=lambda item: self.took[item] / (1 + 4 * noticed[item]))

    def noticed(self, mutant: Mutant, item: pytest.Item) -> None:
        """Remember who noticed something in a function."""
        self._noticed[f"{mutant.module} {mutant.where}"][item] += 1


class _AnyOther:
    """Stands for the next test: of it is known only that it is of the same run."""

    def __init__(self, session: pytest.Session) -> None:
        self.session = session

    def listchain(self) -> list[Any]:
        return [self.session]


def fails(item: pytest.Item) -> str:
    """Run one test; what is kept for all tests of the run stays. Return how it failed."""
    after: Any = _AnyOther(item.session)
    reports = runtestprotocol(item, log=False, nextitem=after)
    return "\n".join(str(one.longrepr) for one in reports if one.failed)


# ---------------------------------------------------------------- making a change


def make(mutant: Mutant) -> None:
    """Make a change in everything that is imported."""
    if mutant.module == MODEL:
        before = enforcer.model_text
        text = mutants_of_model(before())[mutant.number][1]
        _put_everywhere("model_text", before, lambda: text)
        _forget(is_compiled_anew=True)
        return
    tree = tree_of(mutant)
    module = sys.modules[mutant.module]
    head, _, _ = mutant.where.partition(".")
    if mutant.where in _constants(tree):
        _say_anew(vars(module), tree, mutant.where)
    else:
        compiled = compile(tree, str(path_of(mutant.module)), "exec")
        code = next(one for one in _codes(compiled) if one.co_qualname == mutant.where)
        function = _function(vars(module)[head], mutant.where)
        # Whoever no longer calls `super` is made as if she did.
        function.__code__ = code.replace(co_freevars=function.__code__.co_freevars)
    _forget(is_compiled_anew=mutant.module in COMPILES)


def _constants(tree: Any) -> set[str]:
    return {one.targets[0].id for one in tree.body if _is_named(one)}


def _is_named(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name)


def _say_anew(names: dict[str, Any], tree: Any, changed: str) -> None:
    """Work out a constant anew, and those after it that are made of it, wherever they are held."""
    stale = {changed}
    for one in tree.body:
        if not _is_named(one):
            continue
        name = one.targets[0].id
        read = {part.id for part in ast.walk(one.value) if isinstance(part, ast.Name)}
        if name != changed and not read & stale:
            continue
        stale.add(name)
        before = names[name]
        exec(compile(ast.Module([one], []), "<changed>", "exec"), names)  # noqa: S102
        _put_everywhere(name, before, names[name])


def _put_everywhere(name: str, before: object, after: object) -> None:
    for held in list(sys.modules.values()):
        if getattr(held, "__dict__", {}).get(name) is before:
            setattr(held, name, after)


def _codes(code: CodeType) -> Iterator[CodeType]:
    yield code
    for one in code.co_consts:
        if isinstance(one, CodeType):
            yield from _codes(one)


def _function(of: Any, where: str) -> FunctionType:
    """Return the function of this name, unwrapped from whatever decorates it."""
    _, _, method = where.partition(".")
    found = vars(of)[method] if method else of
    found = getattr(found, "fget", None) or getattr(found, "__func__", found)
    while not (isinstance(found, FunctionType) and found.__code__.co_qualname == where):
        found = found.__wrapped__
    return found


def _forget(*, is_compiled_anew: bool) -> None:
    """Forget what was worked out before the change."""
    from consent import gathering  # noqa: PLC0415  only where something of it is changed
    from policies import revision  # noqa: PLC0415
    from tests.policies import asking  # noqa: PLC0415

    gathering._kept.clear()
    asking.demo_book.cache_clear()
    if not is_compiled_anew:
        return
    revision._compiled.clear()
    revision._proved.clear()
    for one in CACHES:
        one.cache_clear()


CACHES: list[Any] = []


def _caches() -> Iterator[Any]:
    gc.unfreeze()
    for one in gc.get_objects():
        if type(one).__name__ == "_lru_cache_wrapper" and one.__module__.startswith(OURS):
            yield one


# ---------------------------------------------------------------- trying it


def tried(mutant: Mutant | None, items: list[pytest.Item]) -> tuple[str, int]:
    """Return how many tests were asked in a fork, and by which a change was noticed, if any."""
    reads, writes = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reads)
        try:
            os.write(writes, _first_failing(mutant, items).encode())
        except BaseException as fault:  # noqa: BLE001  the parent tells of it, and fails
            os.write(writes, f"{fault!r}"[:2000].encode())
        finally:
            os._exit(0)
    os.close(writes)
    told = _told_within(reads, child)
    os.close(reads)
    os.waitpid(child, 0)
    return told


def _told_within(reads: int, child: int) -> tuple[str, int]:
    if not select.select([reads], [], [], HANGS_AFTER_S)[0]:
        os.kill(child, signal.SIGKILL)
        return "hangs", -1
    told = os.read(reads, 2000).decode()
    if not told:
        return "dies", -1
    assert told.lstrip("-").isdigit(), told
    number = int(told)
    return ("noticed" if number >= 0 else "alive"), number


def _first_failing(mutant: Mutant | None, items: list[pytest.Item]) -> str:
    gc.disable()  # looking through what is shared would copy it
    quiet = os.open(os.devnull, os.O_WRONLY)
    os.dup2(quiet, 1)
    os.dup2(quiet, 2)
    if mutant is not None:
        make(mutant)
    until = time.process_time() + ASKED_AT_MOST_S
    for number, item in enumerate(items):
        if fails(item):
            return str(number)
        if mutant is not None and time.process_time() > until:
            break
    return "-1"


def pytest_configure() -> None:
    """Let made-up values be made as slowly as it takes: many processes are at work."""
    slowly = hypothesis.settings(deadline=None, suppress_health_check=list(hypothesis.HealthCheck))
    hypothesis.settings.register_profile("slowly", slowly)
    hypothesis.settings.load_profile("slowly")


def pytest_runtestloop(session: pytest.Session) -> bool:
    """Ask the tests as they are; then with every change, or with as many as are wanted."""
    wanted = json.loads(os.environ["MUTANTS"])
    asked = Asked(session.items, wanted["modules"])
    CACHES.extend(_caches())
    every = _wanted(wanted)
    chosen = random.Random(wanted["seed"]).sample(every, max(1, len(every) // wanted["share"]))
    chosen.sort(key=lambda one: (one.module, one.number))
    found = [_found(asked, one) for one in chosen]
    by = {one["by"] for one in found}
    telling = [item for item in session.items if item.nodeid in by]
    control = tried(None, telling)
    assert control == ("alive", -1), f"{telling[control[1]].nodeid} fails with no change at all"
    report = {"every": len(every), "found": found, "left_out": asked.left_out}
    Path(wanted["report"]).write_text(json.dumps(report), "utf-8")
    return True


def _wanted(wanted: dict[str, Any]) -> list[Mutant]:
    """Return every change there is of these modules and the model, but for the same answers."""
    every = [one for module in wanted["modules"] for one in mutants_of(module)]
    every += [one for one, _ in mutants_of_model(enforcer.model_text())]
    return [one for one in every if not one.name.startswith(tuple(wanted["same"]))]


def _found(asked: Asked, mutant: Mutant) -> dict[str, Any]:
    """Try one change; tell what came of it, and by which test."""
    items = asked.about(mutant)
    outcome, number = tried(mutant, items)
    if number >= 0:
        asked.noticed(mutant, items[number])
    return {
        "module": mutant.module,
        "name": mutant.name,
        "line": mutant.lines.start,
        "outcome": outcome,
        "by": items[number].nodeid if number >= 0 else "",
    }
