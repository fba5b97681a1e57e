"""Who is shut out of a part, or by an agreement suspended, loses what hangs on it."""

import asyncio
from contextlib import aclosing
from datetime import timedelta

import pytest

from actions.assigning import assign
from actions.viewing import list_actions, my_actions, view_action
from consent.protecting import protect
from consent.protection import Exclusion
from documents import viewing
from documents.document import How
from policies import revision, store
from policies.isa import IsaState
from server.kernel import clock
from server.kernel.database import reading, writing
from server.kernel.errors import Refused
from server.kernel.ids import new_id
from tests.attacks.test_unknown_things import _assignment
from tests.documents.test_documents import put_in
from tests.fakes.family_room import KEEPERS
from tests.fakes.laid_family_room import database_url, house, laid

__all__ = ["database_url", "house", "laid"]


async def test_who_is_kept_out_of_a_part_is_kept_out_of_its_actions(house):
    part = await house.add_section(house.imara, "Otis at school")
    action = await assign(
        house.imara, house.room, _assignment(part, house.bronagh), keepers=KEEPERS
    )
    assert await my_actions(house.bronagh, keepers=KEEPERS)

    kept_out = Exclusion(new_id(), house.room, why="Made up", thing=part, member=house.bronagh.id)
    await protect(house.imara, house.room, kept_out, keepers=KEEPERS)

    assert await list_actions(house.bronagh, house.room, keepers=KEEPERS) == []
    assert await my_actions(house.bronagh, keepers=KEEPERS) == []
    with pytest.raises(Refused):
        await view_action(house.bronagh, house.room, action, keepers=KEEPERS)
    assert await list_actions(house.imara, house.room, keepers=KEEPERS)


async def test_a_stream_ends_when_the_agreement_it_rests_on_is_suspended(house):
    document = await put_in(house.imara, house)
    opened = await viewing.open_document(house.bronagh, house.room, document, how=How.COPIED)

    async with aclosing(opened.pieces) as pieces:
        await anext(pieces)
        async with reading() as tx:
            isa = await store.get_isa(tx, "QEH", 3)
        async with writing() as tx:
            await revision.put_in_force(tx, isa, IsaState.SUSPENDED)
        with clock.moved_to(clock.now() + timedelta(seconds=10)):
            await asyncio.sleep(max(viewing.LOOK_AGAIN_S, revision.LOOK_EVERY_S) + 0.1)
            with pytest.raises(Refused):
                await anext(pieces)
