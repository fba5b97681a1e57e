"""Capabilities say what the judgement says, and end by themselves: without a store."""

from dataclasses import replace
from datetime import timedelta

import pytest

from consent import capability as capabilities
from consent import living
from consent.protection import Exclusion, Protections
from consent.statement import Owes
from policies.act import Act
from policies.facts import Kind, Label, label_of_room
from server.kernel.ids import MemberId, RoomId, new_id
from tests.consent.facts import (
    AT,
    LINES,
    NURSE,
    ROOM,
    SHARED,
    agreed,
    asker,
    facts,
    judged,
    label,
    practitioner,
)
from tests.policies.asking import MIDNIGHT, demo_book


def held(asks=None, things=None, **changes):
    told = facts(**(changes or SHARED))
    return living.decide(demo_book(), told, asks or asker(NURSE), ROOM, things or [label()])


def test_a_capability_says_what_the_judgement_says_and_ends_with_the_first_that_ends(monkeypatch):
    monkeypatch.setattr(living, "monotonic", lambda: 1000.0)
    monkeypatch.setattr(capabilities, "monotonic", lambda: 1000.0)
    thing, elsewhere = label(), label(room=RoomId(new_id()))

    found = held(things=[thing, elsewhere])

    until_midnight = (MIDNIGHT - AT).total_seconds()
    assert found.until == 1000.0 + until_midnight
    assert (found.member, found.room, found.epoch) == (NURSE.id, ROOM, 5)
    assert found.revision == demo_book().revision
    for act in Act:
        says = judged(act, thing).decision.allowed
        assert found.allows(act, thing.thing) is says, act
        assert not found.allows(act, elsewhere.thing)
    soon = agreed(*(replace(one, until=AT + timedelta(minutes=5)) for one in LINES))
    assert held(agreed=soon).until == 1000.0 + 300
    place = asker(NURSE)
    assert place.seat is not None
    ends = replace(place, seat=replace(place.seat, until=AT + timedelta(minutes=4)))
    assert held(ends).until == 1000.0 + 240
    nothing = label(categories=frozenset({"asb"}))
    assert held(things=[nothing], agreed=soon).until == 1000.0 + until_midnight
    out = Protections((Exclusion(new_id(), ROOM, "why", member=NURSE.id),))
    assert held(agreed=soon, protections=out).until == 1000.0 + until_midnight
    assert held(asker(NURSE, None), team=None).epoch == 0


def test_who_owes_the_statement_holds_nothing_and_who_owes_it_today_stays_in():
    thing = label()

    assert held(asker(NURSE, owes=Owes.ALL), [thing]).things == {}
    assert held(asker(NURSE, owes=Owes.ENTRY), [label_of_room(ROOM)]).allows(Act.JOIN_ROOM, ROOM)
    listed = held(asker(NURSE, owes=Owes.ALL), [label_of_room(ROOM)])
    assert listed.allows(Act.LIST_ROOMS, ROOM)
    assert not listed.allows(Act.VIEW_ROOM, ROOM)
    teacher = asker(practitioner())
    voice = label(
        categories=frozenset({"child_voice"}),
        author=MemberId(new_id()),
        named=frozenset({teacher.member.id}),
    )
    assert held(teacher, [voice]).allows(Act.OPEN_SECTION, voice.thing)
    assert not held(teacher, [voice]).allows(Act.EDIT_SECTION, voice.thing)


@pytest.mark.parametrize(
    ("kind", "act"),
    [
        (Kind.CONTENT, Act.OPEN_SECTION),
        (Kind.ROOM, Act.VIEW_ROOM),
        (Kind.SEAT, Act.LIST_SEATS),
        (Kind.MEETING, Act.VIEW_MEETING),
        (Kind.CONSENT, Act.VIEW_CONSENT),
        (Kind.AUDIT, None),
    ],
)
def test_a_bell_rings_where_its_kind_of_thing_may_be_seen(kind, act, monkeypatch):
    monkeypatch.setattr(capabilities, "monotonic", lambda: 9.0)
    thing = Label(thing=new_id(), room=ROOM, kind=kind)
    every = {one.address: frozenset({thing.thing.int}) for one in Act if one is not act}
    without = capabilities.Capability(NURSE.id, ROOM, 1, 10.0, "r", every)

    assert not without.sees(thing)
    if act is not None:
        seen = replace(without, things={act.address: frozenset({thing.thing.int})})
        assert seen.sees(thing)
        assert seen.open_things(act) == {thing.thing}
        assert seen.allows_at(1, act, thing.thing)
        assert not seen.allows_at(2, act, thing.thing)
        assert not seen.allows_at(1, act, new_id())
        for until in (9.0, 8.0):
            over = replace(seen, until=until)
            assert not over.sees(thing)
            assert not over.allows_at(1, act, thing.thing)
            assert over.open_things(act) == frozenset()


def test_no_capability_allows_nothing():
    nothing = capabilities.no_capability(NURSE.id, ROOM, epoch=7)

    assert (nothing.epoch, nothing.until, nothing.revision, nothing.things) == (7, 0.0, "", {})
