"""What holds over all packs at once: who is heard, what a refusal is called, when it is no."""

from dataclasses import replace
from datetime import timedelta

import pytest

from policies.book import closed_book
from policies.catalogue import catalogue
from policies.decision import Ground
from policies.facts import Kind
from policies.isa import IsaState
from policies.question import Cell, Live, Why
from server.kernel.ids import AgencyCode
from tests.policies.asking import (
    AGREED,
    DAY,
    DECIDED,
    EMERGENCY,
    MORNING,
    NOTHING,
    OWN,
    STANDING,
    ask,
    book_of,
    demo_book,
    in_force,
    second_isa,
)
from tests.policies.quillmere import SECTORS, SIGNED, quillmere

SCHOOL, VISITORS, POLICE = "tansy_vale", "quillmere_hv", "quillmere_police"
HEALTH_FOR_THE_LEAD = ask("health_child", VISITORS, SCHOOL, role="lead_professional")


ALLOWS = "T/1,any,grp_seat:any,health_child,plan,view,agreed,always,allow,,Words.,A basis,A reason"
FORBIDS = "T/2,any,any:sec_education,health_child,any,view,any,always,deny,,Words.,,"


def test_the_answer_names_clause_agreement_basis_condition_ground_and_purpose():
    answer = demo_book().answer(HEALTH_FOR_THE_LEAD)

    assert answer.allowed
    assert (answer.ref, answer.why) == ("QEH/3.3", "QEH/3.3")
    assert (answer.isa, answer.isa_revision) == ("QEH", 3)
    assert answer.ground is Ground.AGREED
    assert answer.purpose == "plan"
    assert answer.lawful_basis is not None
    assert answer.lawful_basis.startswith("UK GDPR Art 6(1)(e)")
    assert answer.condition is not None
    assert answer.condition.startswith("DPA 2018 Sch 1 para 2")
    assert answer.sentence is not None
    assert answer.sentence.startswith("The lead practitioner and health may see")
    assert len(answer.parts) == 1


def test_the_purpose_that_opened_is_named_even_if_it_is_not_the_first():
    answer = demo_book().answer(replace(HEALTH_FOR_THE_LEAD, purposes=("assess", "review")))

    assert answer.allowed
    assert answer.purpose == "review"


# ---------------------------------------------------------------- locks


@pytest.mark.parametrize(
    ("question", "why"),
    [
        (replace(HEALTH_FOR_THE_LEAD, role="none"), Why.MEMBER),
        (replace(HEALTH_FOR_THE_LEAD, cells=()), Why.NO_CELLS),
        (replace(HEALTH_FOR_THE_LEAD, purposes=()), Why.NO_PURPOSE),
        (replace(HEALTH_FOR_THE_LEAD, role="grp_seat"), Why.UNKNOWN),
        (replace(HEALTH_FOR_THE_LEAD, dst=AgencyCode("elsewhere")), Why.UNKNOWN),
        (replace(HEALTH_FOR_THE_LEAD, verb="look"), Why.UNKNOWN),
        (replace(HEALTH_FOR_THE_LEAD, purposes=("plan", "any")), Why.UNKNOWN),
        (replace(HEALTH_FOR_THE_LEAD, kind=Kind.ROOM), Why.UNKNOWN),
        (ask("cat_health", VISITORS, SCHOOL), Why.UNKNOWN),
        (ask("health_child", "elsewhere", SCHOOL), Why.UNKNOWN),
        (ask("obj_room", SCHOOL, SCHOOL), Why.UNKNOWN),
        (replace(HEALTH_FOR_THE_LEAD, day=DAY + timedelta(days=400)), Why.OUT_OF_DATE),
        (replace(HEALTH_FOR_THE_LEAD, day=DAY - timedelta(days=400)), Why.OUT_OF_DATE),
    ],
)
def test_what_is_missing_unknown_or_out_of_date_is_refused_by_its_name(question, why):
    answer = demo_book().answer(question)

    assert not answer.allowed
    assert answer.why == why
    assert answer.ref is None
    if question.verb == "view":
        assert demo_book().verbs(question) == frozenset()


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"excl": "a_list"}, Why.EXCLUDED),
        ({"marker": "a_marker"}, Why.MARKED),
        ({"grounds": NOTHING}, Why.GROUND),
        (
            {"grounds": frozenset({Live(Ground.AGREED, "review")}), "purposes": ("plan",)},
            Why.GROUND,
        ),
        ({"grounds": OWN}, Why.OWN),
        ({"grounds": OWN | AGREED}, Why.OWN),
        ({"grounds": STANDING}, Why.NO_CLAUSE),
        ({"dst": "lantern_thread", "origin": VISITORS}, Why.FORCE),
        ({"dst": SCHOOL, "origin": "lantern_thread"}, Why.FORCE),
        ({"dst": "lantern_thread", "grounds": NOTHING}, Why.FORCE),
    ],
)
def test_each_guard_shuts_alone_what_was_open(change, why):
    plain = {"category": "health_child", "origin": VISITORS, "dst": SCHOOL}
    question = ask(**{**plain, "role": "lead_professional", **change})

    answer = demo_book().answer(question)

    assert not answer.allowed
    assert answer.why == why


def test_unsigned_ends_that_share_no_agreement_at_all_are_told_so():
    answer = book_of().answer(HEALTH_FOR_THE_LEAD)

    assert answer.why == Why.NO_ISA


def test_a_closed_book_says_no_to_everything_and_why():
    book = closed_book(catalogue(), MORNING, Why.NOT_CONFIRMED)

    assert book.answer(HEALTH_FOR_THE_LEAD).why == Why.NOT_CONFIRMED
    assert book.verbs(HEALTH_FOR_THE_LEAD) == frozenset()
    assert not book.is_party(AgencyCode(SCHOOL))


def test_an_agency_of_an_unknown_sector_is_unknown():
    strange = {**SECTORS, AgencyCode("circus"): "entertainment"}
    book = book_of(in_force(quillmere(), *SIGNED, AgencyCode("circus")), sectors=strange)

    assert book.answer(ask("parenting", "circus", SCHOOL)).why == Why.UNKNOWN
    assert not book.knows_agencies([AgencyCode("circus")])
    assert book.knows_agencies([AgencyCode(SCHOOL), AgencyCode("family")])


# ---------------------------------------------------------------- both ends, both ways


def test_both_ends_must_have_signed_not_the_readers_alone():
    for signed in (SCHOOL, VISITORS):
        book = book_of(in_force(quillmere(), AgencyCode(signed)))

        assert book.answer(HEALTH_FOR_THE_LEAD).why == Why.FORCE


def test_sharing_has_a_direction():
    assert demo_book().answer(HEALTH_FOR_THE_LEAD).allowed
    turned = ask("health_child", SCHOOL, VISITORS, role="lead_professional")

    assert demo_book().answer(turned).why == Why.NO_CLAUSE


@pytest.mark.parametrize("state", [IsaState.SUSPENDED, IsaState.ENDED])
def test_an_agreement_that_is_not_active_opens_nothing_and_still_forbids(state):
    suspended = in_force(quillmere(), *SIGNED, state=state)
    generous = in_force(second_isa(ALLOWS), *SIGNED)
    police = ask("health_child", VISITORS, POLICE)

    assert book_of(suspended).answer(HEALTH_FOR_THE_LEAD).why == Why.FORCE
    assert book_of(generous).answer(police).allowed
    assert book_of(suspended, generous).answer(police).ref == "QEH/5.1"


def test_a_second_agreement_that_allows_opens_and_one_that_forbids_shuts():
    qeh = in_force(quillmere(), *SIGNED)
    member = ask("health_child", VISITORS, SCHOOL)

    assert not book_of(qeh).answer(member).allowed
    assert book_of(qeh, in_force(second_isa(ALLOWS), *SIGNED)).answer(member).ref == "T/1"
    forbids = book_of(qeh, in_force(second_isa(FORBIDS), *SIGNED))
    assert forbids.answer(HEALTH_FOR_THE_LEAD).ref == "T/2"


def test_what_an_agreement_forbids_counts_as_soon_as_one_end_has_signed():
    qeh = in_force(quillmere(), *SIGNED)
    half = in_force(second_isa(FORBIDS), AgencyCode(VISITORS))

    answer = book_of(qeh, half).answer(HEALTH_FOR_THE_LEAD)

    assert (answer.ref, answer.isa) == ("T/2", "T")


def test_an_agreement_that_cannot_be_trusted_shuts_all_that_touches_its_parties():
    qeh = in_force(quillmere(), *SIGNED)
    broken = in_force(second_isa(ALLOWS), AgencyCode(VISITORS), broken=True)
    book = book_of(qeh, broken)

    assert book.answer(HEALTH_FOR_THE_LEAD).why == Why.ISA_REFUSED
    assert book.answer(ask("asb", POLICE, SCHOOL, role="lead_professional")).allowed
    own = ask("health_child", VISITORS, VISITORS, grounds=OWN)
    assert book.answer(own).ref == "HOUSE/O.1"


# ---------------------------------------------------------------- within one agency


def test_within_one_agency_the_house_alone_speaks():
    answer = demo_book().answer(ask("sexual_health", VISITORS, VISITORS, grounds=OWN))

    assert (answer.allowed, answer.ref, answer.ground) == (True, "HOUSE/O.1", Ground.OWN)
    assert demo_book().answer(ask("health_child", VISITORS, VISITORS)).why == Why.NO_CLAUSE


def test_two_teams_of_one_council_are_two_agencies():
    sectors = {**SECTORS, AgencyCode("council_homes"): "housing"}
    book = book_of(in_force(quillmere(), *SIGNED), sectors=sectors)

    answer = book.answer(ask("parenting", "quillmere_council", "council_homes", grounds=OWN))

    assert not answer.allowed


def test_a_childs_own_words_are_changed_by_whoever_took_them_down():
    own = ask("child_voice", SCHOOL, SCHOOL, grounds=OWN, verb="edit")

    assert not demo_book().answer(own).allowed
    assert demo_book().answer(replace(own, cells=(own.cells[0]._replace(named=True),))).allowed


# ---------------------------------------------------------------- several cells


def test_every_category_and_every_origin_must_be_open():
    health, school = HEALTH_FOR_THE_LEAD.cells[0], Cell("parenting", AgencyCode(SCHOOL), OWN)
    police = Cell("youth_justice", AgencyCode(POLICE), AGREED)

    both = demo_book().answer(replace(HEALTH_FOR_THE_LEAD, cells=(health, school)))
    mixed = demo_book().answer(replace(HEALTH_FOR_THE_LEAD, cells=(health, police)))

    assert both.allowed
    assert [part.why for part in both.parts] == ["QEH/3.3", "HOUSE/O.1"]
    assert both.ref == "QEH/3.3"
    assert not mixed.allowed
    assert [part.allowed for part in mixed.parts] == [True, False]
    assert mixed.why == Why.NO_CLAUSE
    assert mixed.purpose is None


def test_one_purpose_must_open_every_cell():
    for_plan = Cell("health_child", AgencyCode(VISITORS), frozenset({Live(Ground.AGREED, "plan")}))
    for_review = for_plan._replace(grounds=frozenset({Live(Ground.AGREED, "review")}))
    question = replace(HEALTH_FOR_THE_LEAD, cells=(for_plan, for_review))

    assert not demo_book().answer(question).allowed
    assert demo_book().verbs(question) == frozenset()
    assert demo_book().answer(replace(question, cells=(for_plan, for_plan))).allowed


def test_the_most_telling_refusal_is_the_one_named():
    shut_out = HEALTH_FOR_THE_LEAD.cells[0]._replace(excl="a_list")
    forbidden = replace(
        HEALTH_FOR_THE_LEAD,
        dst=AgencyCode(POLICE),
        cells=(HEALTH_FOR_THE_LEAD.cells[0]._replace(grounds=NOTHING), shut_out),
    )

    assert demo_book().answer(forbidden).why == Why.EXCLUDED
    denied = replace(forbidden, cells=(shut_out, HEALTH_FOR_THE_LEAD.cells[0]))
    assert demo_book().answer(denied).why == "QEH/5.1"


def test_of_several_purposes_the_more_telling_refusal_is_named():
    cell = Cell(
        "safeguarding_concern", AgencyCode(SCHOOL), frozenset({Live(Ground.AGREED, "plan")})
    )
    question = ask("parenting", SCHOOL, VISITORS, purposes=("plan", "safeguard"))
    question = replace(question, cells=(cell,))

    assert demo_book().answer(question).why == Why.GROUND
    assert demo_book().answer(replace(question, purposes=("safeguard", "plan"))).why == Why.GROUND


# ---------------------------------------------------------------- grounds


def test_the_first_ground_that_opens_is_named():
    both = ask(
        "safeguarding_concern",
        SCHOOL,
        VISITORS,
        grounds=AGREED | DECIDED | STANDING,
        purposes=("plan", "safeguard"),
    )

    answer = demo_book().answer(both)

    assert (answer.ref, answer.ground, answer.purpose) == ("QEH/4.1", Ground.DECIDED, "safeguard")


def test_a_place_is_enough_for_names_and_for_nothing_else():
    book = demo_book()
    opened = {
        category
        for category in catalogue().categories
        if book.answer(ask(category, SCHOOL, VISITORS, grounds=STANDING)).allowed
    }

    assert opened == {"identity_contact"}


def test_an_emergency_opens_what_the_agreement_marks_for_it_and_no_childs_words():
    def seen(category: str, **change) -> bool:
        question = ask(
            category,
            SCHOOL,
            "quillmere_council",
            role="ig_officer",
            grounds=EMERGENCY,
            purposes=("ig_audit",),
            **change,
        )
        return demo_book().answer(question).allowed

    assert seen("parenting")
    assert not seen("child_voice")
    assert not seen("sexual_health")
    assert not seen("parenting", marker="a_marker")
    assert not seen("parenting", excl="a_list")
    assert not seen("parenting", verb="edit")


def test_an_office_without_an_emergency_sees_no_information():
    for role in catalogue().roles:
        if role not in ("lead_professional", "tac_member"):
            for category in catalogue().categories:
                question = ask(
                    category,
                    SCHOOL,
                    VISITORS,
                    role=role,
                    grounds=AGREED | DECIDED | STANDING,
                    purposes=tuple(catalogue().purposes),
                    named=True,
                )
                assert demo_book().verbs(question) == frozenset()
