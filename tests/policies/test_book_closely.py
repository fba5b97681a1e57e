"""The book's first and last day, which refusal it tells, and whose signature counts."""

from datetime import date, timedelta

import pytest

from policies import book
from policies.decision import Ground
from policies.isa import IsaState
from policies.packs import house
from policies.question import Part, Why
from server.kernel.ids import AgencyCode
from tests.policies.asking import ask, book_of, demo_book, in_force
from tests.policies.quillmere import SIGNED, quillmere

FIRST, LAST = date(2026, 4, 1), date(2027, 4, 1)


@pytest.mark.parametrize(
    ("day", "is_open"),
    [
        (FIRST - timedelta(days=1), False),
        (FIRST, True),
        (LAST - timedelta(days=1), True),
        (LAST, False),
    ],
)
def test_a_book_answers_from_the_first_day_all_its_packs_hold_until_the_first_ends(day, is_open):
    fresh = book_of(in_force(quillmere(), *SIGNED))
    asked = ask("health_child", "quillmere_hv", "quillmere_sn", day=day)

    # Once looked up, and once from memory.
    assert [("view" in fresh.verbs(asked)) for _ in range(2)] == [is_open, is_open]
    answer = fresh.answer(asked)
    assert answer.allowed is is_open
    assert (answer.condition is None, answer.lawful_basis is None) == (not is_open, not is_open)
    assert is_open or answer.why == Why.OUT_OF_DATE


def test_the_more_a_refusal_tells_the_earlier_it_is_told():
    refusals = (
        Why.EXCLUDED, Why.MARKED, Why.ISA_REFUSED, Why.FORCE, Why.NO_ISA, Why.GROUND,
        Why.NO_CLAUSE,
    )  # fmt: skip
    weights = [book._weight(Part(allowed=False, why=why)) for why in refusals]

    assert weights == [1, 2, 3, 4, 5, 6, 10]
    assert book._weight(Part(allowed=False, why="QEH/5.1", isa="QEH")) == 0
    allowed = [
        book._weight(Part(allowed=True, why="x", isa=isa, ground=Ground.OWN))
        for isa in ("QEH", "HOUSE")
    ]
    assert weights[-1] < allowed[0] < allowed[1]


def test_a_live_signature_on_an_active_agreement_makes_a_party():
    somebody, school = AgencyCode("lantern_thread"), AgencyCode("tansy_vale")
    suspended = in_force(quillmere(), *SIGNED, state=IsaState.SUSPENDED)

    assert demo_book().is_party(school)
    assert not demo_book().is_party(somebody)
    assert not book_of(in_force(house(), somebody)).is_party(somebody)
    assert not book_of(suspended).is_party(school)


def test_what_a_clause_does_not_name_is_nothing_rather_than_empty():
    shared = demo_book().answer(ask("education_attendance", "tansy_vale", "quillmere_hv"))
    forbidden = demo_book().answer(ask("sexual_health", "bramblegate", "quillmere_hv"))

    assert (shared.why, shared.condition) == ("QEH/3.2", None)
    assert (forbidden.why, forbidden.lawful_basis) == ("QEH/5.3", None)
