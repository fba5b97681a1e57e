"""The demo for the tests: its story told once for each store and run, then copied and served.

Each server is a process of its own with pages on one port and the demo's sign-in services, real
OpenID providers, on the next.
"""

import http.client
import random
import shutil
import socket
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import fasteners
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from server.demo.installing import origin_of, provider_of, write_settings
from tests.real import served_demo
from tests.real.postgres import Postgres, run_aside

READY_S = 60.0
TOLD = "demo_told"
TOLD_AT = 1024  # nobody listens there: the story is told without a server


@dataclass(frozen=True, slots=True)
class ServedDemo:
    """A demo that is being served."""

    port: int
    folder: Path
    database_url: str
    instants: Connection
    signed_in: dict[str, tuple[list[Any], str]] = field(default_factory=dict)
    """By persona the cookies of her session, and the page on which she begins."""

    def move_clock(self, instant: datetime) -> None:
        """Have it be this instant where it is served; it runs on from there."""
        self.instants.send(instant)
        self.instants.recv()

    @property
    def settings_file(self) -> Path:
        """The settings it is served with, for the commands of `tacroom`."""
        return self.folder / "settings.toml"

    def origin(self, persona: str | None) -> str:
        """The address under which this persona's pages stand."""
        return origin_of(persona, self.port)

    def door(self, persona: str) -> str:
        """The address that signs this persona in, through her own sign-in service."""
        provider = provider_of(persona)
        return f"{self.origin(persona)}/sign-in/begin?with={provider}&as={persona}"


class ToldStory:
    """The demo's story in one store, told once for all workers, and copies of it."""

    def __init__(self, folder: Path, postgres: Postgres | None) -> None:
        """Have it told, unless another worker has done so already."""
        self._postgres = postgres
        self._folder = folder / ("story-postgres" if postgres else "story-sqlite")
        with fasteners.InterProcessLock(folder / f"{self._folder.name}.lock"):
            if not (self._folder / "told").exists():
                self._tell()
                (self._folder / "told").touch()

    @contextmanager
    def served(self, folder: Path, name: str, *, how: tuple[str, ...] = ()) -> Iterator[ServedDemo]:
        """Serve a copy from `folder`; `name` tells copies apart."""
        shutil.copytree(self._folder, folder)
        url = self._url(folder, f"demo_{name}")
        if self._postgres is not None:
            run_aside(self._postgres.make(f"demo_{name}", template=TOLD))
        port = _two_free_ports()
        run_aside(_move_sign_ins(url, port + 1))
        write_settings(folder, port=port, provider_port=port + 1, database_url=url)
        process, instants = served_demo.start("serve", folder, *how)
        try:
            _wait_until_ready(process, port, folder)
            yield ServedDemo(port, folder, url, instants)
        finally:
            process.terminate()
            process.join(15)
            process.kill()
            process.join()
            instants.close()
            if self._postgres is not None:
                run_aside(self._postgres.drop(f"demo_{name}"))

    def _tell(self) -> None:
        shutil.rmtree(self._folder, ignore_errors=True)
        self._folder.mkdir(parents=True)
        if self._postgres is not None:
            run_aside(self._postgres.make(TOLD))
        url = self._url(self._folder, TOLD)
        write_settings(self._folder, port=TOLD_AT, provider_port=TOLD_AT + 1, database_url=url)
        playing, instants = served_demo.start("play", self._folder)
        playing.join(120)
        instants.close()
        assert playing.exitcode == 0, _said(self._folder)

    def _url(self, folder: Path, name: str) -> str:
        if self._postgres is not None:
            return self._postgres.url_of(name)
        return f"sqlite+aiosqlite:///{folder / 'tacroom.sqlite'}"


async def _move_sign_ins(url: str, port: int) -> None:
    """Say that the family's sign-in service, which the story named, now stands at this port."""
    engine = create_async_engine(url)
    async with engine.begin() as connection:
        moved = "UPDATE member_claim SET issuer = replace(issuer, :before, :now)"
        values = {"before": f"localhost:{TOLD_AT + 1}/", "now": f"localhost:{port}/"}
        await connection.execute(text(moved), values)
    await engine.dispose()


def _said(folder: Path) -> str:
    return (folder / "said.txt").read_text("utf-8", "replace")[-4000:]


def _two_free_ports() -> int:
    for _ in range(200):
        port = random.randrange(20_000, 32_000)
        if _is_free(port) and _is_free(port + 1):
            return port
    raise AssertionError("no two free ports beside one another")


def _is_free(port: int) -> bool:
    with socket.socket() as asked:
        try:
            asked.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def _wait_until_ready(process: served_demo.Process, port: int, folder: Path) -> None:
    until = time.monotonic() + READY_S
    while time.monotonic() < until:
        assert process.exitcode is None, _said(folder)
        with suppress(OSError, http.client.HTTPException):
            if _is_ready(port):
                return
        time.sleep(0.05)
    raise AssertionError(f"the demo did not begin to serve: {_said(folder)}")


def _is_ready(port: int) -> bool:
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=5)) as asked:
        asked.request("GET", "/readyz", headers={"Host": f"localhost:{port}"})
        pages = asked.getresponse().status
    with closing(http.client.HTTPConnection("127.0.0.1", port + 1, timeout=5)) as asked:
        asked.request("GET", "/family/.well-known/openid-configuration")
        sign_in = asked.getresponse().status
    return (pages, sign_in) == (200, 200)
