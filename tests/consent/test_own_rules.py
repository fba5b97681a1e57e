"""Somebody sees the rules out of her own words, and asks; asking opens nothing."""

from datetime import timedelta

import pytest

from consent import own_rules, protecting
from consent.showing_protection import view_protection
from consent.store import rule_wishes
from policies.act import Act
from server.audit.search import Filter
from server.kernel import clock
from server.kernel.database import reading, writing
from server.kernel.errors import Conflict, Invalid, Refused
from server.kernel.ids import new_id
from tests.consent.acts import ask, entries
from tests.consent.test_ruling import WORDS, never, only, set_rules, words

on_sqlite = pytest.mark.parametrize("store", ["sqlite"], indirect=True)


async def hers(world, who="tamsin"):
    return await own_rules.my_rules(world.members[who], world.room)


async def asks(world, rule, who="tamsin", wish="end", said="", form=None):
    await own_rules.ask_about(
        world.members[who], world.room, rule, wish=wish, words=said, form=form or new_id()
    )


@on_sqlite
async def test_she_sees_her_own_rules_and_nobody_elses_nor_one_against_her(samplewick):
    await set_rules(samplewick, words(samplewick, never(samplewick, people=("dorran",))))
    await set_rules(
        samplewick, words(samplewick, only(samplewick, "imara"), by="juno", about=("juno",))
    )

    [own] = (await hers(samplewick)).standing

    assert (own.said.words, own.said.names) == (WORDS, ("Dorran Fictonby",))
    assert own.since == clock.today()
    [young] = (await hers(samplewick, "juno")).standing
    # Those who work with the family are what they are there, not a name.
    assert young.said.names == ("Pastoral lead, Tansy Vale School",)
    nothing = await hers(samplewick, "dorran")
    assert (nothing.standing, nothing.ended) == ((), ())
    for who in ("bronagh", "imara", "saskia"):
        with pytest.raises(Refused):
            await asks(samplewick, own.said.id, who)


@on_sqlite
async def test_asking_changes_nothing_and_reaches_the_lead_alone(samplewick):
    await set_rules(samplewick, words(samplewick, never(samplewick, people=("dorran",))))
    [own] = (await hers(samplewick)).standing
    form = new_id()

    for _ in range(2):
        await asks(samplewick, own.said.id, said="He says I must", form=form)

    [waits] = await own_rules.what_waits(samplewick.members["imara"])
    assert waits.by == clock.today() + timedelta(days=7)
    for who in ("bronagh", "leona", "noor"):
        assert await own_rules.what_waits(samplewick.members[who]) == []
    with clock.moved_to(clock.now() + timedelta(days=8)):
        [late] = await own_rules.what_waits(samplewick.members["noor"])
        assert (late.room, late.family_name) == (samplewick.room, "")
    [again] = (await hers(samplewick)).standing
    [asked] = again.wishes
    assert (asked.words, asked.answer) == ("He says I must", "")
    refused = await ask(samplewick.members["dorran"], Act.OPEN_SECTION, samplewick.label("S11"))
    assert not refused.allowed
    told = [
        entry
        for entry in await entries(Filter())
        if entry.kind in {"consent:rule-asked", "protection:wish-noted"}
    ]
    assert len(told) == 3  # asked twice, noted once
    assert "He says I must" not in repr(told)


async def test_the_answer_stands_on_her_page_once(samplewick):
    await set_rules(samplewick, words(samplewick, never(samplewick, people=("dorran",))))
    [own] = (await hers(samplewick)).standing
    await asks(samplewick, own.said.id, wish="change", said="Leona may know")
    imara = samplewick.members["imara"]
    [shown] = (await view_protection(imara, samplewick.room)).rules
    [wish] = shown.wishes

    for who in ("bronagh", "tamsin", "dorran"):
        with pytest.raises(Refused):
            await own_rules.answer(samplewick.members[who], samplewick.room, wish.id, words="No")
    with pytest.raises(Refused):
        await own_rules.answer(imara, samplewick.room, new_id(), words="No")
    with pytest.raises(Invalid):
        await own_rules.answer(imara, samplewick.room, wish.id, words=" ")
    await own_rules.answer(imara, samplewick.room, wish.id, words="We talked: it stays")
    with pytest.raises(Conflict):
        await own_rules.answer(imara, samplewick.room, wish.id, words="Something else")

    [again] = (await hers(samplewick)).standing
    assert [one.answer for one in again.wishes] == ["We talked: it stays"]
    assert await own_rules.what_waits(imara) == []


@on_sqlite
async def test_she_learns_that_a_rule_of_hers_ended_and_can_ask_about_it_no_more(samplewick):
    await set_rules(samplewick, words(samplewick, never(samplewick, people=("dorran",))))
    [own] = (await hers(samplewick)).standing
    await asks(samplewick, own.said.id)
    imara, room = samplewick.members["imara"], samplewick.room

    await protecting.end(imara, room, "rule", own.said.id, why="Asked", keepers=[samplewick.keeper])

    now = await hers(samplewick)
    assert now.standing == ()
    [over] = now.ended
    assert (over.words, over.until) == (WORDS, clock.today())
    assert await own_rules.what_waits(imara) == []
    with pytest.raises(Refused):
        await asks(samplewick, own.said.id)


@on_sqlite
async def test_a_wish_needs_what_it_is_about_and_goes_with_its_room(samplewick):
    await set_rules(samplewick, words(samplewick, never(samplewick, people=("dorran",))))
    [own] = (await hers(samplewick)).standing
    for wish, said, field in (
        ("", "", "wish"),
        ("change", " ", "words"),
        ("end", "x" * 4001, "words"),
    ):
        with pytest.raises(Invalid) as wrong:
            await asks(samplewick, own.said.id, wish=wish, said=said)
        assert list(wrong.value.faults) == [field]
    await asks(samplewick, own.said.id)

    async with writing() as tx:
        await rule_wishes.delete_of_room(tx, samplewick.room)

    async with reading() as tx:
        assert await rule_wishes.wishes_in(tx, samplewick.room) == []
