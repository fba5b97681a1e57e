"""Every query on the policies' rows: words, agreements, their versions, parties, what is in force.

It decides nothing. Agreements are read back exactly as they were laid.
"""

import asyncio
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from functools import lru_cache
from sys import intern
from typing import Any

from sqlalchemy import Row, Table, func, insert, select

from policies import tables
from policies.catalogue import Catalogue
from policies.isa import (
    Clause,
    Covered,
    Example,
    Isa,
    IsaState,
    Party,
    PartyState,
    Passage,
    Recipient,
    Sort,
    Term,
)
from policies.matrix import Matrix, digest
from server.kernel.canonical_json import Json, canonical
from server.kernel.clock import london_instant
from server.kernel.database import Tx
from server.kernel.errors import NotFound
from server.kernel.ids import AgencyCode, MemberId

Standings = frozenset[tuple[Any, ...]]
"""The rows of all parties, only to be compared."""


@dataclass(frozen=True, slots=True)
class Change:
    """One change of what is in force: from `takes_effect_at` this version stands in this state."""

    number: int
    isa: str
    version: int
    state: IsaState
    takes_effect_at: datetime


@dataclass(frozen=True, slots=True)
class Laid:
    """A version as it was laid, with the instants between which it runs."""

    isa: Isa
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class StoredMatrix:
    """A matrix as stored: its bytes, and the hash they had when they were written."""

    revision: str
    content: bytes
    content_hash: str


# ---------------------------------------------------------------- words


async def seed_catalogue(tx: Tx, words: Catalogue) -> None:
    """Put every category and purpose that has no row yet into its table."""
    await _seed(tx, tables.category, words.categories)
    await _seed(tx, tables.purpose, words.purposes)


async def _seed(tx: Tx, table: Table, words: Mapping[str, str]) -> None:
    there = {row.code for row in await tx.rows(select(table.c.code))}
    missing = [
        {"code": code, "words": plain, "position": position}
        for position, (code, plain) in enumerate(words.items())
        if code not in there
    ]
    if missing:
        await tx.execute(insert(table), missing)


# ---------------------------------------------------------------- agreements


async def add_isa(tx: Tx, isa: Isa) -> None:
    """Lay a version of an agreement. It opens nothing until it is put in force."""
    known = select(tables.isa.c.code).where(tables.isa.c.code == isa.code)
    if await tx.first(known) is None:
        await tx.execute(insert(tables.isa).values(code=isa.code, sort=isa.sort.value))
    # A large agreement takes a while to write down: others are served meanwhile.
    clauses = await asyncio.to_thread(_written, isa.clauses)
    await tx.execute(
        insert(tables.isa_revision).values(
            isa=isa.code,
            number=isa.version,
            title=isa.title,
            starts_on=isa.starts,
            ends_on=isa.ends,
            review_on=isa.review_on,
            starts_at=london_instant(isa.starts),
            ends_at=london_instant(isa.ends),
            clauses=clauses,
            agreed_text=_written_text(isa),
            laid_at=tx.at,
        )
    )


async def add_matrices(tx: Tx, isa: Isa, matrices: Iterable[Matrix]) -> None:
    """Store the compiled matrices of a version, each with the hash of its bytes."""
    for matrix in matrices:
        content = await asyncio.to_thread(matrix.to_bytes)
        await tx.execute(
            insert(tables.isa_matrix).values(
                isa=isa.code,
                number=isa.version,
                revision=matrix.revision,
                content=content,
                content_hash=digest(content),
            )
        )


async def find_laid(tx: Tx, code: str, version: int) -> Laid | None:
    """Return a version of an agreement as it was laid."""
    table = tables.isa_revision
    row = await tx.first(
        select(table, tables.isa.c.sort)
        .join(tables.isa, tables.isa.c.code == table.c.isa)
        .where(table.c.isa == code, table.c.number == version)
    )
    return _laid(row) if row else None


async def get_isa(tx: Tx, code: str, version: int) -> Isa:
    """Return a version of an agreement.

    Raises:
        NotFound: it was never laid.
    """
    laid = await find_laid(tx, code, version)
    if laid is None:
        raise NotFound
    return laid.isa


async def newest_version(tx: Tx, code: str) -> int | None:
    """Return the number of the newest version of an agreement, or None."""
    table = tables.isa_revision
    newest: int | None = await tx.scalar(
        select(func.max(table.c.number)).where(table.c.isa == code)
    )
    return newest


async def list_isas(tx: Tx) -> list[Isa]:
    """Return every agreement between agencies in the version in force at this instant, by code."""
    found = [
        await get_isa(tx, change.isa, change.version) for change in await list_in_force(tx, tx.at)
    ]
    return [isa for isa in found if isa.sort is Sort.ISA]


async def list_matrices(tx: Tx, code: str, version: int) -> list[StoredMatrix]:
    """Return the stored matrices of a version."""
    table = tables.isa_matrix
    rows = await tx.rows(select(table).where(table.c.isa == code, table.c.number == version))
    return [StoredMatrix(row.revision, bytes(row.content), row.content_hash) for row in rows]


# ---------------------------------------------------------------- parties


async def add_party(tx: Tx, code: str, party: Party) -> None:
    """Record where an agency stands with an agreement from an instant on."""
    await tx.execute(
        insert(tables.isa_party).values(
            isa=code,
            agency=party.agency,
            since=party.since,
            state=party.state.value,
            until=party.until,
        )
    )


async def list_parties(tx: Tx, code: str) -> list[Party]:
    """Return every standing of every agency with an agreement, the oldest first."""
    table = tables.isa_party
    rows = await tx.rows(
        select(table).where(table.c.isa == code).order_by(table.c.since, table.c.agency)
    )
    return [
        Party(AgencyCode(row.agency), PartyState(row.state), row.since, row.until) for row in rows
    ]


async def standings(tx: Tx) -> Standings:
    """Return where every agency stands with every agreement, to see whether anything changed."""
    return frozenset(tuple(row) for row in await tx.rows(select(tables.isa_party)))


# ---------------------------------------------------------------- what is in force


async def newest_change(tx: Tx) -> int:
    """Return the number of the newest change of policy, 0 if there is none."""
    return await tx.scalar(select(func.max(tables.policy_revision.c.number))) or 0


async def add_change(
    tx: Tx, isa: Isa, state: IsaState, takes_effect_at: datetime, *, by: MemberId | None
) -> int:
    """Have a version stand in a state from an instant on; return the number of the change."""
    number = await newest_change(tx) + 1
    await tx.execute(
        insert(tables.policy_revision).values(
            number=number,
            isa=isa.code,
            isa_number=isa.version,
            state=state.value,
            takes_effect_at=takes_effect_at,
            changed_at=tx.at,
            changed_by=by,
        )
    )
    return number


async def list_changes(tx: Tx) -> list[Change]:
    """Return every change of policy, in the order in which they take effect."""
    table = tables.policy_revision
    rows = await tx.rows(select(table).order_by(table.c.takes_effect_at, table.c.number))
    return [
        Change(row.number, row.isa, row.isa_number, IsaState(row.state), row.takes_effect_at)
        for row in rows
    ]


async def hold_isa(tx: Tx, code: str) -> None:
    """Keep every other change of an agreement waiting until this one ends."""
    held = select(tables.isa.c.code).where(tables.isa.c.code == code).with_for_update()
    await tx.first_after_waiting(held)


async def list_in_force(tx: Tx, at: datetime) -> list[Change]:
    """Return for every agreement the change that holds at an instant, by code."""
    return in_force_at(await list_changes(tx), at)


def but_for(changes: Sequence[Change], isa: Isa) -> list[Change]:
    """Return the changes without those that put this very version in force."""
    return [one for one in changes if (one.isa, one.version) != (isa.code, isa.version)]


def in_force_at(changes: Sequence[Change], at: datetime) -> list[Change]:
    """Return for every agreement the last of its changes that has taken effect, by code."""
    last = {change.isa: change for change in changes if change.takes_effect_at <= at}
    return [last[code] for code in sorted(last)]


# ---------------------------------------------------------------- to and from rows


def _written(clauses: Sequence[Clause]) -> str:
    plain = json.loads(json.dumps([asdict(clause) for clause in clauses], default=date.isoformat))
    return canonical(plain).decode()


def _written_text(isa: Isa) -> str:
    passages = [[one.heading, one.words] for one in isa.text]
    covers = [[one.category, list(one.purposes)] for one in isa.covers]
    examples: list[Json] = [[*one.recipient, one.may, *_rest(one)] for one in isa.examples]
    told: dict[str, Json] = {"text": passages, "covers": covers, "examples": examples}
    return canonical(told).decode()


def _rest(one: Example) -> tuple[str, ...]:
    return (one.verb, one.category, one.ground, one.source)


def _laid(row: Row[Any]) -> Laid:
    agreed: dict[str, Any] = json.loads(row.agreed_text or "{}")
    isa = Isa(
        code=row.isa,
        version=row.number,
        title=row.title,
        sort=Sort(row.sort),
        starts=row.starts_on,
        ends=row.ends_on,
        review_on=row.review_on,
        clauses=tuple(_clause(raw) for raw in json.loads(row.clauses)),
        text=tuple(Passage(*pair) for pair in agreed.get("text", ())),
        covers=tuple(Covered(code, tuple(of)) for code, of in agreed.get("covers", ())),
        examples=tuple(
            Example(Recipient(role, at), may, *rest)
            for role, at, may, *rest in agreed.get("examples", ())
        ),
    )
    return Laid(isa, row.starts_at, row.ends_at)


def _clause(raw: dict[str, Any]) -> Clause:
    return Clause(**{**raw, "terms": tuple(_term(term) for term in raw["terms"])})


def _term(raw: dict[str, Any]) -> Term:
    return Term(
        sources=_codes(raw["sources"]),
        recipients=tuple(_recipient(*pair) for pair in raw["recipients"]),
        categories=_codes(raw["categories"]),
        purposes=_codes(raw["purposes"]),
        verbs=_codes(raw["verbs"]),
        ground=intern(raw["ground"]),
        cond=intern(raw["cond"]),
        effect=intern(raw["effect"]),
        since=_day(raw["since"]),
        until=_day(raw["until"]),
    )


def _codes(raw: Iterable[str]) -> tuple[str, ...]:
    return _kept_once(tuple(map(intern, raw)))


@lru_cache(maxsize=4_096)
def _kept_once(codes: tuple[str, ...]) -> tuple[str, ...]:
    """Return the codes as they are: the same few stand in every agreement, in memory once."""
    return codes


@lru_cache(maxsize=4_096)
def _recipient(role: str, at: str) -> Recipient:
    return Recipient(intern(role), intern(at))


@lru_cache(maxsize=512)
def _day(written: str) -> date:
    return date.fromisoformat(written)
