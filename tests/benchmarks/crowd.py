"""A store with very many rooms and places, for measuring what grows with them and what does not.

The rows are written past the operations, as there are too many of them; each stands as it would.
"""

import sqlite3
import tempfile
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path

from server.kernel import clock, database, migrating
from server.kernel.database import Database
from server.keys import kms
from tests.policies.quillmere import SECTORS, lay_quillmere

SEATS_EACH = 10
ANSWERS_EACH = 40
_AGENCIES = tuple(str(code) for code in SECTORS)
_PARTS = (
    ("housing_tenancy", "bramblegate"),
    ("education_attendance", "tansy_vale"),
    ("health_child", "quillmere_hv"),
)


@asynccontextmanager
async def crowd(rooms: int) -> AsyncIterator[Database]:
    """The demo's partnership with so many rooms, each with ten places and forty answers."""
    with tempfile.TemporaryDirectory(dir=_in_memory()) as name:
        folder = Path(name)
        kms.bind(kms.LocalKms(folder / "keys"))
        url = f"sqlite+aiosqlite:///{folder / 'tacroom.sqlite'}"
        await migrating.migrate(url)
        made = Database(url)
        database.bind(made)
        await lay_quillmere()
        _fill(folder / "tacroom.sqlite", rooms)
        try:
            yield made
        finally:
            await made.close()


def _in_memory() -> str | None:
    return "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108  the tests' own store


def _id(sort: int, number: int) -> str:
    """Return an id that is the same in every run, spread as random ones are."""
    return f"{(number * 0x9E3779B97F4A7C15) % (1 << 64):016x}{sort:04x}{number:012x}"


def _fill(path: Path, rooms: int) -> None:
    now = clock.now()
    at, until = (_written(now - timedelta(days=1)), _written(now + timedelta(days=300)))
    with sqlite3.connect(path) as store:
        store.execute("PRAGMA synchronous=OFF")
        store.execute("PRAGMA foreign_keys=OFF")
        members = [
            (_id(1, n), _AGENCIES[n % len(_AGENCIES)], f"m{n}@made.example", f"Member {n}", at)
            for n in range(max(rooms // 10, 10))
        ]
        _add(store, "member", "id agency work_mail name added_at", members)
        _add(
            store,
            "team",
            "id family reference state epoch proposed_at",
            ((_id(2, n), _id(9, n), f"{n:06d}", "open", 1, at) for n in range(rooms)),
        )
        _add(store, "seat", "id room member agency role since", _seats(rooms, members, at))
        _add(
            store,
            "seat_purpose",
            "seat purpose",
            ((_id(3, n), word) for n in range(rooms * SEATS_EACH) for word in ("plan", "review")),
        )
        _add_parts(store, rooms, at)
        _add(
            store,
            "consent_line",
            "id room consent version giver capacity subject agency category purpose choice"
            " given_at until",
            _answers(rooms, at, until),
        )
        store.execute("ANALYZE")


def _seats(rooms: int, members: Sequence[tuple[str, ...]], at: str) -> Iterable[tuple[object, ...]]:
    for room in range(rooms):
        for place in range(SEATS_EACH):
            member = members[(room * 7 + place) % len(members)]
            role = "tac_member" if place else "lead_professional"
            yield _id(3, room * SEATS_EACH + place), _id(2, room), member[0], member[1], role, at


def _add_parts(store: sqlite3.Connection, rooms: int, at: str) -> None:
    numbered = [(room, place) for room in range(rooms) for place in range(len(_PARTS))]
    ids = {pair: _id(4, pair[0] * len(_PARTS) + pair[1]) for pair in numbered}
    _add(
        store,
        "section",
        "id room under heading position seq epoch confidentiality made_by made_at",
        (
            (
                ids[pair],
                _id(2, pair[0]),
                "worried_about",
                b"",
                pair[1],
                1,
                1,
                "normal",
                _id(1, 0),
                at,
            )
            for pair in numbered
        ),
    )
    _add(
        store, "section_category", "section category", ((ids[p], _PARTS[p[1]][0]) for p in numbered)
    )
    _add(store, "section_origin", "section agency", ((ids[p], _PARTS[p[1]][1]) for p in numbered))


def _answers(rooms: int, at: str, until: str) -> Iterable[tuple[object, ...]]:
    asked = [
        (category, purpose, agency)
        for category, _ in _PARTS
        for purpose in ("plan", "review")
        for agency in _AGENCIES
    ][:ANSWERS_EACH]
    for room in range(rooms):
        for number, (category, purpose, agency) in enumerate(asked):
            yield (
                _id(5, room * ANSWERS_EACH + number), _id(2, room), _id(6, room), 1, _id(7, room),
                "parent_with_pr", _id(8, room), agency, category, purpose, "yes", at, until,
            )  # fmt: skip


def _add(store: sqlite3.Connection, table: str, columns: str, rows: Iterable[object]) -> None:
    names = columns.split()
    marks = ", ".join("?" for _ in names)
    store.executemany(f"INSERT INTO {table} ({', '.join(names)}) VALUES ({marks})", rows)  # type: ignore[arg-type]  # noqa: S608
    store.commit()


def _written(instant: datetime) -> str:
    """Return an instant as SQLite's rows have it."""
    return instant.strftime("%Y-%m-%d %H:%M:%S.%f")
