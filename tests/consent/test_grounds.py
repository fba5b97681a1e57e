"""As what somebody asks, and which grounds are live for her: each rule, without a store."""

from dataclasses import replace

import pytest

from consent.consent import Cover
from consent.grounds import (
    Found,
    asker_in_room,
    asker_of_house,
    find_grounds,
    is_not_hers_to_edit,
    speaking_for,
)
from consent.protection import Exclusion, Protections, SafetyMarker
from policies.decision import ConsentUsed, Ground
from policies.facts import Kind
from policies.question import Live, object_cell
from server.directory.member import Office
from server.directory.team import Role, TeamState
from server.kernel.ids import ConsentId, MemberId, new_id
from tests.consent.facts import (
    AT,
    DAY,
    HEALTH,
    HOMES,
    OTIS,
    PIP,
    PLAN,
    ROOM,
    SCHOOL,
    TAMSIN,
    agreed,
    asker,
    decision,
    facts,
    label,
    parent,
    practitioner,
    seat,
    team,
    yes,
)

LEAD, MEMBER = Role.LEAD_PROFESSIONAL, Role.TAC_MEMBER
OPEN, WAITING = TeamState.OPEN, TeamState.PROPOSED
DECLINED, CLOSED = TeamState.DECLINED, TeamState.CLOSED


# ---------------------------------------------------------------- as what


@pytest.mark.parametrize(
    ("state", "role", "kind", "asks_as"),
    [
        (OPEN, MEMBER, Kind.CONTENT, "tac_member"),
        (OPEN, LEAD, Kind.ROOM, "lead_professional"),
        (WAITING, LEAD, Kind.ROOM, "lead_professional"),
        (WAITING, LEAD, Kind.CONSENT, "lead_professional"),
        (WAITING, LEAD, Kind.PROTECTION, "lead_professional"),
        (WAITING, LEAD, Kind.CONTENT, "none"),
        (WAITING, LEAD, Kind.SEAT, "none"),
        (WAITING, MEMBER, Kind.ROOM, "none"),
        (DECLINED, LEAD, Kind.ROOM, "lead_professional"),
        (DECLINED, LEAD, Kind.CONSENT, "none"),
        (DECLINED, MEMBER, Kind.ROOM, "none"),
        (CLOSED, LEAD, Kind.ROOM, "none"),
    ],
)
def test_a_place_counts_as_far_as_its_room_is_open_to_it(state, role, kind, asks_as):
    who = practitioner()

    found = asker_in_room(who, team(state), seat(who, role), kind)

    assert found.role == asks_as
    assert found.purposes == (("plan", "deliver", "review") if asks_as != "none" else ())
    assert (found.seat is not None) == (asks_as != "none")


@pytest.mark.parametrize(
    ("state", "office", "is_let_in", "kind", "asks_as", "purposes"),
    [
        (OPEN, None, False, Kind.CONTENT, "none", ()),
        (OPEN, Office.IG_OFFICER, False, Kind.CONTENT, "ig_officer", ("ig_audit",)),
        (WAITING, Office.IG_OFFICER, True, Kind.ROOM, "none", ()),
        (OPEN, None, True, Kind.CONTENT, "practitioner", ("safeguard",)),
        (OPEN, None, True, Kind.EMERGENCY, "practitioner", ("safeguard",)),
        (OPEN, None, True, Kind.ROOM, "none", ()),
        (OPEN, Office.IG_OFFICER, True, Kind.CONTENT, "ig_officer", ("safeguard", "ig_audit")),
        (CLOSED, Office.IG_OFFICER, True, Kind.CONTENT, "none", ()),
    ],
)
def test_without_a_place_an_office_or_an_emergency_counts(
    state, office, is_let_in, kind, asks_as, purposes
):
    who = practitioner(office=office)

    found = asker_in_room(who, team(state), None, kind, is_let_in=is_let_in)

    assert (found.role, found.purposes, found.seat) == (asks_as, purposes, None)


def test_a_place_given_to_another_organisations_person_serves_nobody():
    who = practitioner(HEALTH, office=Office.IG_OFFICER)
    place = replace(seat(who), agency=SCHOOL)

    for is_let_in in (False, True):
        found = asker_in_room(who, team(), place, Kind.CONTENT, is_let_in=is_let_in)
        assert (found.role, found.purposes) == ("none", ())
    assert asker_in_room(who, None, seat(who), Kind.ROOM).role == "none"
    assert asker_in_room(parent(), team(), None, Kind.ROOM).role == "none"


def test_purposes_are_tried_in_the_order_of_the_catalogue_and_unknown_ones_last():
    who = practitioner()
    place = seat(who, purposes=frozenset({"zeal", "safeguard", "plan", "envy"}))

    found = asker_in_room(who, team(), place, Kind.CONTENT)

    assert found.purposes == ("plan", "safeguard", "envy", "zeal")
    family = asker_in_room(
        parent(), team(), replace(seat(parent(), Role.PARENT_CARER), purposes=PLAN), Kind.ROOM
    )
    assert family.purposes == ("plan", "deliver", "review")
    young = seat(parent(), Role.YOUNG_PERSON, frozenset({"safeguard"}))
    assert asker_in_room(parent(), team(), young, Kind.ROOM).purposes == (
        "plan", "deliver", "review",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("who", "asks_as"),
    [
        (parent(), "family_member"),
        (practitioner(), "practitioner"),
        (practitioner(office=Office.COORDINATOR), "coordinator"),
    ],
)
def test_of_no_room_everybody_asks_as_what_she_is(who, asks_as):
    found = asker_of_house(who)

    assert found.role == asks_as
    assert found.purposes == (("triage",) if asks_as == "coordinator" else ("plan",))
    person = who.person if asks_as == "family_member" else None
    assert (found.recipient.member, found.recipient.person) == (who.id, person)


def test_a_child_who_answered_for_herself_is_spoken_for_by_nobody_else():
    assert speaking_for({TAMSIN: frozenset({TAMSIN, OTIS, PIP}), PIP: frozenset({PIP})}) == {
        TAMSIN: frozenset({TAMSIN, OTIS}),
        PIP: frozenset({PIP}),
    }


# ---------------------------------------------------------------- which grounds


def live(asks, thing, **changes):
    found = find_grounds(facts(**changes), asks, thing)
    return [cell.grounds for cell in found.cells]


STANDING, OWN = Live(Ground.STANDING), Live(Ground.OWN)
EMERGENCY = Live(Ground.EMERGENCY)


def test_a_place_stands_and_what_comes_from_her_own_organisation_is_its_own():
    assert live(asker(practitioner(HEALTH)), label()) == [{STANDING}]
    assert live(asker(practitioner(SCHOOL)), label()) == [{STANDING, OWN}]
    assert live(asker(practitioner(HEALTH), None), label()) == [frozenset()]


def test_of_the_familys_own_is_what_is_about_her_hers_or_shown_to_her():
    tamsin = parent()
    asks = asker(tamsin, Role.PARENT_CARER)

    assert live(asks, label(subjects=frozenset({TAMSIN}))) == [{STANDING, OWN}]
    assert live(asks, label()) == [{STANDING}]
    assert live(asks, label(), speaking={TAMSIN: frozenset({OTIS})}) == [{STANDING, OWN}]
    assert live(asks, label(), speaking={PIP: frozenset({OTIS})}) == [{STANDING}]
    assert live(asks, label(shown_to=frozenset({tamsin.id}))) == [{STANDING, OWN}]
    assert live(asks, label(shown_to=frozenset({MemberId(new_id())}))) == [{STANDING}]


def test_what_was_agreed_counts_for_its_purpose_with_what_it_rests_on():
    lines = (yes(SCHOOL), yes(HEALTH))
    told = facts(agreed=agreed(*lines))

    found = find_grounds(told, asker(practitioner(HEALTH)), label())

    assert found.cells[0].grounds == {STANDING, Live(Ground.AGREED, "plan")}
    used = sorted((line.consent, 2) for line in lines)
    assert found.consents_of(0, "plan") == tuple(ConsentUsed(*one) for one in used)
    assert found.consents_of(0, "review") == found.consents_of(1, "plan") == ()
    assert found.until == AT + DAY
    assert live(asker(practitioner(HOMES)), label(), agreed=agreed(*lines)) == [{STANDING}]


def test_a_decision_opens_the_thing_it_names_to_whom_it_names_and_the_first_is_told():
    thing = label()
    first, second = decision(thing, HEALTH), decision(thing, HEALTH, until=AT + 2 * DAY)
    who = practitioner(HEALTH)
    asks = asker(who, purposes=("plan", "safeguard"))

    found = find_grounds(facts(decisions=(first, second)), asks, thing)

    assert found.cells[0].grounds == {STANDING, Live(Ground.DECIDED, "safeguard")}
    assert found.decision_of(0, "safeguard") == first.id
    assert found.decision_of(0, "plan") is None
    assert found.until == AT + DAY
    never_ends = find_grounds(facts(decisions=(replace(first, until=None),)), asks, thing)
    assert never_ends.until is None
    for other in (
        decision(thing, HOMES),
        decision(thing, HEALTH, subjects=frozenset({PIP})),
        decision(thing, HEALTH, from_agency=HOMES),
        decision(label(), HEALTH),
    ):
        assert live(asks, thing, decisions=(other,)) == [{STANDING}]


def test_an_emergency_is_open_to_whom_it_was_opened_who_has_no_place():
    who = practitioner(HEALTH)
    ends = {who.id: AT + DAY}

    assert live(asker(who, None), label(), emergencies=ends) == [{EMERGENCY}]
    assert live(asker(practitioner(HEALTH), None), label(), emergencies=ends) == [frozenset()]
    assert live(asker(who), label(), emergencies=ends) == [{STANDING}]
    found = find_grounds(facts(emergencies=ends), asker(who, None), label())
    assert found.until == AT + DAY


def test_every_category_origin_and_subject_is_a_cell_of_its_own_in_order():
    thing = label(categories=frozenset({"b", "a"}), origins=frozenset({SCHOOL, HEALTH}))

    found = find_grounds(facts(), asker(practitioner(HEALTH)), thing)

    assert [(cell.category, cell.origin) for cell in found.cells] == [
        ("a", HEALTH), ("a", SCHOOL), ("b", HEALTH), ("b", SCHOOL),
    ]  # fmt: skip
    assert [OWN in cell.grounds for cell in found.cells] == [True, False, True, False]
    for empty in ("categories", "origins", "subjects"):
        bare = label(**{empty: frozenset()})
        assert find_grounds(facts(), asker(practitioner()), bare).cells == ()


def test_who_is_named_or_took_a_childs_words_down_is_named():
    who = practitioner()
    voice = frozenset({"child_voice"})

    def is_named(**changes):
        (cell,) = find_grounds(facts(), asker(who), label(**changes)).cells
        return cell.named

    assert is_named(named=frozenset({who.id}))
    assert is_named(categories=voice, author=who.id)
    assert not is_named(categories=voice, author=MemberId(new_id()))
    assert not is_named(author=who.id)
    assert not is_named()


def test_what_keeps_her_out_stands_in_every_cell_and_counts_for_other_things_too():
    who = practitioner()
    out = Exclusion(new_id(), ROOM, "why", member=who.id)
    kept = SafetyMarker(new_id(), ROOM, "no_contact", "basis", member=who.id)
    told = facts(protections=Protections((out,), (kept,)))

    (cell,) = find_grounds(told, asker(who), label()).cells
    meeting = find_grounds(told, asker(who), label(kind=Kind.MEETING)).cells

    assert (cell.excl, cell.marker) == (out.id.hex, kept.id.hex)
    assert meeting == (
        object_cell(Kind.MEETING, SCHOOL, excl=out.id.hex, marker=kept.id.hex),
    )  # fmt: skip


def test_the_first_of_all_that_ends_is_the_end():
    cover = Cover(frozenset({(ConsentId(new_id()), 1)}), TAMSIN, AT, AT + 3 * DAY)
    told = decision(label(), HEALTH, until=AT + 2 * DAY)

    assert Found((), {}, {}).until is None
    assert Found((), {(0, "plan"): cover}, {}).until == AT + 3 * DAY
    assert Found((), {(0, "plan"): cover}, {(0, "plan"): told}).until == AT + 2 * DAY
    assert Found((), {(0, "plan"): cover}, {}, speaks_until=AT + DAY).until == AT + DAY
    assert Found((), {(0, "plan"): cover}, {}, let_in_until=AT).until == AT
    speaks = {"speaking_until": AT + DAY}
    family = find_grounds(facts(**speaks), asker(parent(), Role.PARENT_CARER), label())
    assert family.until == AT + DAY
    assert find_grounds(facts(**speaks), asker(practitioner()), label()).until is None


def test_a_childs_own_words_are_edited_by_whoever_took_them_down_alone():
    who = practitioner()
    hers = label(categories=frozenset({"child_voice"}), author=who.id)

    assert not is_not_hers_to_edit(asker(who), "edit", hers)
    assert is_not_hers_to_edit(asker(practitioner()), "edit", hers)
    assert not is_not_hers_to_edit(asker(practitioner()), "view", hers)
    assert not is_not_hers_to_edit(asker(practitioner()), "edit", label())
