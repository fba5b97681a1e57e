"""Rules changed a little: are our named cases able to notice? Slow, so for `make long`."""

import re
from collections.abc import Iterator

import pytest

from policies.catalogue import catalogue
from policies.compiling import compile_matrix, segments
from policies.enforcer import Pack, Request, Verdict, decide, links_of, model_text
from policies.isa import Line
from policies.packs import house
from tests.policies.asking import DAY, matrix_of
from tests.policies.quillmere import SECTORS, quillmere
from tests.policies.test_demo_table import PARTS, PLACES, WITH_SAFEGUARD, _grounds

WORDS = catalogue()
AGENCIES: dict[str, str] = {str(code): of for code, of in SECTORS.items()} | {"family": "family"}
NOTICED_AT_LEAST = 0.9

# Survivors that change no answer: the reference is a second lock, and `g(x, x)` is true, so the
# short cut by equality says what the group says; a role of nobody meets guards alone.
SAME_ANSWER = re.compile(
    r'p\.ref != ""|p\.(cat|role|src|dst) == r\.|p\.cond == "not_member"|r\.role == "none"'
)


def pack_of(lines, model: str | None = None) -> Pack:
    return Pack(lines, links_of(WORDS, AGENCIES), AGENCIES, model=model)


def named_cases(between_agencies: bool) -> list[Request]:  # noqa: FBT001  which of the two packs
    """Return questions about every part of the demo's plan, and each with one state turned."""
    cases = []
    for part in PARTS:
        for person, (role, dst) in PLACES.items():
            if (dst == part.origin) == between_agencies or dst == "family":
                continue
            for ground in {live.ground.value for live in _grounds(part, person)} | {"agreed"}:
                for purpose in WITH_SAFEGUARD:
                    for verb in ("view", "edit", "download"):
                        named = "yes" if person in part.named else "no"
                        cases.append(
                            Request(
                                role, part.category, purpose, verb, ground, part.origin, dst,
                                named, "yes", "no", "no", DAY.isoformat(),
                            )
                        )  # fmt: skip
    return cases


def with_states(cases: list[Request], allowed: list[Verdict]) -> list[Request]:
    """Return the cases, and what was allowed once more with each state turned."""
    turned = [
        case._replace(**state)
        for case, verdict in zip(cases, allowed, strict=True)
        if verdict.allowed
        for state in (
            {"role": "none"}, {"force": "no"}, {"excl": "x"}, {"marker": "x"}, {"ground": "none"},
            {"named": "no"}, {"day": "2026-04-01"}, {"day": "2027-04-01"}, {"verb": "export"},
        )
    ]  # fmt: skip
    return [*cases, *turned]


def matcher_mutants() -> Iterator[tuple[str, str]]:
    """Give the model with one comparison turned round or one connective exchanged."""
    text = model_text()
    start = text.index("m = ")
    for found in re.finditer(r"==|!=|<=|<|&&|\|\||\"[a-z_]+\"", text[start:]):
        at, old = start + found.start(), found.group()
        new = {"==": "!=", "!=": "==", "<=": "<", "<": "<=", "&&": "||", "||": "&&"}.get(
            old, '"other"'
        )
        yield text[at - 14 : at + 22], text[:at] + new + text[at + len(old) :]


@pytest.mark.long
def test_most_changes_of_the_matcher_are_noticed_by_named_cases():
    lines, of_house = quillmere().lines(), house().lines()
    plain = pack_of(lines)
    shared = named_cases(between_agencies=True)[::3]
    cases = with_states(shared, [decide(plain, case) for case in shared])[::4]
    cases += [
        case._replace(dst="quillmere_police", cat="health_child", src="quillmere_hv")
        for case in shared[:2]
    ]
    own = named_cases(between_agencies=False)[::7]
    expected = [decide(plain, case) for case in cases]
    expected_own = [decide(pack_of(of_house), case) for case in own]
    bare = [decide(plain, case, plain.lines[5:]).allowed for case in cases]
    alive, count = [], 0

    for place, model in matcher_mutants():
        count += 1
        mutant, mutant_house = pack_of(lines, model), pack_of(of_house, model)
        if (
            _same(mutant, cases, expected)
            and _same(mutant_house, own, expected_own)
            # Without the guards the matcher itself must shut what they name.
            and [decide(mutant, case, mutant.lines[5:]).allowed for case in cases] == bare
        ):
            alive.append(place)

    telling = [place for place in alive if not SAME_ANSWER.search(place)]
    print(f"matcher mutants {count}, alive {len(alive)}, of them telling {telling}")
    assert 1 - len(telling) / count >= NOTICED_AT_LEAST


def _same(pack: Pack, cases: list[Request], expected: list[Verdict]) -> bool:
    return all(decide(pack, case) == said for case, said in zip(cases, expected, strict=True))


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
    pack = quillmere()
    lines = list(pack.lines())
    span = next(span for span in segments(lines) if span[0] <= DAY < span[1])
    plain = matrix_of(pack)
    first_of_clause = {line.ref: number for number, line in reversed(list(enumerate(lines)))}
    alive, count = [], 0
    for ref, number in first_of_clause.items():
        for what, changed in line_mutants(lines[number]):
            count += 1
            mutated = [*lines[:number], *([changed] if changed else []), *lines[number + 1 :]]
            found = compile_matrix("QEH", mutated, span, WORDS)
            if (found.nodes, found.leaves) == (plain.nodes, plain.leaves):
                alive.append((ref, what))

    print(f"line mutants {count}, alive {alive}")
    assert len(alive) / count <= 1 - NOTICED_AT_LEAST
