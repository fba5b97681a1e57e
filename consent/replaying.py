"""Decides what the log tells of once more: by the agreements of then, or by a draft of now.

By those of then every answer must be the same, clause and reason too: that shows that the log
tells the truth of what was asked, and that nothing decides but what it names. By a draft it shows
which decisions of the last weeks would be others.

Rule: ADR-0008.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from consent import asked, gate
from consent.grounds import NO_ROLE
from consent.judging import CHILDS_OWN_WORDS, WRONG_KIND, Book
from policies import draft_store, revision, supposing
from policies.act import Act
from policies.facts import Kind, label_of_house
from policies.isa import Isa
from policies.question import Answer, Question
from server.audit import search
from server.audit.search import Filter, SeenEntry
from server.directory import store as directory
from server.directory.member import Member
from server.kernel import clock
from server.kernel.clock import london_day
from server.kernel.database import Tx, reading, writing
from server.kernel.errors import NotFound
from server.kernel.ids import AgencyCode, EntryId

LAST_DAYS = timedelta(days=30)
READ_AT_MOST = 10_000
"""How many entries of the log a page reads, the newest first: about three seconds' work."""
TOLD_AT_MOST = 1_000
"""How many of those that differ are told one by one; all are counted."""
_LABEL = label_of_house(Kind.AUDIT)
_ALLOWED = {act.past: act for act in Act}
_REFUSED = {act.refused: act for act in Act}
_OWN_RULES = frozenset({CHILDS_OWN_WORDS, WRONG_KIND})


class Differs(NamedTuple):
    """A decision of the log that would be another; of whom, by her name and organisation."""

    entry: EntryId
    at: datetime
    kind: str
    name: str
    agency: str
    was: str
    becomes: str


@dataclass
class Replayed:
    """How many decisions were decided once more, and which were others.

    `others` counts those; the newest of them stand in `differ`. `reached` is the instant back to
    which all was looked at, where the log goes on beyond it. `rules` counts refusals by the
    product's own rules, which no agreement can change; `untold`, by their reason, those of which
    the log tells too little on purpose: who has no place in a room leaves nothing about it.
    """

    decisions: int = 0
    same: int = 0
    others: int = 0
    rules: int = 0
    differ: list[Differs] = field(default_factory=list)
    reached: datetime | None = None
    untold: Counter[str] = field(default_factory=Counter)


async def replay_draft(
    who: Member,
    draft: Isa,
    *,
    last: timedelta = LAST_DAYS,
    signed: Iterable[AgencyCode] | None = None,
    at_most: int = READ_AT_MOST,
) -> Replayed:
    """Return which decisions of the last days would be others under a draft; the look is recorded.

    `at_most` is how many entries of the log are read, the newest first.

    Raises:
        Refused: `who` is no information governance officer.
        Invalid: the draft has faults.
    """
    async with writing() as tx:
        await gate.require(tx, who, Act.REPLAY_POLICY, _LABEL)
    return await _replay_draft(draft, last, signed, at_most)


async def _replay_draft(
    draft: Isa, last: timedelta, signed: Iterable[AgencyCode] | None, at_most: int
) -> Replayed:
    matrices = await revision.compile_isa(draft)
    at = max(clock.now(), clock.london_instant(draft.starts))
    async with reading() as tx:
        _, supposed = await supposing.suppose(tx, draft, matrices, at, signed=signed)
        books = _Supposed(supposed, at)
        return await _replay(tx, Filter(since=clock.now() - last), books, at_most)


async def replay_log(tx: Tx, sought: Filter) -> Replayed:
    """Decide once more by what was in force at the time, for those who keep the service running.

    No name is in what comes back but in what differs, and nothing may differ.
    """
    return await _replay(tx, sought, _OfThen())


async def replay_open(who: Member, code: str) -> Replayed:
    """Return which decisions of the last 30 days would be others under the open draft.

    It is looked at as if every organisation that is asked had signed; the look is recorded.

    Raises:
        Refused: `who` is no information governance officer.
        NotFound: no draft is open.
        Invalid: it has faults.
    """
    async with writing() as tx:
        await gate.require(tx, who, Act.REPLAY_POLICY, _LABEL)
        draft = await draft_store.find_open(tx, code)
        if draft is None:
            raise NotFound
    return await _replay_draft(draft.isa, LAST_DAYS, frozenset(draft.file.parties), READ_AT_MOST)


class _Other(NamedTuple):
    """A decision of the log of which the answer is another, before it is known who asked."""

    entry: SeenEntry
    was: str
    becomes: str


class _Supposed:
    """One book for every decision, on one day."""

    def __init__(self, book: Book, at: datetime) -> None:
        self._book = book
        self._at = at

    async def at(self, tx: Tx, instant: datetime) -> tuple[Book, datetime]:
        del tx, instant
        return self._book, self._at


class _OfThen:
    """The book that was in force at each instant; entries come newest first, so few are read."""

    def __init__(self) -> None:
        self._books: list[Any] = []

    async def at(self, tx: Tx, instant: datetime) -> tuple[Book, datetime]:
        for book in self._books:
            if book.since <= instant < book.until:
                return book, instant
        book = await revision.load(tx, instant)
        self._books.insert(0, book)
        return book, instant


async def _replay(
    tx: Tx, sought: Filter, books: _Supposed | _OfThen, at_most: int | None = None
) -> Replayed:
    done = Replayed()
    found: list[_Other] = []
    read, last = 0, clock.now()
    async for entry in search.all_entries(tx, sought):
        if read == at_most:
            done.reached = last
            break
        read, last = read + 1, entry.at
        act = _ALLOWED.get(entry.kind) or _REFUSED.get(entry.kind)
        if act is None or entry.outcome == "noted":
            continue
        other = await _decide_again(tx, entry, act, books, done)
        if other is not None and len(found) < TOLD_AT_MOST:
            found.append(other)
    done.differ = await _named(tx, found)
    return done


async def _decide_again(
    tx: Tx, entry: SeenEntry, act: Act, books: _Supposed | _OfThen, done: Replayed
) -> _Other | None:
    """Put one decision once more and count it; return it if the answer is another."""
    details: Mapping[str, Any] = entry.details or {}
    why = str(details.get("why", ""))
    if why in _OWN_RULES:
        done.rules += 1
        return None
    book, at = await books.at(tx, entry.at)
    questions = _questions(entry, act, details, at)
    if questions is None:
        done.untold[why or "erased"] += 1
        return None
    done.decisions += 1
    was, becomes = _told(entry, details), _answered(book, questions, details)
    if isinstance(books, _Supposed):
        was, becomes = _without_version(was), _without_version(becomes)
    if was == becomes:
        done.same += 1
        return None
    done.others += 1
    return _Other(entry, was, becomes)


def _questions(
    entry: SeenEntry, act: Act, details: Mapping[str, Any], at: datetime
) -> list[Question] | None:
    """Return what was asked, None where the entry does not tell."""
    role, said = details.get("role"), details.get("asked")
    if entry.agency is None or role is None:
        return [] if said is not None else None  # a list on which nothing was shown
    if said is None:
        # Whoever has no role is refused before anything of the thing is looked at.
        said = {"purposes": [], "each": [[]]} if role == NO_ROLE else None
    if said is None:
        return None
    return asked.read(said, role=role, dst=entry.agency, act=act, day=london_day(at))


def _told(entry: SeenEntry, details: Mapping[str, Any]) -> str:
    if "things" in details:
        return "allowed"
    parts = ("why", "isa", "isa_revision", "ground", "lawful_basis")
    return " ".join(
        [entry.outcome, *(str(details.get(part)) for part in parts), str(entry.purpose)]
    )


def _answered(book: Book, questions: Iterable[Question], details: Mapping[str, Any]) -> str:
    answers = [book.answer(question) for question in questions]
    if "things" in details:
        return "allowed" if all(answer.allowed for answer in answers) else "refused"
    (answer,) = answers
    return _words_of(answer)


def _words_of(answer: Answer) -> str:
    return " ".join(
        str(part)
        for part in (
            "allowed" if answer.allowed else "refused",
            answer.why,
            answer.isa,
            answer.isa_revision,
            answer.ground.value,
            answer.lawful_basis,
            answer.purpose,
        )
    )


def _without_version(told: str) -> str:
    """Return the same without the number of the version, in which every draft is another."""
    return " ".join(word for word in told.split(" ") if not word.isdecimal())


async def _named(tx: Tx, found: Sequence[_Other]) -> list[Differs]:
    members = await directory.find_members(tx, {one.entry.who for one in found if one.entry.who})
    agencies = {one.code: one.name for one in await directory.list_agencies(tx)}
    return [
        Differs(
            entry=entry.id,
            at=entry.at,
            kind=entry.kind,
            # Somebody of a family is not named: an officer need not know whose decision it was.
            name=members[entry.who].name
            if entry.agency in agencies and entry.who in members
            else "",
            agency=agencies.get(entry.agency, "Family") if entry.agency else "",
            was=was,
            becomes=becomes,
        )
        for entry, was, becomes in found
    ]
