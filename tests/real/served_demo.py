"""The demo in a process of its own: `play FOLDER` tells its story, `serve FOLDER` serves it.

The folder holds the `settings.toml` that `server.demo.installing.write_settings` wrote. With a
third word `unguarded` the lists of the gate let everything through: the tests must notice that.
"""

import asyncio
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from consent import gate
from server import app, assembly
from server.demo import serving
from server.kernel import migrating, settings


def main(act: str, folder: Path, *more: str) -> None:
    """Play or serve, until it is done or stopped."""
    own = settings.load(folder / "settings.toml")
    if "unguarded" in more:
        gate.sift = _let_everything_through  # type: ignore[assignment]  # this is the lie
        gate.Look.sift = _let_everything_seen_through  # type: ignore[assignment]  # and again
    if act == "play":
        asyncio.run(serving.prepare(folder, own, app, migrating.migrate, assembly.KEEPERS))
    else:
        asyncio.run(serving.serve(folder, own, app))


async def _let_everything_through(
    _tx: object, _who: object, _act: object, labels: Iterable[Any], **_rest: object
) -> list[Any]:
    return list(labels)


async def _let_everything_seen_through(
    _look: object, _act: object, labels: Iterable[Any], **_rest: object
) -> list[Any]:
    return list(labels)


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), *sys.argv[3:])
