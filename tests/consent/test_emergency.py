"""Emergency access: a second person first, one hour, what the agreement marks, a review always."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from consent import emergency_answering, emergency_asking, emergency_showing, gate
from consent.emergency import Finding, State
from consent.emergency_visiting import visit
from consent.protecting import protect
from consent.protection import Exclusion, SafetyMarker
from consent.store import protections
from policies.act import Act
from policies.decision import Decision, Denied, Ground
from policies.facts import label_of_room
from server.audit import search
from server.audit.search import Filter
from server.directory import store as directory
from server.directory.member import Member, Office, Practitioner
from server.kernel import clock
from server.kernel.database import bound, reading, writing
from server.kernel.errors import Conflict, Invalid
from server.kernel.ids import AgencyCode, MemberId, new_id
from tests.attacks.test_unknown_and_forbidden import statements

HOUR = timedelta(hours=1)


@pytest.fixture
async def reference(samplewick) -> str:
    async with reading() as tx:
        return (await directory.get_team(tx, samplewick.room)).reference


async def dpo(agency: str = "tansy_vale") -> Practitioner:
    """A data protection lead, who has a place nowhere."""
    member = Practitioner(
        MemberId(new_id()),
        AgencyCode(agency),
        "Dara Sampleton",
        "Data protection lead",
        "dara@tansyvale.example",
        office=Office.DPO_CALDICOTT,
    )
    async with writing() as tx:
        await directory.add_member(tx, member)
    return member


async def ask(who: Member, reference: str) -> UUID:
    asked = await emergency_asking.ask(who, reference, "A child may be hurt", form=new_id())
    return asked.id


async def let_in(samplewick, reference: str, who: str = "noor", by: str = "ada") -> UUID:
    asked = await ask(samplewick.members[who], reference)
    await emergency_answering.answer(
        samplewick.members[by], asked, opens=True, keepers=[samplewick.keeper]
    )
    return asked


async def seen(samplewick, who: str) -> set[str]:
    """The parts of the plan that somebody sees, by their numbers."""
    parts = {label.thing: part for part, label in samplewick.keeper.kept.items()}
    async with writing() as tx:
        shown = await gate.sift(
            tx, samplewick.members[who], Act.LIST_SECTIONS, samplewick.keeper.kept.values()
        )
    return {parts[one.thing] for one in shown}


async def read(samplewick, who: str, part: str) -> Decision:
    async with writing() as tx:
        return await gate.require(
            tx, samplewick.members[who], Act.OPEN_SECTION, samplewick.label(part)
        )


async def kinds() -> list[str]:
    async with reading() as tx:
        return [one.kind async for one in search.all_entries(tx, Filter())]


async def test_a_second_person_opens_what_the_agreement_marks_and_it_ends_to_the_second(
    samplewick, reference
):
    asked = await ask(samplewick.members["noor"], reference)
    assert await seen(samplewick, "noor") == set()

    await emergency_answering.answer(
        samplewick.members["ada"], asked, opens=True, keepers=[samplewick.keeper]
    )

    # All but children's own words (S1), what is restricted to others (S13, S15), and nothing else.
    everything = set(samplewick.keeper.kept)
    assert await seen(samplewick, "noor") == everything - {"S1", "S13", "S15"}
    decision = await read(samplewick, "noor", "S5")
    assert (decision.ground, decision.clause) == (Ground.EMERGENCY, "QEH/4.3")
    assert "section:opened" in await kinds()
    async with reading() as tx:
        held = await gate.capability(
            tx, samplewick.members["noor"], samplewick.room, [samplewick.label("S5")]
        )
    assert held.allows(Act.OPEN_SECTION, samplewick.label("S5").thing)
    assert not held.allows(Act.EDIT_SECTION, samplewick.label("S5").thing)

    opened = (await emergency_asking.own_emergencies(samplewick.members["noor"]))[0][0]
    assert opened.until is not None
    with clock.moved_to(opened.until - timedelta(seconds=2)):
        await read(samplewick, "noor", "S5")
        async with reading() as tx:
            ending = await gate.capability(
                tx, samplewick.members["noor"], samplewick.room, [samplewick.label("S5")]
            )
        # What is live is known to end with the hour, whatever else still holds.
        assert ending.until < held.until - 3500
    with clock.moved_to(opened.until), pytest.raises(Denied):
        await read(samplewick, "noor", "S5")
    with clock.moved_to(opened.until), pytest.raises(Denied):
        async with writing() as tx:
            await visit(tx, samplewick.members["noor"], asked)


async def test_neither_an_exclusion_nor_a_marker_nor_a_deny_is_passed(samplewick, reference):
    noor = samplewick.members["noor"]
    imara, keepers = samplewick.members["imara"], [samplewick.keeper]
    again = clock.today() + timedelta(days=90)
    await protect(
        imara,
        samplewick.room,
        SafetyMarker(new_id(), samplewick.room, "confidential_address", "Asked",
                     category="address_confidential", member=noor.id, review_on=again),
        keepers=keepers,
    )  # fmt: skip
    conflict = Exclusion(
        new_id(), samplewick.room, "Her sister", thing=samplewick.label("S3").thing, member=noor.id
    )
    async with writing() as tx:
        await protections.add_exclusion(tx, conflict, by=imara.id)
    samplewick.keeper.kept["S4"] = replace(
        samplewick.label("S4"), categories=frozenset({"sexual_health"})
    )
    await let_in(samplewick, reference)

    assert await seen(samplewick, "noor") & {"S3", "S4", "S11"} == set()
    with pytest.raises(Denied) as shut:
        await read(samplewick, "noor", "S4")
    assert shut.value.decision.clause == "QEH/5.3"


async def test_an_office_or_a_person_that_no_clause_marks_sees_nothing(samplewick, reference):
    await let_in(samplewick, reference, who="perrin", by="imara")
    await let_in(samplewick, reference, who="ada", by="noor")

    assert await seen(samplewick, "perrin") == await seen(samplewick, "ada") == set()
    # Nor is anything else of the room open to somebody who was let in.
    for act in (Act.VIEW_ROOM, Act.LIST_SEATS, Act.VIEW_CONSENT, Act.LIST_EMERGENCIES):
        with pytest.raises(Denied):
            async with writing() as tx:
                label = label_of_room(samplewick.room, act.kind)
                await gate.require(tx, samplewick.members["perrin"], act, label)


async def test_nobody_is_the_second_person_or_the_reviewer_of_her_own_act(samplewick, reference):
    keepers = [samplewick.keeper]
    noor, ada, dara = samplewick.members["noor"], samplewick.members["ada"], await dpo()
    asked = await ask(noor, reference)
    for who in (noor, dara, samplewick.members["bronagh"], samplewick.members["tamsin"]):
        with pytest.raises(Denied):
            await emergency_answering.answer(who, asked, opens=True, keepers=keepers)
    with pytest.raises(Denied):  # nothing was opened yet
        await emergency_answering.review(
            dara, asked, Finding.RIGHT, words="Looked", keepers=keepers
        )
    await emergency_answering.answer(ada, asked, opens=True, keepers=keepers)
    with pytest.raises(Conflict):
        await emergency_answering.answer(ada, asked, opens=True, keepers=keepers)
    again = await ask(noor, reference)
    assert again == asked

    for who in (noor, ada):
        with pytest.raises(Denied):
            await emergency_answering.review(
                who, asked, Finding.RIGHT, words="Looked", keepers=keepers
            )
    with pytest.raises(Invalid):
        await emergency_answering.review(dara, asked, Finding.RIGHT, words=" ", keepers=keepers)
    assert await seen(samplewick, "noor") != set()
    await emergency_answering.review(
        dara, asked, Finding.NOT_RIGHT, words="It could have waited", keepers=keepers
    )
    assert await seen(samplewick, "noor") == set()
    with pytest.raises(Conflict):
        await emergency_answering.review(
            dara, asked, Finding.RIGHT, words="Looked", keepers=keepers
        )
    assert {"emergency:answer-noted", "emergency:review-noted"} <= set(await kinds())


async def test_who_leads_and_the_officers_are_told_at_once_and_the_review_has_a_clock(
    samplewick, reference
):
    imara, noor = samplewick.members["imara"], samplewick.members["noor"]
    asked = await ask(noor, reference)
    assert [one.state for one in await emergency_showing.what_waits(imara)] == [State.WAITING]
    assert await emergency_showing.what_waits(noor) == []
    assert await emergency_showing.what_waits(samplewick.members["bronagh"]) == ()
    before = await epoch(samplewick)
    await emergency_answering.answer(imara, asked, opens=True, keepers=[samplewick.keeper])
    assert samplewick.keeper.epochs[-1] == await epoch(samplewick) == before + 1

    dara = await dpo()
    (at_desk,) = await emergency_showing.list_at_desk(dara)
    assert (at_desk.second, at_desk.may_review, at_desk.is_late) == (imara.name, True, False)
    assert at_desk.review_due is not None
    (in_room,) = await emergency_showing.list_in_room(imara, samplewick.room)
    assert (in_room.reason, in_room.may_end, in_room.may_review) == (
        "A child may be hurt", True, False,
    )  # fmt: skip
    with clock.moved_to(at_desk.review_due):
        (late,) = await emergency_showing.what_waits(dara)
        assert (late.state, late.is_late) == (State.ENDED, True)
    for who in (samplewick.members["bronagh"], samplewick.members["perrin"]):
        with pytest.raises(Denied):
            await emergency_showing.view_emergency(who, asked, keepers=[])


async def epoch(samplewick) -> int:
    async with reading() as tx:
        return (await directory.get_team(tx, samplewick.room)).epoch


async def test_who_looks_after_it_and_who_was_let_in_end_it_and_nobody_else(samplewick, reference):
    keepers = [samplewick.keeper]
    noor, perrin = samplewick.members["noor"], samplewick.members["perrin"]
    asked = await let_in(samplewick, reference)
    await let_in(samplewick, reference, who="perrin", by="imara")
    for name in ("bronagh", "perrin", "saskia", "tamsin"):
        with pytest.raises(Denied):
            await emergency_answering.end(samplewick.members[name], asked, keepers=keepers)
    await emergency_answering.end(noor, asked, keepers=keepers)
    assert await seen(samplewick, "noor") == set()
    with pytest.raises(Conflict):
        await emergency_answering.end(noor, asked, keepers=keepers)
    own = (await emergency_asking.own_emergencies(perrin))[0][0]
    await emergency_answering.end(perrin, own.id, keepers=keepers)
    assert (await emergency_asking.own_emergencies(perrin))[0][1] is State.ENDED


async def test_asking_for_an_unknown_room_is_answered_kept_and_counted_like_any_other(
    samplewick, reference
):
    ketan = samplewick.members["perrin"]
    await ask(ketan, "0000")  # her pseudonym is made once
    with statements(bound()) as of_unknown:
        unknown = await ask(ketan, "0001")
    with statements(bound()) as of_known:
        known = await ask(ketan, reference.lower())
    assert [one.split()[:3] for one in of_unknown] == [one.split()[:3] for one in of_known]
    with pytest.raises(Invalid, match="three times"):
        await ask(ketan, "0002")
    mine = await emergency_asking.own_emergencies(ketan)
    assert {state for _, state in mine} == {State.WAITING}
    with pytest.raises(Denied):
        await emergency_answering.answer(
            samplewick.members["ada"], unknown, opens=True, keepers=[samplewick.keeper]
        )
    desk = await emergency_showing.list_at_desk(samplewick.members["ada"])
    assert [one.id for one in desk] == [known]

    # That somebody said no is not told before the hour in which nobody answers an unknown one.
    await emergency_answering.answer(
        samplewick.members["ada"], known, opens=False, keepers=[samplewick.keeper]
    )
    assert {state for _, state in await emergency_asking.own_emergencies(ketan)} == {State.WAITING}
    with clock.moved_to(clock.now() + HOUR):
        own = await emergency_asking.own_emergencies(ketan)
        assert {state for _, state in own} == {State.LAPSED}
        with pytest.raises(Denied):
            await emergency_answering.answer(
                samplewick.members["ada"], unknown, opens=True, keepers=[samplewick.keeper]
            )


async def test_a_family_an_administrator_and_who_has_a_place_do_not_ask(samplewick, reference):
    for name in ("tamsin", "juno", "yusuf"):
        with pytest.raises(Denied):
            await ask(samplewick.members[name], reference)
    with pytest.raises(Invalid) as wrong:
        await ask(samplewick.members["bronagh"], reference)
    assert "place" in wrong.value.faults["reference"]
    with pytest.raises(Invalid) as wrong:
        await emergency_asking.ask(samplewick.members["noor"], "a family", " ", form=new_id())
    assert set(wrong.value.faults) == {"reference", "reason"}
