"""Serves the demo: its sign-in services and its pages, from one command and one folder.

The roof (`server.app`) is handed in by the command: the demo stands beside it, not upon it.
"""

import asyncio
import shutil
import socket
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager, closing
from pathlib import Path
from typing import Protocol

import uvicorn
from starlette.applications import Starlette
from starlette.routing import BaseRoute

from consent.keeper import Keepers
from server.demo import door
from server.demo.history import History
from server.demo.installing import PERSONAS, made_up_providers, origin_of, write_settings
from server.demo.provider import Providers
from server.kernel import clock, settings
from server.kernel.settings import Settings
from web.serving import SOCKETS

TAKEN = 1
PLAYED = "played"
"""The file that says the story was told to its end; without it the demo begins again."""


class Roof(Protocol):
    """What the command hands in."""

    def build(self, own: Settings, *more: BaseRoute) -> Starlette:
        """Return the pages."""
        ...

    def standing(self, own: Settings) -> AbstractAsyncContextManager[object]:
        """Bind settings, store and keys for a while."""
        ...


Migrate = Callable[[str], Awaitable[None]]


def run(
    folder: Path, roof: Roof, migrate: Migrate, *, keepers: Keepers, port: int, reset: bool
) -> int:
    """Serve until stopped; return the exit status."""
    taken = next((one for one in (port, port + 1) if _is_taken(one)), None)
    if taken is not None:
        print(
            f"Port {taken} is in use by another program. Choose another: make demo PORT={port + 10}"
        )
        return TAKEN
    if reset or not (folder / PLAYED).exists():
        shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    database_url = f"sqlite+aiosqlite:///{(folder / 'tacroom.sqlite').resolve()}"
    path = write_settings(
        folder.resolve(), port=port, provider_port=port + 1, database_url=database_url
    )
    own = settings.load(path)
    asyncio.run(prepare(folder, own, roof, migrate, keepers))
    asyncio.run(serve(folder, own, roof))
    return 0


async def prepare(
    folder: Path, own: Settings, roof: Roof, migrate: Migrate, keepers: Keepers
) -> None:
    """Bring the store to this release's shape and tell the story into it, once for a folder."""
    await migrate(own.database_url)
    if (folder / PLAYED).exists():
        return
    print("Writing four weeks of a made-up family's story ...", flush=True)
    async with roof.standing(own):
        issuer = next(one.issuer for one in own.providers if one.kind == "family")
        await History(clock.today(), keepers=keepers, family_issuer=issuer).play()
    (folder / PLAYED).touch()


async def serve(folder: Path, own: Settings, roof: Roof) -> None:
    """Serve the pages, and the sign-in services one port above them, until stopped."""
    pages = _Server(roof.build(own, *door.routes()), own.port)
    providers = Providers(
        made_up_providers(own.port),
        origin=f"http://localhost:{own.port + 1}",
        key_folder=folder,
    )
    sign_in = _Server(providers.application(), own.port + 1, after=pages)
    _tell(own.port)
    await asyncio.gather(pages.serve(), sign_in.serve())


class _Server(uvicorn.Server):
    """One of the two servers; the sign-in services stop when the pages have stopped."""

    def __init__(self, app: Starlette, port: int, *, after: "_Server | None" = None) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                host="127.0.0.1",
                port=port,
                log_level="warning",
                access_log=False,
                server_header=False,
                **SOCKETS,
            )
        )
        self._after = after

    async def on_tick(self, counter: int) -> bool:
        """Say whether to stop now."""
        gone = self._after is not None and self._after.should_exit
        return gone or await super().on_tick(counter)


def _is_taken(port: int) -> bool:
    with closing(socket.socket()) as asked:
        asked.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            asked.bind(("127.0.0.1", port))
        except OSError:
            return True
    return False


def _tell(port: int) -> None:
    print(f"\nTacroom's sample room is served at {origin_of(None, port)}/demo\n")
    print("Each made-up person opens under an address of her own:")
    for persona in PERSONAS:
        print(f"  {persona:8} {origin_of(persona, port)}")
    print("\nStop with Ctrl+C. `make demo RESET=1` begins the story again.", flush=True)
