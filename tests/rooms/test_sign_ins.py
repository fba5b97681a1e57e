"""How long a page that only speaks through its socket stays signed in."""

from datetime import timedelta

from sqlalchemy import update

from rooms import rechecking
from rooms.live import CloseCode
from server.identity.tables import session
from server.kernel import clock
from server.kernel.database import writing


async def test_who_only_types_stays_signed_in_and_who_only_reads_does_not(live):
    writes, reads = await live.page(live.imara), await live.page(live.bronagh)
    hers, theirs = writes.open(live.section.id.hex), reads.open(live.section.id.hex)
    await live.until(lambda: hers.unsynced == theirs.unsynced == 0)
    async with writing() as tx:
        await tx.execute(update(session).values(idle_min=30))
    hub, signed_in_at = live.rooms.hub, clock.now()

    with clock.moved_to(signed_in_at + timedelta(minutes=29)):
        hers.type("Otis came on 32 days.")
        await live.until(lambda: hers.unsynced == 0)
        await rechecking.note_writers(hub)
    with clock.moved_to(signed_in_at + timedelta(minutes=31)):
        await rechecking.look_at_sign_ins(hub)

    assert writes.connection.closed is None
    assert reads.connection.closed == (CloseCode.SIGNED_OUT, rechecking.SIGNED_OUT)
    with clock.moved_to(signed_in_at + timedelta(minutes=60)):
        await rechecking.look_at_sign_ins(hub)
    assert writes.connection.closed is not None


async def test_no_change_that_was_refused_keeps_anybody_signed_in(live):
    page = await live.page(live.imara)
    hers = page.open(live.section.id.hex)
    await live.until(lambda: hers.unsynced == 0)

    hers.send(b"\xff\xff not a change")
    await live.quiet()

    assert live.rooms.hub.wrote == set()
