"""The rules changed a little, one thing at a time: do their tests notice? For `make long`.

The model and its matcher, the guards, the compiler, the book, and the gate with all it decides
by are changed in `mutating.py`, in a process of its own; here it is said which changes are no
other rule at all, and why. Lines of agreements are changed against the stored matrix.
"""

import ast
import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator

import pytest

from policies.catalogue import catalogue
from policies.compiling import compile_matrix, segments
from policies.enforcer import model_text
from policies.isa import Line
from tests.policies.asking import DAY, matrix_of
from tests.policies.mutants import ROOT, mutants_of, mutants_of_model, path_of, tree_of
from tests.policies.quillmere import quillmere

NOTICED_AT_LEAST = 0.95
SEED = 3
MODULES = (
    "consent.gate", "consent.gathering", "consent.grounds", "consent.judging", "consent.factors",
    "consent.protection", "consent.capability", "consent.living", "policies.enforcer",
    "policies.matrix", "policies.compiling", "policies.lint", "policies.combining",
    "policies.voices", "policies.book",
)  # fmt: skip
ASKED = (
    "policies/test_book.py", "policies/test_combining.py", "policies/test_demo_table.py",
    "policies/test_enforcer.py", "policies/test_faces_of_the_book.py", "policies/test_lint.py",
    "policies/test_lint_closely.py", "policies/test_house_and_family.py",
    "policies/test_matrix.py", "policies/test_three_ways.py", "policies/test_book_closely.py",
    "consent/test_grounds.py", "consent/test_protection.py", "consent/test_judging.py",
    "consent/test_factors.py", "consent/test_living.py", "consent/test_gate_closely.py",
    "consent/test_alike.py", "consent/test_capability.py", "consent/test_gate.py",
    "consent/test_looking.py", "consent/test_statement.py", "consent/test_emergency.py",
    "attacks/test_faults.py",
)  # fmt: skip

# What changes no answer, by the beginning of its name, with the reason why.
_AGAIN = "asks the rows again, in the same transaction"
_NOTHING = "what is nothing is no, as False is"
_MEMORY = "how much is kept in memory, and what goes first"
_ALWAYS = "a yes always has its purpose, clause and what it rests on"
_GUARD = "where no pack is heard the same guard is told further on"
_SPEED = "spares Casbin questions or lines that cannot match; tested by compiling without"
_NAMED = "only the name of what is hashed"
_SAME_LENGTH = "both are as long as each other"
SAME_ANSWER: dict[str, str] = {
    "consent.gate Look._see: `self._seen or": _AGAIN,
    "consent.gate Look._see: `not seen.has_answers and any(": _AGAIN,
    "consent.gate Look.readers_of_each: without `return []`": "of nothing there is no reader",
    "consent.gate readers: without `return []`": "nobody sits in no room",
    "consent.gate _readers: `asker.seat is not None and judging": "who asks as nobody sees nothing",
    "consent.gate explain: `judged.asker.seat is None or label.room is None` without `label.room": (
        "of no room nobody has a place"
    ),
    "consent.gate _open_ones: 1 as 2": "what is of no room comes before every room",
    "consent.gathering with_answers: True as False": _AGAIN,
    "consent.gathering shared_team: without `return None`": _NOTHING,
    "consent.gathering _MOST_ANSWERS_KEPT: 100000": _MEMORY,
    "consent.gathering _answers: without `_kept.move_to_end(room)`": _MEMORY,
    "consent.gathering _answers: without `return held.agreed`": _AGAIN,
    "consent.gathering _answers: `sum((one.lines for one in _kept.values())) > _MOST_ANSWERS_KEPT` Gt": (  # noqa: E501
        _MEMORY
    ),
    "consent.grounds _is_open_to: without `return False`": _NOTHING,
    "consent.grounds asker_in_room: `seat is None and team.state is TeamState.OPEN` without `team.": (  # noqa: E501
        "without a place no room that is not open comes so far"
    ),
    "consent.judging judge_each: True as False": _SAME_LENGTH,
    "consent.judging _rested_on: `not answer.allowed or answer.purpose is None` without `answer.": (
        _ALWAYS
    ),
    "consent.living decide: True as False": _SAME_LENGTH,
    "consent.living _open_acts: 'view' as 'other'": "what verbs are open does not hang on one",
    "consent.factors agreement_factor: `answer.allowed or answer.ref is not None`": (
        "what a clause forbids it forbids whatever ground is live"
    ),
    "consent.factors agreement_factor: `found.sentence or ''` without `''`": _ALWAYS,
    "consent.factors _why_open: `answer.purpose or ''` without `''`": _ALWAYS,
    "consent.factors _why_open: `part.ground is Ground.DECIDED and (place, purpose) in found.decided` without `(place": (  # noqa: E501
        _ALWAYS
    ),
    "consent.factors _why_open: `part.ground is Ground.AGREED and (place, purpose) in found.covers` without `(place": (  # noqa: E501
        _ALWAYS
    ),
    "policies.book PolicyBook._digest: 'packs'": _NAMED,
    "policies.book PolicyBook._digest: 'agencies'": _NAMED,
    "policies.book PolicyBook._knows: without `self._askers.add(asker)`": _MEMORY,
    "policies.book PolicyBook._mask: 1 as 2": _MEMORY,
    "policies.book PolicyBook._keep: 0 as 1": _MEMORY,
    "policies.book PolicyBook._keep: 1 as 2": _MEMORY,
    "policies.book _lock: `return hearing.guard` None": _GUARD,
    "policies.book _lock: without `return hearing.guard`": _GUARD,
    "policies.compiling revision_of: '": _NAMED,
    "policies.compiling _Compiler.__init__: 0 as 1": "a count of questions, for whoever measures",
    "policies.compiling _Compiler._go_down: `self.share and (step, left)": _SPEED,
    "policies.compiling _Compiler._go_down: without `return self.shared[step, left]`": _SPEED,
    "policies.compiling _Compiler._among: `line.cat in codes and line.verb": _SPEED,
    "consent.protection FamilyRule.names: `to.person is not None and to.person in self.people` without `to.person is not": (  # noqa: E501
        "nobody is no person of a rule"
    ),
}


@pytest.mark.parametrize("module", MODULES)
def test_every_change_of_a_module_is_one_and_none_is_twice(module):
    mutants = mutants_of(module)
    plain = ast.dump(ast.parse(path_of(module).read_text("utf-8")))
    changed = [ast.dump(tree_of(one)) for one in mutants[:: 1 + len(mutants) // 5]]

    assert len(mutants) > 15
    assert plain not in changed
    assert len(changed) == len(set(changed))


def test_what_is_no_other_rule_is_still_there():
    every = [one.name for module in MODULES for one in mutants_of(module)]
    every += [one.name for one, _ in mutants_of_model(model_text())]

    assert [one for one in SAME_ANSWER if not any(name.startswith(one) for name in every)] == []


@pytest.mark.long
@pytest.mark.timeout(3600)
def test_changes_of_the_rules_are_noticed(tmp_path, rounds):
    report = tmp_path / "report.json"
    wanted = {
        "modules": MODULES,
        "same": list(SAME_ANSWER),
        "seed": SEED,
        "share": 1000 // rounds(1000),
        "report": str(report),
    }
    command = [sys.executable, "-m", "pytest", "-p", "tests.policies.mutating", "-n0", "-q"]
    command += ["-p", "no:randomly", "-p", "no:cacheprovider", "-k", "not postgres"]
    done = subprocess.run(
        [*command, *(f"tests/{one}" for one in ASKED)],
        cwd=ROOT,
        env={**os.environ, "MUTANTS": json.dumps(wanted)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert report.exists(), done.stdout + done.stderr

    told = json.loads(report.read_text("utf-8"))
    found = told["found"]
    alive = [one for one in found if one["outcome"] == "alive"]
    made, noticed = Counter(one["module"] for one in found), Counter(one["module"] for one in found)
    noticed.subtract(one["module"] for one in alive)
    print(
        f"\nmutants made {len(found)} (of {told['every']}; {len(SAME_ANSWER)} sorts change no"
        f" answer), noticed {len(found) - len(alive)}"
    )
    for module, count in made.items():
        print(f"  {module:<22} {noticed[module]:>4} of {count:>4}")
    for one in alive:
        print(f"  alive, line {one['line']}: {one['name']}")
    # A test that fails with no change at all (too slow a machine, say) is not asked.
    print(f"  not asked: {told['left_out'] or 'none'}")
    assert len(told["left_out"]) < 5
    assert len(alive) <= len(found) * (1 - NOTICED_AT_LEAST)


# ---------------------------------------------------------------- lines of an agreement


def line_mutants(line: Line) -> Iterator[tuple[str, Line | None]]:
    """Give a line taken out, turned round, and widened in one field."""
    yield "dropped", None
    yield "turned", line._replace(eft="deny" if line.eft == "allow" else "allow")
    for field in ("cat", "purpose", "verb", "src", "dst"):
        if getattr(line, field) != "any":
            yield f"{field} any", line._replace(**{field: "any"})
    if line.cond == "named":
        yield "unnamed", line._replace(cond="always")


@pytest.mark.long
def test_every_change_of_a_line_is_noticed_by_the_stored_matrix():
    """One line of every clause, changed a little, gives another matrix than the one stored."""
    pack, words = quillmere(), catalogue()
    lines = list(pack.lines())
    span = next(span for span in segments(lines) if span[0] <= DAY < span[1])
    plain = matrix_of(pack)
    first_of_clause = {line.ref: number for number, line in reversed(list(enumerate(lines)))}
    alive, count = [], 0
    for ref, number in first_of_clause.items():
        for what, changed in line_mutants(lines[number]):
            count += 1
            mutated = [*lines[:number], *([changed] if changed else []), *lines[number + 1 :]]
            found = compile_matrix("QEH", mutated, span, words)
            if (found.nodes, found.leaves) == (plain.nodes, plain.leaves):
                alive.append((ref, what))

    print(f"line mutants {count}, alive {alive}")
    assert len(alive) / count <= 1 - NOTICED_AT_LEAST
