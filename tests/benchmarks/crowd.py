"""A store with very many rooms and places, for measuring what grows with them and what does not.

The rows are written past the operations, as there are too many of them; each stands as it would.
Every set of rows is one statement of the store's own: a million places take some seconds.
"""

# ruff: noqa: S608  every statement is put together from our own words and numbers

import sqlite3
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path

import asyncpg

from server.kernel import clock, database, migrating
from server.kernel.database import Database
from tests.benchmarks.stores import sqlite_file
from tests.policies.quillmere import SECTORS, lay_quillmere

SEATS_EACH = 10
ANSWERS_EACH = 40
_AGENCIES = tuple(str(code) for code in SECTORS)
_PURPOSES = ("plan", "review")
_PARTS = (
    ("housing_tenancy", "bramblegate"),
    ("education_attendance", "tansy_vale"),
    ("health_child", "quillmere_hv"),
)
_ASKED = [
    (category, purpose, agency)
    for category, _ in _PARTS
    for purpose in _PURPOSES
    for agency in _AGENCIES
][:ANSWERS_EACH]


@asynccontextmanager
async def crowd(rooms: int, url: str) -> AsyncIterator[Database]:
    """The demo's partnership at this address, with so many rooms: see `fill`."""
    await migrating.migrate(url)
    made = Database(url)
    database.bind(made)
    try:
        await lay_quillmere()
        await made.close()
        await fill(url, rooms)
        yield made
    finally:
        await made.close()


async def fill(url: str, rooms: int) -> float:
    """Add so many rooms, each with ten places, three parts and forty answers; say in which time.

    One place of the ten is a parent's; of the answers one in twelve is no. Places of one room are
    not written one after the other, as people come in over time; answers are, as a form is.
    """
    begun = time.perf_counter()
    file = sqlite_file(url)
    if file:
        _fill_sqlite(file, rooms)
    else:
        await _fill_postgres(url, rooms)
    return time.perf_counter() - begun


def _fill_sqlite(file: Path, rooms: int) -> None:
    now = clock.now()
    with sqlite3.connect(file, isolation_level=None) as store:
        for pragma in (
            "journal_mode=OFF",
            "synchronous=OFF",
            "foreign_keys=OFF",
            "cache_size=-1000000",
            "temp_store=MEMORY",
        ):
            store.execute(f"PRAGMA {pragma}")
        store.execute("BEGIN")
        indexes = store.execute(
            "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL"
            " AND tbl_name IN ('seat', 'consent_line', 'section')"
        ).fetchall()
        for name, _ in indexes:
            store.execute(f'DROP INDEX "{name}"')
        store.execute("CREATE TEMP TABLE room_number (n INTEGER PRIMARY KEY)")
        store.execute(
            "INSERT INTO room_number WITH RECURSIVE up(n) AS"
            " (SELECT 0 UNION ALL SELECT n + 1 FROM up WHERE n + 1 < ?) SELECT n FROM up",
            (rooms,),
        )
        for statement in _statements(rooms, _sqlite_id, _sqlite_instant(now)):
            store.execute(statement)
        for _, sql in indexes:
            store.execute(sql)
        store.execute("COMMIT")
        store.execute("ANALYZE")
        store.execute("PRAGMA journal_mode=WAL")
    store.close()


async def _fill_postgres(url: str, rooms: int) -> None:
    now = clock.now()
    store = await asyncpg.connect(url.replace("+asyncpg", ""))
    try:
        await store.execute("SET session_replication_role = replica; SET work_mem = '256MB'")
        await store.execute("SET maintenance_work_mem = '512MB'")
        tables = ["seat", "consent_line", "section"]
        indexes = await store.fetch(
            "SELECT indexname, indexdef FROM pg_indexes WHERE tablename = ANY($1)"
            " AND indexname NOT LIKE 'pk_%'",
            tables,
        )
        for name, _ in indexes:
            await store.execute(f'DROP INDEX "{name}"')
        await store.execute(
            f"CREATE TEMP TABLE room_number AS SELECT n FROM generate_series(0, {rooms - 1}) AS n"
        )
        for statement in _statements(rooms, _postgres_id, _postgres_instant(now)):
            await store.execute(statement)
        for _, sql in indexes:
            await store.execute(sql)
        await store.execute("VACUUM ANALYZE")
    finally:
        await store.close()


# ---------------------------------------------------------------- the rows


def _sqlite_id(sort: int, number: str, *, spread: bool) -> str:
    mixed = f"({number}) * 2654435761 % 4294967296" if spread else "0"
    return f"printf('%08x%04x%020x', {mixed}, {sort}, {number})"


def _postgres_id(sort: int, number: str, *, spread: bool) -> str:
    mixed = f"lpad(to_hex(({number})::bigint * 2654435761 % 4294967296), 8, '0')"
    first = mixed if spread else "'00000000'"
    return f"({first} || '{sort:04x}' || lpad(to_hex(({number})::bigint), 20, '0'))::uuid"


def _sqlite_instant(now: datetime) -> Callable[[timedelta], str]:
    return lambda away: f"'{(now + away).strftime('%Y-%m-%d %H:%M:%S.%f')}'"


def _postgres_instant(now: datetime) -> Callable[[timedelta], str]:
    return lambda away: f"'{(now + away).isoformat()}'::timestamptz"


def _statements(
    rooms: int, id_of: Callable[..., str], instant: Callable[[timedelta], str]
) -> list[str]:
    """Return what fills the store, from the numbers in `room_number`; all ids follow from them.

    Ids of rooms and people are spread as random ones are; of rows that are only met through
    them they go up, which writes them far faster and changes nothing of how they are found.
    """
    at, until = instant(timedelta(days=-1)), instant(timedelta(days=300))
    return [
        *_small("agency_number", "a code", [(a, code) for a, code in enumerate(_AGENCIES)]),
        *_small("place_number", "place", [(place,) for place in range(SEATS_EACH)]),
        *_small("part_number", "part category agency", [(p, *of) for p, of in enumerate(_PARTS)]),
        *_small(
            "asked", "asked category purpose agency", [(a, *of) for a, of in enumerate(_ASKED)]
        ),
        *_people(rooms, id_of, at),
        *_parts(id_of, at),
        *_answers(id_of, at, until),
    ]


def _people(rooms: int, id_of: Callable[..., str], at: str) -> list[str]:
    members = max(rooms // 10, 10)
    room, parent, theirs = (id_of(sort, "n", spread=True) for sort in (2, 7, 10))
    number = f"(n * 7 + place) % {members}"
    worker = id_of(1, number, spread=True)
    seat = id_of(3, f"place * {rooms} + n", spread=False)
    agency = (
        f"(SELECT code FROM agency_number WHERE agency_number.a = ({number}) % {len(_AGENCIES)})"
    )
    return [
        f"INSERT INTO member (id, agency, work_mail, name, added_at) SELECT"
        f" {id_of(1, 'n', spread=True)}, code, 'm' || n || '@made.example', 'Member ' || n, {at}"
        f" FROM room_number JOIN agency_number ON a = n % {len(_AGENCIES)} WHERE n < {members}",
        f"INSERT INTO member (id, person, name, added_at) SELECT {theirs}, {parent},"
        f" 'Parent ' || n, {at} FROM room_number",
        f"INSERT INTO team (id, family, reference, state, epoch, proposed_at) SELECT {room},"
        f" {id_of(9, 'n', spread=True)}, 'C' || n, 'open', 1, {at} FROM room_number",
        f"INSERT INTO seat (id, room, member, agency, role, since) SELECT {seat}, {room},"
        f" CASE WHEN place = 9 THEN {theirs} ELSE {worker} END,"
        f" CASE WHEN place = 9 THEN 'family' ELSE {agency} END,"
        f" CASE place WHEN 9 THEN 'parent_carer' WHEN 0 THEN 'lead_professional'"
        f" ELSE 'tac_member' END, {at} FROM place_number CROSS JOIN room_number ORDER BY place, n",
        f"INSERT INTO seat_purpose (seat, purpose) SELECT {seat}, purpose FROM place_number"
        f" CROSS JOIN room_number CROSS JOIN"
        f" (SELECT 'plan' AS purpose UNION ALL SELECT 'review') AS purposes WHERE place < 9",
    ]


def _parts(id_of: Callable[..., str], at: str) -> list[str]:
    room, child, first = (id_of(*one, spread=True) for one in ((2, "n"), (8, "n"), (1, "0")))
    part = id_of(4, "n * 3 + part", spread=False)
    return [
        f"INSERT INTO section (id, room, under, heading, position, seq, epoch, confidentiality,"
        f" made_by, made_at) SELECT {part}, {room}, 'worried_about', '', part, 1, 1, 'normal',"
        f" {first}, {at} FROM room_number CROSS JOIN part_number",
        *(
            f"INSERT INTO {table} (section, {column}) SELECT {part}, {value}"
            f" FROM room_number CROSS JOIN part_number"
            for table, column, value in (
                ("section_category", "category", "category"),
                ("section_origin", "agency", "agency"),
                ("section_subject", "person", child),
            )
        ),
    ]


def _answers(id_of: Callable[..., str], at: str, until: str) -> list[str]:
    room, parent, child = (id_of(sort, "n", spread=True) for sort in (2, 7, 8))
    consent, first = id_of(6, "n", spread=False), id_of(1, "0", spread=True)
    return [
        f"INSERT INTO consent (id, version, room, giver, capacity, engaged, state, how,"
        f" interpreter, witness, competence, own_words, given_at, until, review_on, recorder,"
        f" recorded_at, stamp) SELECT {consent}, 1, {room}, {parent}, 'parent_with_pr',"
        f" TRUE, 'partly_given', 'signed_paper', '', '', '', '', {at}, {until},"
        f" '2027-01-01', {first}, {at}, {id_of(11, 'n', spread=True)} FROM room_number",
        f"INSERT INTO consent_subject (consent, version, subject) SELECT {consent}, 1, {child}"
        f" FROM room_number",
        f"INSERT INTO consent_line (id, room, consent, version, giver, capacity, subject, agency,"
        f" category, purpose, choice, given_at, until) SELECT"
        f" {id_of(5, f'n * {ANSWERS_EACH} + asked', spread=False)}, {room}, {consent}, 1, {parent},"
        f" 'parent_with_pr', {child}, agency, category, purpose,"
        f" CASE WHEN (n * 31 + asked * 17) % 12 = 0 THEN 'no' ELSE 'yes' END, {at}, {until}"
        f" FROM room_number CROSS JOIN asked",
    ]


def _small(name: str, columns: str, rows: Sequence[tuple[int | str, ...]]) -> tuple[str, str]:
    """Return what makes a small table of these rows, to be joined with."""
    names = columns.split()
    kinds = [
        f"{one} {'integer' if isinstance(rows[0][at], int) else 'text'}"
        for at, one in enumerate(names)
    ]
    written = ", ".join("(" + ", ".join(repr(one) for one in row) + ")" for row in rows)
    return (
        f"CREATE TEMP TABLE {name} ({', '.join(kinds)})",
        f"INSERT INTO {name} ({', '.join(names)}) VALUES {written}",
    )
