"""What else a book of policies tells: cover, verbs, parties, clauses, its revision."""

from dataclasses import replace

from policies.book import PolicyBook
from policies.catalogue import catalogue
from policies.isa import IsaState
from policies.packs import house
from policies.question import Why
from server.kernel.ids import AgencyCode
from tests.policies.asking import (
    AGREED,
    DECIDED,
    MIDNIGHT,
    MORNING,
    NOTHING,
    OWN,
    ask,
    book_of,
    demo_book,
    in_force,
)
from tests.policies.quillmere import SECTORS, SIGNED, quillmere

SCHOOL, VISITORS = "tansy_vale", "quillmere_hv"


def test_cover_tells_whether_any_clause_speaks_for_it_whatever_the_family_said():
    refused = ask("mental_health_adult", VISITORS, SCHOOL, grounds=NOTHING, excl="a_list")

    assert not demo_book().answer(refused).allowed
    assert demo_book().cover(refused).ref == "QEH/3.4"
    assert not demo_book().cover(ask("sexual_health", VISITORS, SCHOOL)).allowed
    assert demo_book().cover(ask("parenting", SCHOOL, SCHOOL, grounds=NOTHING)).ref == "HOUSE/O.1"
    of_family = ask("parenting", SCHOOL, "family", role="parent_carer", grounds=NOTHING)
    assert demo_book().cover(of_family).ref == "FAMILY/1.1"


def test_verbs_are_those_that_would_be_answered_with_yes():
    book = demo_book()
    for origin in SECTORS:
        for category in catalogue().categories:
            for dst in SECTORS:
                grounds = OWN if origin == dst else AGREED | DECIDED
                question = ask(category, origin, dst, role="lead_professional", grounds=grounds)
                expected = {
                    verb
                    for verb in catalogue().verbs
                    if book.answer(replace(question, verb=verb)).allowed
                }
                assert book.verbs(question) == expected
                assert book.verbs(question) == expected


def test_parties_are_those_whose_signature_is_live_on_an_active_agreement():
    book = demo_book()
    suspended = book_of(in_force(quillmere(), *SIGNED, state=IsaState.SUSPENDED))

    assert book.is_party(AgencyCode(SCHOOL))
    assert not book.is_party(AgencyCode("lantern_thread"))
    assert not suspended.is_party(AgencyCode(SCHOOL))


def test_a_clause_is_found_by_agreement_and_reference():
    found = demo_book().clause("QEH", "QEH/4.2")

    assert found is not None
    assert "abuse at home" in found.sentence
    assert demo_book().clause("QEH", "QEH/9") is None
    assert demo_book().clause("OTHER", "QEH/4.2") is None


def test_a_book_has_a_revision_that_follows_signatures_states_and_agencies():
    one = book_of(in_force(quillmere(), *SIGNED))
    others = [
        book_of(in_force(quillmere(), *SIGNED[1:])),
        book_of(in_force(quillmere(), *SIGNED, state=IsaState.SUSPENDED)),
        book_of(in_force(quillmere(), *SIGNED, broken=True)),
        book_of(in_force(quillmere(), *SIGNED), sectors={AgencyCode(SCHOOL): "education"}),
    ]

    assert one.revision == demo_book().revision
    assert len({one.revision, *(other.revision for other in others)}) == 5


def test_what_a_book_remembers_is_bounded(monkeypatch):
    monkeypatch.setattr("policies.book._KEPT_CELLS", 51)
    book = PolicyBook([in_force(house())], SECTORS, catalogue(), since=MORNING, until=MIDNIGHT)

    for number in range(400):
        excluded = ask("parenting", SCHOOL, SCHOOL, grounds=OWN, excl=f"list_{number}")
        assert book.answer(excluded).why == Why.EXCLUDED
        assert book.verbs(excluded) == frozenset()
        assert sum(len(kept) for kept in book._kept.values()) + len(book._masks) <= 51

    assert book.answer(ask("parenting", SCHOOL, SCHOOL, grounds=OWN)).allowed
