"""The two stores for benchmarks: a fresh SQLite file and a fresh PostgreSQL database, in memory."""

import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from sqlalchemy import text

from server.kernel.database import Tx
from server.keys import kms
from tests.real.postgres import Postgres, run_aside, running

POSTGRES, SQLITE = "PostgreSQL", "SQLite"


@contextmanager
def fresh_stores(*names: str) -> Iterator[dict[str, dict[str, str]]]:
    """Give on each store an empty one for every name: its address, by store and name."""
    with ExitStack() as until_the_end:
        folder = Path(until_the_end.enter_context(tempfile.TemporaryDirectory(dir=_in_memory())))
        kms.bind(kms.LocalKms(folder / "keys"))
        given: dict[str, dict[str, str]] = {SQLITE: {}, POSTGRES: {}}
        server: Postgres = until_the_end.enter_context(running(folder.name, None))
        for name in names:
            (folder / name).mkdir()
            given[SQLITE][name] = f"sqlite+aiosqlite:///{folder / name / 'tacroom.sqlite'}"
            run_aside(server.make(name))
            given[POSTGRES][name] = server.url_of(name)
        yield given


def sqlite_file(url: str) -> Path | None:
    """Return the file of a SQLite store; None for another."""
    return Path(url.partition(":///")[2]) if url.startswith("sqlite") else None


def _in_memory() -> str | None:
    return "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108  the benchmarks' own stores


async def processor_s(tx: Tx) -> float:
    """Return the processor's seconds spent so far, ours and those of the store for this Tx.

    SQLite runs in our own process; of PostgreSQL's the one that serves this transaction counts.
    """
    spent = time.process_time()
    if tx.dialect == "postgresql":
        pid = await tx.scalar(text("SELECT pg_backend_pid()"))
        fields = _stat(pid).rpartition(")")[2].split()
        spent += (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return spent


def _stat(pid: int) -> str:
    return Path(f"/proc/{pid}/stat").read_text()
