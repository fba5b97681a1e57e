"""The demo's room for benchmarks: played once into a folder, with parts added up to a number."""

import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from rooms.adding import NewPart, add_part
from server import app as roof
from server import assembly
from server.demo.history import History
from server.demo.installing import write_settings
from server.kernel import clock, migrating, settings
from server.kernel.database import Database
from server.kernel.ids import SectionId, new_id
from server.kernel.settings import Settings

SORTS = (
    (("otis",), ("education_attendance",)),
    (("juno",), ("education_attainment",)),
    (("otis", "pip"), ("family_relationships",)),
    (("tamsin", "juno", "otis", "pip"), ("family_relationships", "parenting")),
    (("tamsin", "otis", "pip"), ("finance_employment",)),
    (("otis",), ("education_attendance", "education_attainment")),
    (("pip",), ("parenting",)),
    (("tamsin", "juno", "otis", "pip"), ("family_relationships",)),
    (("juno",), ("education_attendance",)),
    (("tamsin", "otis"), ("parenting", "education_attendance")),
)
"""About whom the parts added are, and of which categories: a plan has many sorts of parts."""


@dataclass(frozen=True)
class SampleRoom:
    """The story as it was played, and where it stands."""

    history: History
    settings: Settings
    database: Database


@asynccontextmanager
async def sample_room(*, parts: int, url: str | None = None) -> AsyncIterator[SampleRoom]:
    """The demo's room, whose lead sees `parts` parts of the plan; on a SQLite file of its own,
    or in the empty store at `url`.
    """
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        url = url or f"sqlite+aiosqlite:///{folder / 'tacroom.sqlite'}"
        own = settings.load(write_settings(folder, port=8000, provider_port=8001, database_url=url))
        await migrating.migrate(url)
        async with roof.standing(own) as database:
            history = History(
                clock.today(),
                keepers=assembly.KEEPERS,
                family_issuer="http://localhost:8001/family",
            )
            await history.play()
            await _add_parts(history, parts - len(history.cast.parts))
            yield SampleRoom(history, own, database)


async def _add_parts(history: History, count: int) -> None:
    cast = history.cast
    for number in range(count):
        about, categories = SORTS[number % len(SORTS)]
        part = NewPart(
            id=SectionId(new_id()),
            under="worried_about",
            heading=f"One more thing, number {number + 1}",
            about=frozenset(cast.people[one] for one in about),
            categories=frozenset(categories),
            words="Otis came on 31 of the last 38 school days. " * 10,
        )
        await add_part(cast.members["imara"], history.room, part)
