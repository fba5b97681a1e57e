"""The gate: it records in the transaction of the act, refuses alike, and fails closed."""

import asyncio
from dataclasses import replace

import pytest
from sqlalchemy import text

from consent import gate, gathering
from policies import revision
from policies.act import Act
from policies.book import closed_book
from policies.catalogue import catalogue
from policies.decision import Denied, FactorName, Ground
from policies.facts import Kind, Label, label_of_house, label_of_room
from server.audit import log
from server.audit.search import Filter
from server.directory import store as directory
from server.directory.team import TeamState
from server.kernel import clock
from server.kernel.database import writing
from server.kernel.errors import Invalid
from server.kernel.ids import RoomId, new_id
from tests.consent.acts import ask, entries, hold, sift, stop


async def test_an_allowed_act_is_recorded_with_clause_basis_purpose_and_consent(samplewick):
    bronagh = samplewick.members["bronagh"]

    decision = await ask(bronagh, Act.OPEN_SECTION, samplewick.label("S3"))

    assert decision.allowed
    assert (decision.clause, decision.ground, decision.purpose) == (
        "QEH/3.2",
        Ground.AGREED,
        "plan",
    )
    newest = (await entries())[0]
    assert (newest.kind, newest.outcome, newest.who, newest.agency, newest.thing) == (
        "section:opened",
        "allowed",
        bronagh.id,
        bronagh.agency,
        samplewick.label("S3").thing,
    )
    assert newest.details is not None
    assert newest.details["clause"] == "QEH/3.2"
    assert "Children Act 2004" in newest.details["lawful_basis"]
    assert [used["version"] for used in newest.details["consent"]] == [1]
    assert newest.details["categories"] == ["education_attendance"]
    assert [factor["holds"] for factor in newest.details["factors"]] == [True] * 4
    assert newest.purpose == "plan"


async def test_an_act_that_fails_afterwards_leaves_no_entry_that_it_was_done(samplewick):
    before = len(await entries())

    with pytest.raises(Invalid):
        async with writing() as tx:
            await gate.require(
                tx, samplewick.members["imara"], Act.EDIT_SECTION, samplewick.label("S3")
            )
            raise Invalid({"words": "Too long"})

    assert len(await entries()) == before


async def test_a_refusal_is_recorded_though_the_act_was_rolled_back(samplewick):
    leona = samplewick.members["leona"]

    decision = await ask(leona, Act.EDIT_SECTION, samplewick.label("S4"))

    assert not decision.allowed
    newest = (await entries())[0]
    assert (newest.kind, newest.outcome, newest.who) == (
        "section:edit-refused",
        "refused",
        leona.id,
    )
    assert newest.details is not None
    factors = {factor["name"]: factor["holds"] for factor in newest.details["factors"]}
    assert factors == {"place": True, "agreement": False, "family": False, "protection": True}


async def test_without_a_log_there_is_no_act(samplewick, monkeypatch):
    async def cannot(tx, *told):
        raise OSError(tx, told)

    monkeypatch.setattr(log, "record", cannot)

    with pytest.raises(OSError):  # noqa: PT011  the fault itself, whatever its words
        async with writing() as tx:
            await gate.require(
                tx, samplewick.members["imara"], Act.OPEN_SECTION, samplewick.label("S3")
            )


async def test_a_list_is_one_entry_that_tells_nothing_of_what_was_withheld(samplewick):
    gethin = samplewick.members["gethin"]
    before = len(await entries())

    shown = await sift(gethin, Act.LIST_SECTIONS, samplewick.keeper.kept.values())

    assert shown == [samplewick.label("S8"), samplewick.label("S14")]
    told = await entries()
    assert len(told) == before + 1
    assert told[0].details is not None
    assert told[0].details["count"] == 2
    assert set(told[0].details["things"]) == {label.thing.hex for label in shown}
    withheld = {label.thing.hex for label in samplewick.keeper.kept.values()} - {
        label.thing.hex for label in shown
    }
    assert not any(thing in str(told[0].details) for thing in withheld)


async def test_a_list_over_several_rooms_asks_about_each(samplewick):
    other = replace(samplewick.label("S3"), room=RoomId(new_id()))

    shown = await sift(
        samplewick.members["imara"], Act.LIST_ACTIONS, [samplewick.label("S3"), other]
    )

    assert shown == [samplewick.label("S3")]
    assert await sift(samplewick.members["imara"], Act.LIST_ACTIONS, []) == []


async def test_an_unknown_room_and_a_forbidden_one_are_refused_alike(samplewick):
    saskia = samplewick.members["saskia"]

    forbidden = await ask(saskia, Act.VIEW_ROOM, label_of_room(samplewick.room))
    unknown = await ask(saskia, Act.VIEW_ROOM, label_of_room(RoomId(new_id())))

    assert forbidden == unknown
    first, second = (await entries(Filter(member=saskia.id)))[:2]
    assert (first.kind, first.outcome) == (second.kind, second.outcome)


async def test_while_a_room_waits_only_its_lead_may_enter_or_learn_of_it(waiting):
    room = label_of_room(waiting.room)

    assert (await ask(waiting.members["imara"], Act.VIEW_ROOM, room)).allowed
    for who in ("perrin", "bronagh", "noor", "yusuf"):
        decision = await ask(waiting.members[who], Act.VIEW_ROOM, room)
        assert (decision.allowed, decision.why) == (False, "GUARD-MEMBER")


@pytest.mark.parametrize(
    ("act", "allowed"),
    [
        (Act.VIEW_FAMILY, True),
        (Act.PREPARE_CONSENT, True),
        (Act.RECORD_CONSENT, True),
        (Act.DECLINE_ROOM, True),
        (Act.PREPARE_INVITATION, False),
        (Act.INVITE, False),
        (Act.LIST_SEATS, False),
        (Act.SCHEDULE_MEETING, False),
        (Act.ANSWER_LESS_SAFE, False),
        (Act.PREPARE_SECTION, False),
        (Act.CREATE_SECTION, False),
        (Act.ASSIGN_ACTION, False),
        (Act.UPLOAD_DOCUMENT, False),
    ],
)
async def test_before_the_family_agrees_the_lead_may_ask_them_and_do_nothing_else(
    waiting, act, allowed
):
    imara = waiting.members["imara"]
    own = Label(
        thing=new_id(),
        room=waiting.room,
        categories=frozenset({"education_attendance"}),
        origins=frozenset({imara.agency}),
        subjects=frozenset(waiting.people.values()),
        author=imara.id,
    )
    label = own if act.kind is Kind.CONTENT else label_of_room(waiting.room, act.kind)

    assert (await ask(imara, act, label)).allowed is allowed


@pytest.mark.parametrize(
    ("state", "act", "allowed"),
    [
        (TeamState.DECLINED, Act.VIEW_ROOM, True),
        (TeamState.DECLINED, Act.RECORD_CONSENT, False),
        (TeamState.DECLINED, Act.OPEN_SECTION, False),
        (TeamState.CLOSED, Act.VIEW_ROOM, False),
        (TeamState.CLOSED, Act.OPEN_SECTION, False),
    ],
)
async def test_a_room_that_was_ended_opens_nothing_more(samplewick, state, act, allowed):
    async with writing() as tx:
        await directory.set_team_state(tx, samplewick.room, state)
    label = (
        samplewick.label("S1")
        if act.kind is Kind.CONTENT
        else label_of_room(samplewick.room, act.kind)
    )

    assert (await ask(samplewick.members["imara"], act, label)).allowed is allowed
    assert not (await ask(samplewick.members["bronagh"], act, label)).allowed


async def test_an_act_asked_about_another_kind_of_thing_is_refused(samplewick):
    imara = samplewick.members["imara"]

    decision = await ask(imara, Act.VIEW_ROOM, samplewick.label("S1"))

    assert (decision.allowed, decision.why) == (False, "FAIL-CLOSED-KIND")


@pytest.mark.parametrize("empty", ["categories", "origins", "subjects"])
async def test_information_without_a_category_origin_or_subject_is_nobodys(samplewick, empty):
    label = replace(samplewick.label("S3"), **{empty: frozenset()})

    decision = await ask(samplewick.members["imara"], Act.OPEN_SECTION, label)

    assert not decision.allowed


async def test_one_unknown_word_closes_a_thing(samplewick):
    label = samplewick.label("S3")
    unknown = replace(label, categories=label.categories | {"shoe_size"})

    decision = await ask(samplewick.members["imara"], Act.OPEN_SECTION, unknown)

    assert not decision.allowed


# ---------------------------------------------------------------- facts that cannot be found


@pytest.mark.parametrize(
    "lost", ["consent", "consent_line", "sharing_decision", "exclusion", "seat", "team"]
)
async def test_facts_that_cannot_be_read_are_a_no_with_a_name(samplewick, lost):
    imara = samplewick.members["imara"]
    async with writing() as tx:
        await tx.execute(text(f"ALTER TABLE {lost} RENAME TO {lost}_taken_away"))
    forget_what_was_read()

    decision = await ask(imara, Act.OPEN_SECTION, samplewick.label("S3"))

    assert (decision.allowed, decision.why) == (False, "FAIL-CLOSED-FACTS")
    assert (await entries())[0].kind == "section:open-refused"
    with pytest.raises(Denied):
        await sift(imara, Act.LIST_SECTIONS, [samplewick.label("S3")])
    assert (await hold(samplewick, "imara")).things == {}


def forget_what_was_read() -> None:
    gathering._kept.clear()


async def test_policies_that_give_no_answer_are_a_no(samplewick, monkeypatch):
    async def confused(*asked, **named):
        raise KeyError(asked, named)

    monkeypatch.setattr(revision, "book", confused)

    decision = await ask(samplewick.members["imara"], Act.OPEN_SECTION, samplewick.label("S3"))

    assert (decision.allowed, decision.why) == (False, "FAIL-CLOSED")


async def test_a_process_that_is_not_sure_of_its_policies_says_no(samplewick, monkeypatch):
    async def unsure(*asked, **named):
        del asked, named
        return closed_book(catalogue(), clock.now(), "NOT-CONFIRMED")

    monkeypatch.setattr(revision, "book", unsure)

    for who in samplewick.members.values():
        decision = await ask(who, Act.VIEW_ROOM, label_of_room(samplewick.room))
        assert not decision.allowed


async def test_a_refusal_that_cannot_be_recorded_is_still_a_no(samplewick, monkeypatch):
    leona = samplewick.members["leona"]

    async def cannot(tx, *told):
        raise OSError(tx, told)

    monkeypatch.setattr(log, "record", cannot)

    assert not (await ask(leona, Act.EDIT_SECTION, samplewick.label("S4"))).allowed


# ---------------------------------------------------------------- offices and the house


async def test_offices_look_at_what_is_theirs_and_at_no_room(samplewick):
    noor, yusuf, imara = (samplewick.members[one] for one in ("noor", "yusuf", "imara"))

    assert (await ask(noor, Act.SEARCH_LOG, label_of_house(Kind.AUDIT))).allowed
    assert not (await ask(imara, Act.SEARCH_LOG, label_of_house(Kind.AUDIT))).allowed
    assert not (await ask(yusuf, Act.OPEN_ROOM, label_of_house(Kind.ROOM))).allowed
    assert (await ask(imara, Act.OPEN_ROOM, label_of_house(Kind.ROOM))).allowed
    assert not (await ask(noor, Act.VIEW_ROOM, label_of_room(samplewick.room))).allowed
    assert not (
        await ask(samplewick.members["tamsin"], Act.OPEN_ROOM, label_of_house(Kind.ROOM))
    ).allowed


# ---------------------------------------------------------------- reasons and readers


async def test_who_may_see_a_thing_is_told_all_four_reasons(samplewick):
    async with writing() as tx:
        told = await gate.explain(
            tx, samplewick.members["bronagh"], Act.OPEN_SECTION, samplewick.label("S14")
        )

    assert told.allowed
    assert [factor.name for factor in told.factors] == list(FactorName)
    assert [factor.holds for factor in told.factors] == [True] * 4
    assert told.factors[1].clause == "QEH/4.2"
    assert "public task" in told.factors[2].words


@pytest.mark.parametrize(
    ("who", "part", "sentence"),
    [
        ("leona", "S4", "Not available to you. Ask Imara Testwell."),
        ("gethin", "S14", "You can see this."),
        ("dorran", "S1", "Not available to you. Ask your lead practitioner."),
        ("perrin", "S1", "Not available to you."),
        ("noor", "S1", "Not available to you."),
        ("saskia", "S1", "Your organisation has not signed the sharing agreement."),
    ],
)
async def test_who_may_not_is_told_no_more_than_is_safe(samplewick, who, part, sentence):
    async with writing() as tx:
        told = await gate.explain(
            tx, samplewick.members[who], Act.OPEN_SECTION, samplewick.label(part)
        )

    assert told.sentence == sentence
    assert told.allowed == bool(told.factors)
    assert (await entries())[0].kind == "access:explained"


async def test_a_reader_is_told_of_the_others_and_an_outsider_of_nobody(samplewick):
    async def names(who: str, part: str) -> set[str]:
        async with writing() as tx:
            readers = await gate.readers(tx, samplewick.members[who], samplewick.label(part))
        return {one.member.name.split()[0].lower() for one in readers}

    assert await names("imara", "S9") == {"imara", "ketan", "juno"}
    assert await names("leona", "S9") == set()
    # Two grown-ups of one family never meet, not even in a list of readers.
    assert await names("dorran", "S13") == {"imara", "dorran"}
    assert await names("tamsin", "S13") == {"imara", "tamsin"}
    assert await names("imara", "S13") == {"imara", "tamsin", "dorran"}
    async with writing() as tx:
        nowhere = replace(samplewick.label("S9"), room=None)
        assert await gate.readers(tx, samplewick.members["imara"], nowhere) == []


async def test_a_room_without_a_lead_is_asked_of_the_lead_to_come(samplewick):
    async with writing() as tx:
        seat = await directory.find_seat(tx, samplewick.room, samplewick.members["imara"].id)
        assert seat is not None
        await directory.end_seat(tx, seat.id)

    async with writing() as tx:
        told = await gate.explain(
            tx, samplewick.members["leona"], Act.OPEN_SECTION, samplewick.label("S4")
        )

    assert told.sentence == "Not available to you. Ask the lead practitioner."


# ---------------------------------------------------------------- two at once


async def test_a_withdrawal_waits_for_the_act_before_it_and_closes_the_one_after(samplewick):
    leona = samplewick.members["leona"]
    allowed: list[bool] = []

    async def read() -> None:
        decision = await ask(leona, Act.OPEN_SECTION, samplewick.label("S7"))
        allowed.append(decision.allowed)

    await asyncio.gather(read(), stop(samplewick, "money"), read())
    await read()

    assert allowed[-1] is False
