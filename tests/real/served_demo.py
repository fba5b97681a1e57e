"""The demo in a process of its own: `play` tells its story, `serve` serves it.

Its folder holds the `settings.toml` that `server.demo.installing.write_settings` wrote; what it
says goes to `said.txt` there. Its clock can be moved while it serves. With a third word
`unguarded` the lists of the gate let everything through: the tests must notice that.
"""

import asyncio
import multiprocessing
import os
from collections.abc import Iterable
from contextlib import ExitStack, suppress
from multiprocessing.connection import Connection
from pathlib import Path
from threading import Thread
from typing import Any

from consent import gate
from server import app, assembly
from server.demo import serving
from server.kernel import clock, migrating, settings

_FORKED = multiprocessing.get_context("forkserver")
_FORKED.set_forkserver_preload(["tests.real.beforehand"])
Process = multiprocessing.process.BaseProcess


def start(act: str, folder: Path, *more: str) -> tuple[Process, Connection]:
    """Start playing or serving, in a copy of a process that has imported everything.

    An instant sent to the connection moves its clock; an answer comes once it is moved.
    """
    here, there = _FORKED.Pipe()
    process = _FORKED.Process(target=_run, args=(act, folder, there, *more), daemon=True)
    process.start()
    there.close()
    return process, here


def _run(act: str, folder: Path, instants: Connection, *more: str) -> None:
    """Play or serve, until it is done or stopped."""
    Thread(target=_move_clock, args=(instants,), daemon=True).start()
    said = os.open(folder / "said.txt", os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(said, 1)
    os.dup2(said, 2)
    own = settings.load(folder / "settings.toml")
    if "unguarded" in more:
        gate.sift = _let_everything_through  # type: ignore[assignment]  # this is the lie
        gate.Look.sift = _let_everything_seen_through  # type: ignore[assignment]  # and again
    if act == "play":
        asyncio.run(serving.prepare(folder, own, app, migrating.migrate, assembly.KEEPERS))
    else:
        asyncio.run(serving.serve(folder, own, app))


def _move_clock(instants: Connection) -> None:
    with ExitStack() as moved, suppress(EOFError):
        while True:
            moved.enter_context(clock.moved_to(instants.recv()))
            instants.send(None)


async def _let_everything_through(
    _tx: object, _who: object, _act: object, labels: Iterable[Any], **_rest: object
) -> list[Any]:
    return list(labels)


async def _let_everything_seen_through(
    _look: object, _act: object, labels: Iterable[Any], **_rest: object
) -> list[Any]:
    return list(labels)
