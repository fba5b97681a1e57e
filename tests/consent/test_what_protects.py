"""What protects somebody closes a thing, whatever else opens it."""

from dataclasses import replace
from datetime import timedelta

import pytest

from consent.admitting import check_admission
from consent.protecting import end, protect, review
from consent.protection import Conflict, Exclusion, MarkerKind, SafetyMarker
from consent.showing_protection import view_protection, warnings
from policies.act import Act
from policies.decision import FactorName
from policies.facts import Kind, label_of_room
from server.audit.search import Filter
from server.directory.team import Role, Seat
from server.kernel import clock, errors, notices
from server.kernel.database import writing
from server.kernel.errors import Invalid, Refused
from server.kernel.ids import MemberId, RoomId, SeatId, new_id
from server.kernel.notices import AccessChanged
from tests.consent.acts import ask, entries, sift


@pytest.mark.parametrize("who", ["imara", "tamsin"])
async def test_an_exclusion_closes_what_everything_else_opens(samplewick, who):
    told: list[AccessChanged] = []
    notices.hear(AccessChanged, told.append)
    label = samplewick.label("S3")
    exclusion = Exclusion(
        new_id(),
        samplewick.room,
        "conflict of interest",
        thing=label.thing,
        member=samplewick.members[who].id,
    )
    await protect(
        samplewick.members["imara"], samplewick.room, exclusion, keepers=[samplewick.keeper]
    )

    decision = await ask(samplewick.members[who], Act.OPEN_SECTION, label)

    assert (decision.allowed, decision.why) == (False, "GUARD-EXCLUDED")
    assert (await ask(samplewick.members[who], Act.OPEN_SECTION, samplewick.label("S1"))).allowed
    refused = (await entries(Filter(kind="section:open-refused")))[0]
    assert refused.details is not None
    assert refused.details["kept_back_by"] == [exclusion.id.hex]
    assert [notice.epoch for notice in told] == samplewick.keeper.epochs[-1:]


async def test_a_safety_marker_closes_a_category_to_the_person_it_protects_from(samplewick):
    marker = SafetyMarker(
        new_id(),
        samplewick.room,
        "confidential_address",
        "her own words",
        category="address_confidential",
        person=samplewick.people["dorran"],
        review_on=clock.today() + timedelta(days=90),
    )
    await protect(samplewick.members["imara"], samplewick.room, marker, keepers=[samplewick.keeper])
    # Even shown on purpose by mistake, it stays closed.
    shown = replace(samplewick.label("S11"), shown_to=frozenset({samplewick.members["dorran"].id}))

    decision = await ask(samplewick.members["dorran"], Act.OPEN_SECTION, shown)

    assert (decision.allowed, decision.why) == (False, "GUARD-MARKED")
    assert (
        await ask(samplewick.members["dorran"], Act.OPEN_SECTION, samplewick.label("S13"))
    ).allowed


async def test_what_protects_somebody_needs_a_person_a_reason_and_this_room(samplewick):
    nobody = Exclusion(new_id(), RoomId(new_id()), " ")

    with pytest.raises(Invalid) as fault:
        await protect(
            samplewick.members["imara"], samplewick.room, nobody, keepers=[samplewick.keeper]
        )

    assert set(fault.value.faults) == {"room", "member", "why"}


def marker(world, kind, **changes):
    told = SafetyMarker(
        new_id(),
        world.room,
        kind,
        "Said by Tamsin, D-16",
        protects=world.people["tamsin"],
        person=world.people["dorran"],
        words="Visit in pairs",
        review_on=clock.today() + timedelta(days=90),
    )
    return replace(told, **changes)


async def test_a_danger_is_told_to_those_who_visit_and_closes_nothing(samplewick):
    imara, room, keepers = samplewick.members["imara"], samplewick.room, [samplewick.keeper]
    dorran = samplewick.members["dorran"]
    risk = marker(samplewick, MarkerKind.RISK_TO_STAFF, protects=None)
    contact = marker(samplewick, MarkerKind.SAFE_CONTACT_METHOD, words="Text before 14:30")
    about_leona = marker(
        samplewick,
        MarkerKind.RISK_TO_STAFF,
        person=None,
        member=samplewick.members["leona"].id,
        words="Not with Leona",
    )
    for each in (risk, contact, about_leona):
        await protect(imara, room, each, keepers=keepers)

    told = {who: [one.words for one in await warnings(samplewick.members[who], room)] for who in (
        "imara", "bronagh", "leona", "tamsin", "dorran", "saskia", "noor"
    )}  # fmt: skip

    both = ["Visit in pairs", "Text before 14:30"]
    assert told["bronagh"] == [*both, "Not with Leona"]
    # Nobody it is against is told of it, nor that there is one.
    assert told["leona"] == both
    assert told["tamsin"] == told["dorran"] == told["saskia"] == told["noor"] == []
    assert (await ask(dorran, Act.OPEN_SECTION, samplewick.label("S13"))).allowed


async def test_lead_and_officer_see_review_and_end_a_marker_and_nobody_else_does(samplewick):
    room, keepers = samplewick.room, [samplewick.keeper]
    noor, imara = samplewick.members["noor"], samplewick.members["imara"]
    set_now = marker(samplewick, MarkerKind.NO_CONTACT)
    await protect(noor, room, set_now, keepers=keepers)
    with pytest.raises(errors.Conflict):
        await protect(noor, room, set_now, keepers=keepers)

    (shown,) = (await view_protection(imara, room)).markers
    assert (shown.protects, shown.against, shown.set_by.name) == (
        "Tamsin Samplewick",
        "Dorran Fictonby",
        "Noor Specimen",
    )
    with clock.moved_to(clock.now() + timedelta(days=90)):
        (due,) = (await view_protection(noor, room)).markers
        assert due.is_due
        later = clock.today() + timedelta(days=180)
        await review(noor, room, set_now.id, review_on=later, keepers=keepers)
        assert not (await view_protection(imara, room)).markers[0].is_due
        for wrong in (None, clock.today(), later + timedelta(days=365)):
            with pytest.raises(Invalid):
                await review(imara, room, set_now.id, review_on=wrong, keepers=keepers)
    for stranger in ("bronagh", "dorran", "yusuf", "saskia"):
        member = samplewick.members[stranger]
        with pytest.raises(Refused):
            await view_protection(member, room)
        with pytest.raises(Refused):
            await end(member, room, "marker", set_now.id, why="No", keepers=keepers)
    s13 = replace(samplewick.label("S13"), subjects=frozenset({samplewick.people["tamsin"]}))
    dorran = samplewick.members["dorran"]
    assert (await ask(dorran, Act.OPEN_SECTION, s13)).why == "GUARD-MARKED"

    await end(imara, room, "marker", set_now.id, why="The order has ended", keepers=keepers)

    assert (await ask(dorran, Act.OPEN_SECTION, s13)).allowed
    assert (await view_protection(imara, room)).markers == ()
    with pytest.raises(errors.Conflict):
        await review(imara, room, set_now.id, review_on=later, keepers=keepers)


async def test_who_has_a_conflict_finds_a_room_that_does_not_exist(samplewick):
    room, keepers = samplewick.room, [samplewick.keeper]
    imara, leona = samplewick.members["imara"], samplewick.members["leona"]
    conflict = Exclusion(
        new_id(), room, "Her sister lives there", member=leona.id, sort=Conflict.RELATED
    )
    await protect(imara, room, conflict, keepers=keepers)

    own = samplewick.label("S6")
    for act, label in (
        (Act.VIEW_ROOM, label_of_room(room)),
        (Act.LIST_SEATS, label_of_room(room, Kind.SEAT)),
        (Act.VIEW_CONSENT, label_of_room(room, Kind.CONSENT)),
        (Act.OPEN_SECTION, own),
    ):
        assert (await ask(leona, act, label)).why == "GUARD-EXCLUDED"
    assert await sift(leona, Act.LIST_ROOMS, [label_of_room(room)]) == []
    (shown,) = (await view_protection(imara, room)).exclusions
    assert shown.against == "Leona Mockingham"
    await end(imara, room, "conflict", conflict.id, why="They moved", keepers=keepers)
    assert (await ask(leona, Act.OPEN_SECTION, own)).allowed

    for against, field in ((imara.id, "member"), (MemberId(new_id()), "member")):
        with pytest.raises(Invalid) as fault:
            await protect(
                imara, room, replace(conflict, id=new_id(), member=against), keepers=keepers
            )
        assert set(fault.value.faults) == {field}


async def test_who_has_a_conflict_is_not_invited_and_only_the_lead_learns_why(samplewick):
    room, keepers = samplewick.room, [samplewick.keeper]
    perrin = samplewick.practitioner("perrin")
    seat = Seat(
        SeatId(new_id()),
        room,
        perrin.id,
        perrin.agency,
        Role.TAC_MEMBER,
        frozenset({"plan"}),
        clock.now(),
    )
    async with writing() as tx:
        assert (await check_admission(tx, seat, perrin, keepers=keepers)).passes
    own = Exclusion(new_id(), room, "Her own family", member=perrin.id, sort=Conflict.OWN_FAMILY)
    await protect(samplewick.members["noor"], room, own, keepers=keepers)

    async with writing() as tx:
        admission = await check_admission(tx, seat, perrin, keepers=keepers)

    assert [one.name for one in admission.factors if not one.holds] == [FactorName.PROTECTION]


async def test_a_marker_that_says_too_little_is_told_at_its_field(samplewick):
    right = marker(samplewick, MarkerKind.NO_CONTACT)
    somebody_else = samplewick.members["imara"].id
    for changes, field in (
        ({"kind": "made_up"}, "kind"),
        ({"protects": None}, "protects"),
        ({"protects": new_id()}, "protects"),
        ({"protects": right.person}, "protects"),
        ({"person": None}, "against"),
        ({"person": somebody_else}, "against"),
        ({"basis": ""}, "basis"),
        ({"basis": "x" * 4001}, "basis"),
        ({"review_on": None}, "review_on"),
        ({"kind": "risk_to_staff", "words": " "}, "words"),
        ({"room": RoomId(new_id())}, "room"),
    ):
        with pytest.raises(Invalid) as fault:
            await protect(
                samplewick.members["imara"],
                samplewick.room,
                replace(right, **changes),
                keepers=[samplewick.keeper],
            )
        assert set(fault.value.faults) == {field}
