"""T-01: to an outsider an unknown room and a forbidden one are the same, in words and in work."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import event

from policies import revision
from policies.act import Act
from policies.facts import Label, label_of_room
from server.kernel.database import Database, bound
from server.kernel.ids import RoomId, new_id
from tests.consent.acts import ask
from tests.consent.conftest import _room, samplewick

__all__ = ["_room", "samplewick"]


@contextmanager
def statements(database: Database) -> Iterator[list[str]]:
    """Every statement that the store was asked meanwhile."""
    asked: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        asked.append(statement)

    engines = {database.writer, database.reader}
    for engine in engines:
        event.listen(engine.sync_engine, "before_cursor_execute", note)
    try:
        yield asked
    finally:
        for engine in engines:
            event.remove(engine.sync_engine, "before_cursor_execute", note)


async def work(who, act: Act, label: Label) -> tuple[Any, list[str]]:
    with statements(bound()) as asked:
        decision = await ask(who, act, label)
    return decision, asked


@pytest.mark.parametrize("who", ["saskia", "perrin", "noor", "yusuf"])
@pytest.mark.parametrize("act", [Act.VIEW_ROOM, Act.OPEN_SECTION, Act.RECORD_CONSENT])
async def test_an_unknown_room_costs_the_work_of_a_forbidden_one(samplewick, monkeypatch, who, act):
    # The look at which policies are in force comes every 0.4 s, whoever asks what.
    monkeypatch.setattr(revision, "LOOK_EVERY_S", 3600.0)
    member = samplewick.members[who]

    def label(room: RoomId) -> Label:
        if act is Act.OPEN_SECTION:
            known = samplewick.label("S3")
            return Label(
                thing=known.thing,
                room=room,
                categories=known.categories,
                origins=known.origins,
                subjects=known.subjects,
            )
        return label_of_room(room, act.kind)

    await ask(member, act, label(RoomId(new_id())))  # her pseudonym is made once
    unknown = RoomId(new_id())
    await ask(member, act, label(samplewick.room))
    await ask(member, act, label(unknown))

    forbidden, of_forbidden = await work(member, act, label(samplewick.room))
    not_there, of_unknown = await work(member, act, label(unknown))

    assert not forbidden.allowed
    assert not not_there.allowed
    kinds = [" ".join(one.split()[:3]) for one in of_forbidden]
    assert kinds == [" ".join(one.split()[:3]) for one in of_unknown]
