"""The code of the gate changed a little, one thing at a time: do its tests notice?

`make long` asks a sample of all there are. Each is tried in a process of its own by the quick
tests of what was changed.
"""

import ast
import os
import random
import subprocess
import sys

import pytest

from tests.policies.mutants import ROOT, mutated, path_of, places

NOTICED_AT_LEAST = 0.95
MUTANTS = 160
PURE = (
    "tests/policies/test_book.py",
    "tests/policies/test_combining.py",
    "tests/policies/test_house_and_family.py",
    "tests/policies/test_faces_of_the_book.py",
    "tests/policies/test_demo_table.py",
)
IN_A_ROOM = (
    "tests/consent/test_who_sees_what.py",
    "tests/consent/test_what_protects.py",
    "tests/consent/test_gate.py",
    "tests/consent/test_consent.py",
)
NOTICED_BY = {
    "policies.combining": PURE,
    "policies.voices": PURE,
    "policies.book": PURE,
    "policies.enforcer": ("tests/policies/test_enforcer.py", "tests/policies/test_matrix.py"),
    "consent.grounds": IN_A_ROOM,
    "consent.protection": IN_A_ROOM,
    "consent.judging": IN_A_ROOM,
}
# What changes no answer, read one by one: what is kept in memory, and second locks.
SAME_ANSWER = ("_keep:", "_knows:", "_mask:", "is_up_to_date:")


def is_noticed(module: str, number: int | None) -> bool:
    """Whether a test of the module fails once this one thing in it is changed; None: nothing."""
    tests = NOTICED_BY[module]
    changed = {} if number is None else {"MUTANT": f"{module}:{number}"}
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-n0", "-p", "no:randomly"]
    command += ["-p", "tests.policies.mutants", "-k", "not postgres", "--no-header", *tests]
    done = subprocess.run(
        command,
        cwd=ROOT,
        env={**os.environ, **changed, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        timeout=600,
        check=False,
    )
    return done.returncode != 0


def test_there_is_much_to_change_in_every_module_and_each_change_is_one():
    for module in NOTICED_BY:
        plain = ast.dump(ast.parse(path_of(module).read_text("utf-8")))
        changed = {ast.dump(mutated(module, number)) for number in range(len(places(module)))}

        assert len(changed) == len(places(module)) > 3
        assert plain not in changed


@pytest.mark.long
def test_changes_of_the_gate_are_noticed(rounds):
    every = [
        (module, number, words)
        for module in NOTICED_BY
        for number, words in enumerate(places(module))
        if not words.startswith(SAME_ANSWER)
    ]
    chosen = random.sample(every, min(rounds(MUTANTS), len(every)))

    for one in ("policies.book", "policies.enforcer", "consent.grounds"):
        assert not is_noticed(one, None)
    alive = [
        f"{module} {words}" for module, number, words in chosen if not is_noticed(module, number)
    ]

    print(f"gate mutants: {len(chosen) - len(alive)} of {len(chosen)} noticed, of {len(every)}")
    for one in alive:
        print(f"  alive: {one}")
    assert len(alive) <= len(chosen) * (1 - NOTICED_AT_LEAST)
