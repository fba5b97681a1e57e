"""An organisation that signs, is suspended or leaves: it counts from the next look on."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import update

from policies import revision, store, tables
from policies.isa import Party, PartyState
from policies.question import Why
from server.kernel import clock
from server.kernel.ids import AgencyCode
from tests.policies.quillmere import SIGNED, lay_quillmere
from tests.policies.test_revision import SCHOOL, health_for_the_lead, why

pytestmark = pytest.mark.usefixtures("house_kms")


async def stand(database, party):
    async with database.writing() as tx:
        await store.add_party(tx, "QEH", party)


@pytest.mark.parametrize("state", [PartyState.SUSPENDED, PartyState.WITHDRAWN])
async def test_who_is_suspended_or_leaves_is_no_party_from_the_next_look_on(database, state):
    await lay_quillmere()
    assert await why() == "QEH/3.3"

    await stand(database, Party(AgencyCode(SCHOOL), state, clock.now()))
    await asyncio.sleep(revision.LOOK_EVERY_S)

    assert await why() == Why.FORCE
    assert not (await revision.book()).is_party(AgencyCode(SCHOOL))


async def test_a_signature_stands_again_when_a_suspension_is_over(database):
    await lay_quillmere()
    over = clock.now() + timedelta(hours=1)
    await stand(database, Party(AgencyCode(SCHOOL), PartyState.SUSPENDED, clock.now(), over))
    assert await why() == Why.FORCE

    with clock.moved_to(over):
        assert await why() == "QEH/3.3"


async def test_a_signature_opens_from_the_next_look_on_and_a_row_taken_back_closes(database):
    await lay_quillmere(*SIGNED[1:])
    assert await why() == Why.FORCE

    await stand(database, Party(AgencyCode(SCHOOL), PartyState.SIGNED, clock.now()))
    await asyncio.sleep(revision.LOOK_EVERY_S)
    assert await why() == "QEH/3.3"

    async with database.writing() as tx:
        row = tables.isa_party
        await tx.execute(
            update(row).where(row.c.agency == SCHOOL, row.c.state == "signed").values(until=tx.at)
        )
    await asyncio.sleep(revision.LOOK_EVERY_S)
    assert await why() == Why.FORCE


async def test_open_screens_are_told_within_a_lease_that_an_agency_was_suspended(database):
    await lay_quillmere()
    told: asyncio.Queue[tuple[str, float]] = asyncio.Queue()

    async def hear(book):
        await told.put((book.answer(health_for_the_lead()).why, asyncio.get_running_loop().time()))

    watching = asyncio.create_task(revision.watch(hear))
    assert (await told.get())[0] == "QEH/3.3"
    await stand(database, Party(AgencyCode(SCHOOL), PartyState.SUSPENDED, clock.now()))
    began = asyncio.get_running_loop().time()
    async with asyncio.timeout(10):
        why_now, at = await told.get()
    watching.cancel()

    assert why_now == Why.FORCE
    assert at - began < revision.LEASE_S
