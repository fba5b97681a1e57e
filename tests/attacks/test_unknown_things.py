"""T-01: a thing that is not there and one that is not hers cost the same, and both are recorded."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from functools import partial
from uuid import UUID

import pytest

from actions.action import State, Step
from actions.assigning import Assignment, assign, prepare
from actions.progressing import progress
from actions.viewing import view_action
from documents.document import How
from documents.viewing import open_document, view_document
from policies import revision
from rooms.reading import read_part, who_can_see
from server.audit import search
from server.audit.search import Filter
from server.kernel import clock
from server.kernel.database import bound, reading
from server.kernel.errors import NotFound, Refused
from server.kernel.ids import ActionId, DocumentId, new_id
from tests.attacks.test_unknown_and_forbidden import statements
from tests.documents.test_documents import put_in
from tests.fakes.family_room import KEEPERS, FamilyRoom
from tests.fakes.laid_family_room import database_url, house, laid

__all__ = ["database_url", "house", "laid"]

Try = Callable[[UUID], Awaitable[object]]


def _assignment(serves: UUID, owner) -> Assignment:
    return Assignment(
        id=new_id(),
        serves=serves,
        what="Ring the school",
        owner=owner.id,
        due=clock.today() + timedelta(days=3),
    )


def _tries(house: FamilyRoom) -> dict[str, tuple[str, Try]]:
    """What Leona tries with the id of a thing: by name, its log kind, and the try."""
    who, room = house.leona, house.room
    step = Step(to=State.DONE, version=1)
    return {
        "a part": ("section:open-refused", partial(read_part, who, room)),
        "who can see a part": ("access:explain-refused", partial(who_can_see, who, room)),
        "an action": (
            "action:list-refused",
            lambda thing: view_action(who, room, ActionId(thing), keepers=KEEPERS),
        ),
        "a step of an action": (
            "action:progress-refused",
            lambda thing: progress(who, room, ActionId(thing), step=step),
        ),
        "the form of an action": (
            "action:assign-refused",
            lambda thing: prepare(who, room, serves=thing, keepers=KEEPERS),
        ),
        "an action for a part": (
            "action:assign-refused",
            lambda thing: assign(who, room, _assignment(thing, who), keepers=KEEPERS),
        ),
        "a document": ("document:list-refused", partial(view_document, who, room)),
        "a document's bytes": (
            "document:view-refused",
            lambda thing: open_document(who, room, DocumentId(thing), how=How.LOOKED),
        ),
        "a copy of a document": (
            "document:download-refused",
            lambda thing: open_document(who, room, DocumentId(thing), how=How.COPIED),
        ),
    }


async def _refused(attempt: Try, thing: UUID) -> list[str]:
    with statements(bound()) as asked, pytest.raises((Refused, NotFound)):
        await attempt(thing)
    return [" ".join(one.split()[:3]) for one in asked]


async def _kinds() -> list[str]:
    async with reading() as tx:
        found = [one async for one in search.all_entries(tx, Filter())]
    return [one.kind for one in found for _ in range(one.count)]


@pytest.mark.parametrize(
    "name",
    [
        "a part",
        "who can see a part",
        "an action",
        "a step of an action",
        "the form of an action",
        "an action for a part",
        "a document",
        "a document's bytes",
        "a copy of a document",
    ],
)
async def test_an_unknown_thing_costs_the_work_of_a_forbidden_one_and_both_are_recorded(
    house, monkeypatch, name
):
    # The look at which policies are in force comes every 0.4 s, whoever asks what.
    monkeypatch.setattr(revision, "LOOK_EVERY_S", 3600.0)
    part = await house.add_section(house.imara, "Otis at school")
    action = await assign(house.imara, house.room, _assignment(part, house.imara), keepers=KEEPERS)
    document = await put_in(house.imara, house)
    kind, attempt = _tries(house)[name]
    forbidden = {"document": document, "action": action}.get(name.split()[-1], part)
    if "bytes" in name:
        forbidden = document
    await _refused(attempt, new_id())  # her pseudonym is made once

    before = (await _kinds()).count(kind)
    of_forbidden = await _refused(attempt, forbidden)
    of_unknown = await _refused(attempt, new_id())

    assert of_forbidden == of_unknown
    assert (await _kinds()).count(kind) == before + 2
