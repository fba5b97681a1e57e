"""The database: one writing transaction at a time does all of an act, or nothing of it.

Order of every act: decide, write and record, commit, tell. SQLite is the embedded default
(one process), PostgreSQL the store of many processes.

Rule: ADR-0003 (both databases, how transactions begin).
"""

import asyncio
import inspect
import logging
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from contextvars import ContextVar
from typing import Any, TypeVar

from sqlalchemy import Connection, CursorResult, Executable, Row, event, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import AsyncAdaptedQueuePool, ConnectionPoolEntry

from server.kernel import clock, sqlite
from server.kernel.errors import Unavailable

log = logging.getLogger(__name__)

AfterCommit = Callable[[], Awaitable[None] | None]
AfterRollback = Callable[["Tx"], Awaitable[None]]
BeforeCommit = Callable[["Tx"], Awaitable[None]]

SQLITE_BUSY_MS = 10_000
POSTGRES_POOL = 10
ERASE_TRIES = 20
ERASE_AGAIN_S = 0.1

Result = TypeVar("Result")

_bound: list["Database"] = []
_inside: ContextVar[bool] = ContextVar("inside_a_writing_transaction", default=False)


class Tx:
    """One transaction. `at` is its one instant: all that it writes happened then."""

    def __init__(self, connection: AsyncConnection) -> None:
        """Stand on an open connection whose transaction has begun."""
        self.connection = connection
        self.dialect = connection.dialect.name
        self.at = clock.now()
        self.done_before_commit: list[BeforeCommit] = []
        self.told_after_commit: list[AfterCommit] = []
        self.done_after_rollback: list[AfterRollback] = []

    async def execute(
        self, statement: Executable, rows: Sequence[dict[str, Any]] | dict[str, Any] | None = None
    ) -> CursorResult[Any]:
        """Run one statement, with one set of values or with many."""
        return await self.connection.execute(statement, rows)

    async def rows(
        self, statement: Executable, values: dict[str, Any] | None = None
    ) -> Sequence[Row[Any]]:
        """Return every row of a query, with these values in it."""
        return (await self.connection.execute(statement, values)).all()

    async def stream(self, query: Executable, at_once: int) -> AsyncIterator[Sequence[Any]]:
        """Give the rows of a query, so many at a time, as the store finds them; none are kept."""
        result = await self.connection.stream(query, execution_options={"yield_per": at_once})
        async for rows in result.partitions():
            yield rows

    async def first(
        self, statement: Executable, values: dict[str, Any] | None = None
    ) -> Row[Any] | None:
        """Return the first row of a query with these values in it, or None."""
        return (await self.connection.execute(statement, values)).first()

    async def first_after_waiting(self, locking: Executable) -> Row[Any] | None:
        """Return the first row of a query that locks it, and move the instant on.

        Whoever waited comes after those it waited for: at its old instant, what they wrote
        would not have begun yet.
        """
        row = await self.first(locking)
        self.at = max(self.at, clock.now())
        return row

    async def scalar(self, statement: Executable) -> Any:  # noqa: ANN401  a column may be of any type
        """Return the first column of the first row, or None."""
        return (await self.connection.execute(statement)).scalar()

    async def in_one_step(self, work: Callable[[sqlite3.Connection], Result]) -> Result:
        """Do work of several statements on SQLite's own connection, in one trip to its thread."""
        return await self.connection.run_sync(lambda own: sqlite.in_one_step(own, work))

    def before_commit(self, write: BeforeCommit) -> None:
        """Have `write` run at the end of this transaction, as its last statements."""
        self.done_before_commit.append(write)

    def after_commit(self, tell: AfterCommit) -> None:
        """Have `tell` called once this transaction is durable, in the order of these calls."""
        self.told_after_commit.append(tell)

    def after_rollback(self, record: AfterRollback) -> None:
        """Have `record` run in a fresh transaction if this one is rolled back.

        The gate leaves its refusals here: the act leaves no trace, the refusal does.
        """
        self.done_after_rollback.append(record)


class Database:
    """One database, SQLite or PostgreSQL, named by its SQLAlchemy address."""

    def __init__(self, url: str) -> None:
        """Prepare the connections; nothing is opened before the first transaction."""
        self.url = make_url(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self.writer = _sqlite_engine(url) if self.is_sqlite else _postgres_engine(url)
        # SQLite reads see the last commit on connections of their own, beside the one writer.
        self.reader = _sqlite_engine(url, query_only=True) if self.is_sqlite else self.writer
        self._one_writer = asyncio.Lock() if self.is_sqlite else None

    async def close(self) -> None:
        """Close every connection."""
        await self.writer.dispose()
        await self.reader.dispose()

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[Tx]:
        """Open one writing transaction; commit at the end, roll back on any error.

        After the commit, what was left with `after_commit` is told. After a rollback, what was
        left with `after_rollback` is recorded in a fresh transaction; if that fails, the error
        stands all the same, so the answer is still no.
        """
        if _inside.get():
            message = "a writing transaction is already open here"
            raise RuntimeError(message)
        token = _inside.set(True)
        try:
            tx = None
            try:
                async with self._turn(), self._transaction(self.writer) as tx:
                    yield tx
                    for write in tx.done_before_commit:
                        await write(tx)
            except BaseException:
                if tx is not None:
                    await self._record_after_rollback(tx)
                raise
        finally:
            _inside.reset(token)
        await _tell(tx)

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[Tx]:
        """Open one transaction that only reads, all of it from one moment where the store can."""
        async with self._transaction(self.reader) as tx:
            yield tx

    async def erase_deleted(self) -> None:
        """See to it that no file of the store holds what committed transactions deleted.

        On PostgreSQL nothing is done here: its vacuum frees what was deleted, in its own time.

        Raises:
            Unavailable: somebody went on reading what is older; it is to be tried again.
        """
        if not self.is_sqlite or self.url.database is None:
            return
        for _ in range(ERASE_TRIES):
            async with self._turn():
                if await asyncio.to_thread(sqlite.empty_write_ahead_log, self.url.database):
                    return
            await asyncio.sleep(ERASE_AGAIN_S)
        raise Unavailable

    @asynccontextmanager
    async def _turn(self) -> AsyncIterator[None]:
        if self._one_writer is None:
            yield
            return
        async with self._one_writer:
            yield

    @asynccontextmanager
    async def _transaction(self, engine: AsyncEngine) -> AsyncIterator[Tx]:
        async with engine.connect() as connection:
            try:
                await connection.begin()
            except DBAPIError as fault:
                raise Unavailable from fault
            try:
                yield Tx(connection)
            except BaseException:
                await connection.rollback()
                raise
            await connection.commit()

    async def _record_after_rollback(self, tx: Tx) -> None:
        for record in tx.done_after_rollback:
            try:
                async with self._turn(), self._transaction(self.writer) as fresh:
                    await record(fresh)
            except Exception:
                # The refusal stands without its entry rather than turning into a yes; a log
                # that cannot be written is an alarm (the health page counts these lines).
                log.exception("a refusal could not be recorded")


async def _tell(tx: Tx) -> None:
    for tell in tx.told_after_commit:
        try:
            told = tell()
            if inspect.isawaitable(told):
                await told
        except Exception:
            # The commit stands. News may be lost: every process looks at the rows regularly.
            log.exception("news of a commit could not be told")


def bind(database: Database) -> None:
    """Make this the database of the process."""
    _bound[:] = [database]


def bound() -> Database:
    """Return the database of the process."""
    if not _bound:
        message = "no database is bound to this process"
        raise RuntimeError(message)
    return _bound[0]


def writing() -> AbstractAsyncContextManager[Tx]:
    """Open one writing transaction on the database of the process."""
    return bound().writing()


def reading() -> AbstractAsyncContextManager[Tx]:
    """Open one reading transaction on the database of the process."""
    return bound().reading()


def _postgres_engine(url: str) -> AsyncEngine:
    return create_async_engine(
        url,
        pool_size=POSTGRES_POOL,
        max_overflow=POSTGRES_POOL,
        connect_args={"server_settings": {"timezone": "UTC", "lock_timeout": "5s"}},
    )


def _sqlite_engine(url: str, *, query_only: bool = False) -> AsyncEngine:
    engine = create_async_engine(
        url,
        module=sqlite.Driver(),
        poolclass=AsyncAdaptedQueuePool,
        pool_size=5 if query_only else 1,
        max_overflow=5,
    )
    begin = "BEGIN" if query_only else "BEGIN IMMEDIATE"

    @event.listens_for(engine.sync_engine, "connect")
    def _prepare(connection: DBAPIConnection, _record: ConnectionPoolEntry) -> None:
        # The driver must not begin transactions by itself: it would begin them deferred, and
        # two such writers overwrite each other without an error.
        connection.isolation_level = None
        cursor = connection.cursor()
        for pragma in (
            "journal_mode=WAL",
            "synchronous=FULL",
            f"busy_timeout={SQLITE_BUSY_MS}",
            "foreign_keys=ON",
            "secure_delete=ON",
            f"query_only={'ON' if query_only else 'OFF'}",
        ):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine.sync_engine, "begin")
    def _begin(connection: Connection) -> None:
        connection.exec_driver_sql(begin)

    return engine
