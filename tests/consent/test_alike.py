"""Things that are judged alike are judged once, and nothing but the same is judged alike."""

from dataclasses import fields, replace
from typing import Any

import pytest

from consent import gate, judging
from consent.alike import ask_each
from consent.gathering import see_room, with_answers
from consent.grounds import RoomFacts
from consent.protection import Exclusion, Protections, SafetyMarker
from policies.act import Act
from policies.facts import Confidentiality, Kind, Label
from server.kernel import clock
from server.kernel.database import writing
from server.kernel.ids import AgencyCode, MemberId, PersonId, RoomId, new_id

ACTS = (Act.OPEN_SECTION, Act.EDIT_SECTION, Act.LIST_ACTIONS, Act.DOWNLOAD_DOCUMENT, Act.VIEW_ROOM)
THING, PART = new_id(), new_id()
LABEL = Label(
    thing=THING,
    room=RoomId(new_id()),
    categories=frozenset({"education_attendance"}),
    origins=frozenset({AgencyCode("tansy_vale")}),
    subjects=frozenset({PersonId(new_id())}),
    serves=PART,
)
OTHER: dict[str, Any] = {
    "thing": new_id(),
    "room": RoomId(new_id()),
    "kind": Kind.ROOM,
    "categories": frozenset({"asb"}),
    "origins": frozenset({AgencyCode("quillmere_hv")}),
    "subjects": frozenset({PersonId(new_id())}),
    "confidentiality": Confidentiality.RESTRICTED,
    "named": frozenset({MemberId(new_id())}),
    "shown_to": frozenset({MemberId(new_id())}),
    "author": MemberId(new_id()),
    "serves": new_id(),
}


def times_asked(facts, *labels):
    asked: list[Label] = []
    assert len(ask_each(facts, labels, asked.append)) == len(labels)
    return len(asked)


def closing(thing):
    assert LABEL.room is not None
    room = LABEL.room
    exclusion = Exclusion(new_id(), room, "why", thing=thing)
    marker = SafetyMarker(new_id(), room, "kind", "basis", thing=thing)
    return (
        Protections(exclusions=(exclusion,)),
        Protections(markers=(marker,)),
    )


async def test_each_of_many_things_is_judged_as_it_is_alone(samplewick):
    labels = list(samplewick.keeper.kept.values())
    # Of each sort one that no decision, exclusion or marker names, and one that serves a part.
    labels += [replace(one, thing=new_id()) for one in labels]
    labels += [replace(one, thing=new_id(), serves=one.thing) for one in labels]
    async with writing() as tx:
        room = samplewick.room
        seen = await with_answers(tx, await see_room(tx, room), room)
        assert seen.facts.decisions
        for who in samplewick.members.values():
            book = await gate.book_for(tx, who, labels)
            asker = seen.asker(who, Kind.CONTENT)
            for act in ACTS:
                alone = [judging.judge(book, seen.facts, asker, act, one) for one in labels]
                assert judging.judge_each(book, seen.facts, asker, act, labels) == alone


@pytest.mark.parametrize("field", [one.name for one in fields(Label)])
def test_a_label_that_differs_in_anything_but_its_ids_is_judged_by_itself(field):
    other = replace(LABEL, **{field: OTHER[field]})
    facts = RoomFacts(at=clock.now())

    assert times_asked(facts, LABEL, other) == (1 if field in {"thing", "serves"} else 2)
    assert times_asked(facts, LABEL, replace(LABEL)) == 1


@pytest.mark.parametrize("named", [THING, PART])
def test_a_thing_that_something_names_is_judged_by_itself(named):
    other = replace(LABEL, thing=new_id(), serves=new_id())
    for protections in closing(named):
        facts = RoomFacts(at=clock.now(), protections=protections)

        assert times_asked(facts, LABEL, other, replace(other, thing=new_id())) == 2
