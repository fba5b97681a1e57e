"""Every class of every pack in force, three ways: the matrix, Casbin with all lines, and Cedar."""

import random

import pytest

from policies.catalogue import catalogue
from policies.checking import classes_of, random_request, read_cell
from policies.compiling import class_cells
from policies.enforcer import NO_CLAUSE, Pack, Request, Verdict, decide, links_of
from policies.isa import Isa
from policies.packs import family, house
from tests.policies.asking import DAY, matrix_of
from tests.policies.cedar import CedarPack, Ruling
from tests.policies.quillmere import SECTORS, quillmere
from tests.policies.test_matrix import named
from tests.policies.wide import wide_isa

WORDS = catalogue()
AGENCIES = {**{str(code): of for code, of in SECTORS.items()}, "family": "family", "corn": "gp"}


def same(read: Verdict, asked: Verdict, ruled: Ruling) -> bool:
    """Whether all three say the same, for the same reason.

    Where Cedar forbids, or says nothing, Casbin names the very line, or none.
    """
    if read != asked or read.allowed != ruled.allowed:
        return False
    if asked.ref.startswith("GUARD-"):
        return not ruled.allowed
    return asked.ref in ruled.refs if asked.ref != NO_CLAUSE else not ruled.refs


def differing(pack: Isa, *, every: int = 1) -> tuple[int, list[Request]]:
    """How many classes were asked about, and those that are not the same three ways."""
    lines, matrix = pack.lines(), matrix_of(pack)
    casbin, cells, classes = class_cells(lines, DAY, WORDS)
    some = cells[::every]
    cedar = CedarPack(lines, {agency: key.split() for agency, key in classes.items()})
    ruled = cedar.rule(some)
    wrong = [
        cell
        for cell, ruling in zip(some, ruled, strict=True)
        if not same(read_cell(matrix, cell, classes), decide(casbin, cell), ruling)
    ]
    return len(some), wrong


@pytest.mark.parametrize("pack", [house(), family(), quillmere()], ids=named)
def test_matrix_casbin_and_cedar_agree_on_classes_of_the_packs_in_force(pack):
    # A fifth of the largest; `make long` asks them all.
    cells, wrong = differing(pack, every=5 if pack.code == "QEH" else 1)

    print(f"{named(pack)}: {cells:,} classes, {len(wrong)} differences")
    assert cells > 10
    assert wrong == []


@pytest.mark.long
@pytest.mark.parametrize(
    "pack", [house(), family(), quillmere(), wide_isa(1, 60), wide_isa(2, 60)], ids=named
)
def test_matrix_casbin_and_cedar_agree_on_every_class(pack):
    cells, wrong = differing(pack)

    print(f"{named(pack)}: {cells:,} classes, {len(wrong)} differences")
    assert wrong == []


@pytest.mark.parametrize("pack", [quillmere(), wide_isa(4, 30)], ids=named)
def test_the_three_agree_on_questions_of_real_agencies_with_each_guard_turned(pack):
    lines, matrix = pack.lines(), matrix_of(pack)
    rng = random.Random(5)
    asked = [random_request(rng, lines, matrix, WORDS, AGENCIES) for _ in range(300)]
    casbin = Pack(lines, links_of(WORDS, AGENCIES), AGENCIES)
    classes = classes_of(matrix, AGENCIES, WORDS)
    cedar = CedarPack(lines, {agency: _codes(of) for agency, of in AGENCIES.items()})

    wrong = [
        one
        for one, ruling in zip(asked, cedar.rule(asked), strict=True)
        if not same(read_cell(matrix, one, classes), decide(casbin, one), ruling)
    ]

    assert wrong == []


def _codes(sector: str) -> list[str]:
    groups = [group for member, group in WORDS.sector_links if member == f"sec_{sector}"]
    return [f"sec_{sector}", *groups]


def test_a_line_that_says_something_else_makes_a_difference():
    pack = quillmere()
    _, cells, classes = class_cells(pack.lines(), DAY, WORDS)
    lines = [
        line._replace(eft="allow", ground="agreed", role="grp_seat")
        if line.ref == "QEH/5.1"
        else line
        for line in pack.lines()
    ]
    cedar = CedarPack(lines, {agency: key.split() for agency, key in classes.items()})

    read = [read_cell(matrix_of(pack), cell, classes).allowed for cell in cells[::3]]

    assert [ruling.allowed for ruling in cedar.rule(cells[::3])] != read
