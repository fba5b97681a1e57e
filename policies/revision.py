"""Compiles agreements, puts them in force at an instant, and keeps this process sure of them.

A change takes effect at a recorded instant far enough ahead that every process, looking every
0.4 s, has seen it by then; a process that cannot make sure says no to everything. A stored
matrix is used only if its hash is right, it follows from the clauses beside it, and a sample of
its cells is what Casbin says.

Rule: ADR-0007.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Collection, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from weakref import WeakKeyDictionary

from sqlalchemy.exc import SQLAlchemyError

from policies import lint, store
from policies.book import PolicyBook, closed_book
from policies.catalogue import catalogue
from policies.checking import SAMPLE, Checked, compare, sample
from policies.compiling import class_cells, compile_matrix, revision_of, segments
from policies.enforcer import model_text
from policies.isa import Isa, IsaState, Line, Party, PartyState, Sort
from policies.matrix import InForce, Matrix, digest, read_matrix
from policies.question import Why
from policies.store import Change, Laid, Standings, StoredMatrix
from server.directory import store as directory
from server.kernel import clock, database
from server.kernel.database import Database, Tx
from server.kernel.errors import Invalid, Unavailable
from server.kernel.ids import AgencyCode, MemberId

log = logging.getLogger(__name__)

LOOK_EVERY_S = 0.4
LEASE_S = 0.8
EFFECT_AFTER = timedelta(seconds=2)
"""How far ahead a change takes effect: the lease of 0.8 s, and time for the commit."""

MOST_COMPILED = 100
"""How many matrices of drafts and versions a process keeps, the newest (each 0.5 MB at most)."""

_compiled: dict[str, Matrix] = {}
_proved: dict[tuple[str, str], Matrix | None] = {}


@dataclass(slots=True)
class _Shelf:
    """What this process knows of one database: the book, what it was made of, when it looked."""

    book: PolicyBook | None = None
    made_of: tuple[int, Standings, dict[AgencyCode, str]] = (-1, frozenset(), {})
    looked_at: float = float("-inf")


_shelves: WeakKeyDictionary[Database, _Shelf] = WeakKeyDictionary()


# ---------------------------------------------------------------- compile and put in force


async def compile_isa(isa: Isa) -> list[Matrix]:
    """Lint an agreement and compile it, off the loop; one matrix for each span of its days.

    Raises:
        Invalid: the agreement has faults; each is told by a sentence.
    """
    return await asyncio.to_thread(_compile_all, isa)


def _compile_all(isa: Isa) -> list[Matrix]:
    faults = [*lint.faults_of(isa, catalogue()), *lint.faults_of_model(model_text())]
    if faults:
        raise Invalid({f"fault_{number}": fault for number, fault in enumerate(faults, 1)})
    lines = isa.lines()
    return [_compile(isa.code, lines, span) for span in _spans(isa)]


def _compile(code: str, lines: Sequence[Line], span: tuple[date, date]) -> Matrix:
    words = catalogue()
    revision = revision_of(lines, words, span[0])
    found = _compiled.get(revision)
    if found is None:
        found = _compiled[revision] = compile_matrix(code, lines, span, words)
        for oldest in list(_compiled)[:-MOST_COMPILED]:
            _compiled.pop(oldest, None)
    return found


async def lay(tx: Tx, isa: Isa, matrices: Iterable[Matrix], parties: Iterable[Party] = ()) -> None:
    """Store a new version with its matrices, and where agencies stand with it."""
    await store.add_isa(tx, isa)
    await store.add_matrices(tx, isa, matrices)
    for party in parties:
        await store.add_party(tx, isa.code, party)


async def put_in_force(
    tx: Tx,
    isa: Isa,
    state: IsaState = IsaState.ACTIVE,
    *,
    by: MemberId | None = None,
    at: datetime | None = None,
) -> datetime:
    """Have a laid version stand in this state; return the instant from which it does.

    That is `at`, but never sooner than every process can have seen it.
    """
    soonest = clock.now() + EFFECT_AFTER
    takes_effect_at = soonest if at is None else max(soonest, at)
    await store.add_change(tx, isa, state, takes_effect_at, by=by)
    tx.after_commit(partial(_look_again, database.bound()))
    return takes_effect_at


async def is_up_to_date(tx: Tx, isa: Isa) -> bool:
    """Return whether the newest change of this pack has just these lines, compiled by this code."""
    held = [change for change in await store.list_changes(tx) if change.isa == isa.code]
    if not held:
        return False
    laid = await store.find_laid(tx, isa.code, held[-1].version)
    if laid is None or laid.isa.lines() != isa.lines():
        return False
    wanted = {revision_of(isa.lines(), catalogue(), span[0]) for span in _spans(isa)}
    stored = await store.list_matrices(tx, isa.code, held[-1].version)
    return wanted <= {matrix.revision for matrix in stored}


async def list_stale(tx: Tx) -> list[tuple[Isa, IsaState]]:
    """Return the agreements whose matrices do not follow from this code's words, with states."""
    held = {change.isa: change for change in await store.list_changes(tx)}
    stale = []
    for change in held.values():
        isa = await store.get_isa(tx, change.isa, change.version)
        if isa.sort is Sort.ISA and not await is_up_to_date(tx, isa):
            stale.append((isa, change.state))
    return stale


def _spans(isa: Isa) -> list[tuple[date, date]]:
    return [span for span in segments(isa.lines()) if isa.starts <= span[0] < isa.ends]


# ---------------------------------------------------------------- the book of now


async def book(tx: Tx | None = None, *, naming: Collection[AgencyCode] = ()) -> PolicyBook:
    """Return the policy book of this instant; if it cannot be made sure, one that says no.

    At most every 0.4 s it is asked whether agreements, signatures or agencies changed. `naming`
    lists agencies that a question will name: one not yet known here is looked for at once.
    """
    shelf = _shelves.setdefault(database.bound(), _Shelf())
    if _is_sure(shelf, LOOK_EVERY_S) and shelf.book and shelf.book.knows_agencies(naming):
        return shelf.book
    try:
        if tx is not None:
            return await _look(shelf, tx)
        async with database.reading() as own:
            return await _look(shelf, own)
    except (SQLAlchemyError, Unavailable, OSError):
        log.exception("what is in force could not be read: everything is refused")
        return closed_book(catalogue(), clock.now(), Why.NOT_CONFIRMED)


def current() -> PolicyBook:
    """Return the book this process is sure of, without waiting; one that says no if it is not."""
    shelf = _shelves.get(database.bound())
    if shelf is None or shelf.book is None or not _is_sure(shelf, LEASE_S):
        return closed_book(catalogue(), clock.now(), Why.NOT_CONFIRMED)
    return shelf.book


async def watch(changed: Callable[[PolicyBook], Awaitable[None]]) -> None:
    """Look every 0.4 s, for ever, and tell of every book that differs from the one before."""
    told = ""
    while True:
        found = await book()
        if found.revision != told:
            told = found.revision
            await changed(found)
        await asyncio.sleep(LOOK_EVERY_S)


def _is_sure(shelf: _Shelf, within_s: float) -> bool:
    return (
        shelf.book is not None
        and time.monotonic() - shelf.looked_at < within_s
        and shelf.book.since <= clock.now() < shelf.book.until
    )


def _look_again(of: Database) -> None:
    with suppress(KeyError):
        del _shelves[of]


async def _look(shelf: _Shelf, tx: Tx) -> PolicyBook:
    began = time.monotonic()
    now = clock.now()
    made_of = (await store.newest_change(tx), await store.standings(tx), await _sectors(tx))
    held = shelf.book
    if held is None or made_of != shelf.made_of or not held.since <= now < held.until:
        held = await load(tx, now)
    shelf.book, shelf.made_of, shelf.looked_at = held, made_of, began
    return held


async def _sectors(tx: Tx) -> dict[AgencyCode, str]:
    """Return the one sector of every agency; a code that could be a group's is no agency's."""
    agencies = await directory.list_agencies(tx)
    return {one.code: one.sector for one in agencies if lint.is_agency_code(one.code)}


async def load(tx: Tx, at: datetime, *, but_for: Isa | None = None) -> PolicyBook:
    """Read everything in force at an instant into a book, proving every matrix it uses.

    It is what it would be without the version `but_for`, had that not been put in force.
    """
    every = await store.list_changes(tx)
    changes = every if but_for is None else store.but_for(every, but_for)
    put_off = min((one.takes_effect_at for one in every if one not in changes), default=None)
    bounds = [change.takes_effect_at for change in changes]
    packs = []
    for change in store.in_force_at(changes, at):
        laid = await store.find_laid(tx, change.isa, change.version)
        if laid is None or change.state is IsaState.ENDED:
            continue
        parties = await store.list_parties(tx, change.isa)
        if put_off is not None and but_for is not None and change.isa == but_for.code:
            parties = [one for one in parties if one.since < put_off]
        bounds += [laid.starts_at, laid.ends_at, *_bounds_of(parties), *_days_of(laid.isa)]
        if laid.starts_at <= at < laid.ends_at:
            stored = await store.list_matrices(tx, change.isa, change.version)
            packs.append(await _in_force(change, laid, stored, parties, at))
    return PolicyBook(
        packs,
        await _sectors(tx),
        catalogue(),
        since=max((bound for bound in bounds if bound <= at), default=at),
        until=min((bound for bound in bounds if bound > at), default=_midnight_after(at)),
    )


def _bounds_of(parties: Iterable[Party]) -> list[datetime]:
    return [
        instant
        for party in parties
        for instant in (party.since, party.until)
        if instant is not None
    ]


def _days_of(isa: Isa) -> list[datetime]:
    return [clock.london_instant(day) for span in _spans(isa) for day in span if day.year < 9999]  # noqa: PLR2004  the last day there is has no midnight in UTC


def _midnight_after(at: datetime) -> datetime:
    return clock.london_instant(clock.london_day(at) + timedelta(days=1))


async def _in_force(
    change: Change,
    laid: Laid,
    stored: Sequence[StoredMatrix],
    parties: Sequence[Party],
    at: datetime,
) -> InForce:
    isa = laid.isa
    matrix = await _prove(isa, stored, clock.london_day(at))
    return InForce(
        code=isa.code,
        version=isa.version,
        sort=isa.sort,
        state=change.state,
        matrix=matrix,
        clauses={clause.ref: clause for clause in isa.clauses},
        signed=_signed(parties, at),
    )


def _signed(parties: Iterable[Party], at: datetime) -> frozenset[AgencyCode]:
    """Return who has signed and stands by it: of the standings of now the one begun last counts.

    An agency that was suspended, or left, is no party while that lasts, though the row of its
    signature was left open.
    """
    newest = {  # they come oldest first
        party.agency: party.state
        for party in parties
        if party.since <= at and (party.until is None or at < party.until)
    }
    return frozenset(agency for agency, state in newest.items() if state is PartyState.SIGNED)


# ---------------------------------------------------------------- proof


async def _prove(isa: Isa, stored: Sequence[StoredMatrix], day: date) -> Matrix | None:
    """Return the matrix of a day if it can be trusted; else None, and the log says why."""
    lines, wanted = await asyncio.to_thread(_wanted_on, isa, day)
    for candidate in stored:
        if candidate.revision in wanted:
            return await _proved_once(isa.code, lines, candidate)
    log.error("agreement %s version %s has no matrix for this day", isa.code, isa.version)
    return None


def _wanted_on(isa: Isa, day: date) -> tuple[Sequence[Line], set[str]]:
    """Return the lines of an agreement, and the revisions that a matrix of this day may have."""
    lines = isa.lines()
    of_day = [since for since, until in _spans(isa) if since <= day < until]
    return lines, {revision_of(lines, catalogue(), since) for since in of_day}


async def _proved_once(code: str, lines: Sequence[Line], stored: StoredMatrix) -> Matrix | None:
    # The bytes themselves are the key: what was proved once are these bytes for these lines.
    key = (stored.revision, digest(stored.content))
    if key[1] != stored.content_hash:
        log.error("a matrix of agreement %s does not have its hash", code)
        return None
    if key not in _proved:
        _proved[key] = await asyncio.to_thread(_prove_by_sample, code, lines, stored)
    return _proved[key]


def _prove_by_sample(code: str, lines: Sequence[Line], stored: StoredMatrix) -> Matrix | None:
    try:
        matrix = read_matrix(stored.content)
        differences = sample(matrix, lines, catalogue(), count=SAMPLE, seed=time.time_ns())
    except (ValueError, LookupError, TypeError):
        log.exception("a matrix of agreement %s cannot be read", code)
        return None
    if matrix.revision != stored.revision or differences:
        log.error("a matrix of agreement %s differs from Casbin: %s", code, differences[:3])
        return None
    return matrix


async def check_all(tx: Tx) -> list[Checked]:
    """Put every class of every matrix in force to Casbin with all lines; report differences."""
    checked = []
    for change in await store.list_in_force(tx, clock.now()):
        isa = await store.get_isa(tx, change.isa, change.version)
        for stored in await store.list_matrices(tx, change.isa, change.version):
            checked.append(await asyncio.to_thread(_check, isa, stored))
    return checked


def _check(isa: Isa, stored: StoredMatrix) -> Checked:
    matrix, words = read_matrix(stored.content), catalogue()
    anew = compile_matrix(isa.code, isa.lines(), (matrix.since, matrix.until), words)
    pack, cells, classes = class_cells(isa.lines(), matrix.since, words)
    found = list(compare(matrix, pack, cells, classes))
    differences = tuple(difference for difference in found if difference is not None)
    return Checked(isa.code, isa.version, len(found), anew == matrix, differences)
