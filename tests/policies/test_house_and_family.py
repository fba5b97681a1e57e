"""What the house says of acts that tell nothing of a child, and what a family sees of its own."""

import pytest

from policies.catalogue import catalogue
from policies.facts import Kind
from policies.question import Question, Why, object_cell
from server.kernel.ids import AgencyCode
from tests.policies.asking import (
    AGREED,
    DAY,
    OWN,
    ask,
    book_of,
    demo_book,
    in_force,
    second_isa,
)

SCHOOL, VISITORS = "tansy_vale", "quillmere_hv"


def test_the_family_sees_its_own_and_never_words_about_abuse():
    def page(category: str, **change):
        return demo_book().answer(
            ask(category, SCHOOL, "family", role="parent_carer", **{"grounds": OWN, **change})
        )

    assert page("parenting").ref == "FAMILY/1.1"
    assert page("parenting", grounds=AGREED).ref == "FAMILY/1.2"
    assert page("domestic_abuse").ref in ("FAMILY/9.1", "QEH/5.2")
    assert page("professional_opinion").why == Why.NO_CLAUSE
    assert page("parenting", verb="edit").why == Why.NO_CLAUSE
    assert page("parenting", marker="a_marker").why == Why.MARKED


def test_what_an_agreement_forbids_the_family_holds_though_the_family_signs_nothing():
    row = "T/3,any,any:sec_family,parenting,any,any,any,always,deny,,Words.,,"
    book = book_of(in_force(second_isa(row), AgencyCode(SCHOOL)))

    answer = book.answer(ask("parenting", SCHOOL, "family", role="parent_carer", grounds=OWN))

    assert answer.ref == "T/3"
    elsewhere = ask("parenting", VISITORS, "family", role="parent_carer", grounds=OWN)
    assert book.answer(elsewhere).ref == "FAMILY/1.1"


def test_an_agreement_never_opens_the_familys_page():
    row = "T/4,any,grp_family:any,third_party,plan,view,agreed,always,allow,,Words.,A basis,"
    book = book_of(in_force(second_isa(row), AgencyCode(SCHOOL), AgencyCode("family")))

    assert not book.answer(ask("third_party", SCHOOL, "family", role="parent_carer")).allowed


# ---------------------------------------------------------------- things that are not information


@pytest.mark.parametrize(
    ("role", "kind", "verb", "ref"),
    [
        ("practitioner", Kind.ROOM, "create", "HOUSE/A.1"),
        ("practitioner", Kind.ROOM, "view", "HOUSE/A.2"),
        ("tac_member", Kind.ROOM, "view", "HOUSE/A.3"),
        ("parent_carer", Kind.ROOM, "view", "HOUSE/A.3"),
        ("lead_professional", Kind.SEAT, "create", "HOUSE/A.5"),
        ("lead_professional", Kind.CONSENT, "create", "HOUSE/A.7"),
        ("young_person", Kind.CONSENT, "withdraw", "HOUSE/A.9"),
        ("lead_professional", Kind.ROOM, "dispose", "HOUSE/A.10"),
        ("lead_professional", Kind.MEETING, "edit", "HOUSE/A.11"),
        ("ig_officer", Kind.AUDIT, "export", "HOUSE/A.16"),
        ("system_admin", Kind.SETTING, "edit", "HOUSE/A.17"),
        ("tac_member", Kind.SEAT, "create", None),
        ("tac_member", Kind.CONSENT, "create", None),
        ("tac_member", Kind.AUDIT, "view", None),
        ("system_admin", Kind.AUDIT, "view", None),
        ("system_admin", Kind.ROOM, "view", None),
        ("ig_officer", Kind.ROOM, "view", None),
        ("ig_officer", Kind.SETTING, "edit", None),
        ("parent_carer", Kind.CONSENT, "create", None),
        ("coordinator", Kind.ROOM, "create", None),
    ],
)
def test_the_house_says_who_may_do_what_is_not_about_information(role, kind, verb, ref):
    family = role in ("parent_carer", "young_person")
    dst = AgencyCode("family" if family else SCHOOL)
    purposes = catalogue().purposes_of(role) or ("plan",)
    question = Question(role, dst, purposes, verb, kind, (object_cell(kind, dst),), DAY)

    answer = demo_book().answer(question)

    assert answer.allowed == (ref is not None)
    assert answer.ref == ref


def test_a_thing_of_another_house_is_never_open():
    cell = object_cell(Kind.ROOM, AgencyCode(VISITORS))
    question = Question(
        "lead_professional", AgencyCode(SCHOOL), ("plan",), "view", Kind.ROOM, (cell,), DAY
    )

    assert demo_book().answer(question).why == Why.NO_ISA
