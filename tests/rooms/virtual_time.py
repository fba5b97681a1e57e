"""Time that jumps, and a store on which a seeded history plays: late, failing, or silent."""

import asyncio
import random
import selectors
import shutil
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import QueuePool

import server.all_tables
from server.audit import log, pseudonyms
from server.kernel.database import Database, Tx
from server.kernel.tables import metadata
from tests.fakes import gate

_TABLES = server.all_tables.__name__  # imported so that every table is known


class VirtualTime:
    """A clock that jumps to the next thing to happen instead of waiting for it."""

    def __init__(self) -> None:
        self.now = 1000.0


class JumpingSelector(selectors.SelectSelector):
    """Waits for nothing: moves the clock on by as long as it should have waited."""

    def __init__(self, time: VirtualTime) -> None:
        super().__init__()
        self.time = time

    def select(self, timeout: float | None = None) -> list[Any]:
        if timeout is None:
            raise RuntimeError("nothing more can ever happen")
        self.time.now += max(timeout, 0.0)
        return []


def run_in_virtual_time(work: Callable[[VirtualTime], Coroutine[Any, Any, Any]]) -> Any:
    """Run something to its end on a loop of its own, in virtual time."""
    time = VirtualTime()
    loop = asyncio.SelectorEventLoop(JumpingSelector(time))
    loop.time = lambda: time.now  # type: ignore[method-assign]
    try:
        return loop.run_until_complete(work(time))
    finally:
        loop.close()


class InlineConnection:
    """A connection whose statements run at once, with a moment in between for everybody else."""

    def __init__(self, connection: Any, moment: Callable[[], float]) -> None:
        self._connection = connection
        self._moment = moment
        self.dialect = connection.dialect
        self.sync_engine = connection.engine

    async def execute(self, statement: Any, rows: Any = None) -> Any:
        await asyncio.sleep(self._moment())
        return self._connection.execute(statement, rows)

    async def run_sync(self, work: Callable[[Any], Any]) -> Any:
        await asyncio.sleep(self._moment())
        return work(self._connection)


class SimulatedStore(Database):
    """SQLite behind a store that is late, fails, or does not say that it has committed.

    One for many histories, each on a fresh copy of what was kept: what SQLAlchemy has learnt
    about our statements stays known.
    """

    def __init__(self, folder: Path) -> None:
        self._original = folder / "stage.sqlite"
        self._path = folder / "history.sqlite"
        super().__init__(f"sqlite+aiosqlite:///{self._path}")
        lay_tables(self._path)
        self.chance = random.Random()
        self.trouble = 0.0  # how likely a commit goes wrong; a reading half as likely
        self._inline = {
            self.writer: _inline_engine(self._path, "BEGIN IMMEDIATE"),
            self.reader: _inline_engine(self._path, "BEGIN"),
        }

    def keep(self) -> None:
        """Keep what is in it now as what every history begins with."""
        for engine in self._inline.values():
            engine.dispose()  # the last connection moves the write-ahead log into the file
        shutil.copyfile(self._path, self._original)

    def begin(self, chance: random.Random) -> None:
        """Begin with what was kept, and the chances of one history."""
        for engine in self._inline.values():
            engine.dispose()
        for leftover in ("-wal", "-shm"):
            self._path.with_name(self._path.name + leftover).unlink(missing_ok=True)
        shutil.copyfile(self._original, self._path)
        self.chance, self.trouble = chance, 0.0
        self._one_writer = asyncio.Lock()
        pseudonyms._known.clear()  # of rows that are gone with the last history
        log._refusals.clear()

    def moment(self) -> float:
        return self.chance.choice((0.0, 0.0, 0.0002, 0.002))

    @asynccontextmanager
    async def _transaction(self, engine: Any) -> AsyncIterator[Tx]:
        await asyncio.sleep(self.moment())
        if engine is self.reader and self.chance.random() < self.trouble / 2:
            raise OperationalError("begin", {}, Exception("the store is gone"))
        with self._inline[engine].connect() as connection:
            connection.begin()
            inline: Any = InlineConnection(connection, self.moment)
            try:
                yield Tx(inline)
            except BaseException:
                connection.rollback()
                raise
            await asyncio.sleep(self.moment())
            goes_wrong = engine is self.writer and self.chance.random() < self.trouble
            if goes_wrong and self.chance.random() < 0.5:
                connection.rollback()
                raise OperationalError("commit", {}, Exception("the store is gone"))
            connection.commit()
            if goes_wrong:
                raise OperationalError("commit", {}, Exception("its answer is lost"))


def lay_tables(path: Path) -> None:
    engine = create_engine(f"sqlite:///{path}")
    metadata.create_all(engine)
    gate.own_metadata.create_all(engine)
    engine.dispose()


def _inline_engine(path: Path, begin: str) -> Engine:
    engine = create_engine(f"sqlite:///{path}", poolclass=QueuePool, pool_size=20)

    @event.listens_for(engine, "connect")
    def _prepare(connection: Any, _record: Any) -> None:
        connection.isolation_level = None
        for pragma in ("journal_mode=WAL", "synchronous=OFF"):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _begin(connection: Any) -> None:
        connection.exec_driver_sql(begin)

    return engine
