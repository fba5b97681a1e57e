"""Builds the ASGI application: binds store and keys, starts what runs beside the pages."""

import asyncio
import gc
import multiprocessing
import os
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager

from sqlalchemy import text
from starlette.applications import Starlette
from starlette.routing import BaseRoute

from consent import asking_again, disposing
from consent.activating import lay_house_rules
from documents.uploading import clear_left_behind
from policies import revision
from rooms.live_rooms import LiveRooms
from server import assembly
from server.audit.search import outbox_age
from server.audit.sequencing import Sequencer
from server.kernel import alone, database, migrating, notices, settings
from server.kernel.bus import NatsBus
from server.kernel.database import Database, reading
from server.kernel.settings import Settings
from server.keys import kms
from server.keys.kms import LocalKms
from web.routes import application

OUTBOX_ALARM_S = 10
"""How old the oldest entry outside the tree may be before the service says it is not well."""


class WrongShape(Exception):
    """The database is not at this release's shape; `tacroom migrate` brings it there."""


def served() -> Starlette:
    """Return the application for the settings that the environment names: one process's own."""
    return build(settings.load())


def build(own: Settings, *more: BaseRoute) -> Starlette:
    """Return the application for these settings; `more` are the demo's own routes."""
    app = application(*more)
    app.state.keepers = assembly.KEEPERS
    app.state.readiness = {"database": _database_answers, "log": _log_keeps_up}
    app.router.lifespan_context = lambda _app: _running(app, own)
    return app


@asynccontextmanager
async def standing(own: Settings) -> AsyncIterator[Database]:
    """Bind settings, database and keys to this process for as long as this lasts.

    Raises:
        WrongShape: the database was not brought to this release's shape.
    """
    settings.bind(own)
    kms.bind(LocalKms(own.data_folder / "keys"))
    store = Database(own.database_url)
    database.bind(store)
    try:
        if await migrating.shape_of(store) != migrating.newest():
            message = "The database is not at the shape of this release. Run: tacroom migrate"
            raise WrongShape(message)
        yield store
    finally:
        await store.close()


async def must_be_ready(own: Settings) -> None:
    """See that the database has this release's shape and rules, before anything is served.

    Done once, so that several processes that begin together find it done.

    Raises:
        WrongShape: it was not brought there.
    """
    async with standing(own):
        await lay_house_rules()


def sequencer(own: Settings) -> Sequencer:
    """Return what puts the log in order and publishes it in the data folder."""
    return Sequencer(own.data_folder / "log", own.public_origins[0].partition("://")[2])


def set_aside_what_stays() -> None:
    """Have the collector no longer look through what was made at start and stays to the end.

    Looking through all of it took 100 ms, in the middle of somebody's page.
    """
    gc.collect()
    gc.freeze()


@asynccontextmanager
async def _running(app: Starlette, own: Settings) -> AsyncIterator[None]:
    async with AsyncExitStack() as stack:
        stack.enter_context(alone.alone_on(own.database_url))
        await stack.enter_async_context(standing(own))
        stack.enter_context(_stopping_with_parent())
        bus = await stack.enter_async_context(_bus(own))
        await lay_house_rules()
        await clear_left_behind()
        live = LiveRooms(keepers=assembly.KEEPERS, bus=bus)
        app.state.live_rooms = live
        app.state.without = {} if bus is None else {"bus": bus.is_well}
        assembly.hear_all(live)
        set_aside_what_stays()
        stop = asyncio.Event()
        sequencing = asyncio.create_task(sequencer(own).run_forever(stop))
        watching = asyncio.create_task(revision.watch(live.policies_changed))
        ending = asyncio.create_task(disposing.watch(keepers=assembly.KEEPERS))
        approvals = asyncio.create_task(asking_again.watch(keepers=assembly.KEEPERS))
        await live.start()
        try:
            yield
        finally:
            # Live rooms first: what they still store is then put in order by the sequencer.
            await live.stop()
            watching.cancel()
            ending.cancel()
            approvals.cancel()
            stop.set()
            # Each has been told to end; only the sequencer still has something to do.
            await asyncio.gather(watching, ending, approvals, return_exceptions=True)
            await sequencing
            notices.forget_all()


@asynccontextmanager
async def _bus(own: Settings) -> AsyncIterator[NatsBus | None]:
    if own.bus is None:
        yield None
        return
    bus = NatsBus(own.bus.get_secret_value())
    await bus.start()
    try:
        yield bus
    finally:
        await bus.stop()


@contextmanager
def _stopping_with_parent() -> Iterator[None]:
    """Stop this process once the one that watches it is gone: nobody would replace or end it."""
    parent = multiprocessing.parent_process()
    if parent is None:
        yield
        return
    loop, its_end = asyncio.get_running_loop(), parent.sentinel

    def stop() -> None:
        loop.remove_reader(its_end)
        os.kill(os.getpid(), signal.SIGTERM)

    loop.add_reader(its_end, stop)
    try:
        yield
    finally:
        loop.remove_reader(its_end)


async def _database_answers() -> bool:
    async with reading() as tx:
        return bool(await tx.scalar(text("SELECT 1")))


async def _log_keeps_up() -> bool:
    async with reading() as tx:
        return await outbox_age(tx) <= OUTBOX_ALARM_S
