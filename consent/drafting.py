"""Drafting a sharing agreement: begin it, change it rule by rule, send it to its parties.

It is begun from what is in force, from a file or from a template. A draft opens nothing. What is
sent to the parties stays as it is until it is taken back.

Rule: the log names agreement, version and edition of every change.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta

from consent import gate
from policies import draft_store, store, templates
from policies.act import Act
from policies.catalogue import catalogue
from policies.draft import Draft, Rule, Stage, put_rule, rules_of, take_rule, with_days
from policies.facts import Kind, label_of_house
from policies.isa import Covered, Isa, PartyState, Passage, Sort
from policies.isa_file import BadFile, IsaFile, read_isa, write_isa
from policies.readiness import AtRow, as_wide_as_rules, faults_of_draft
from server.audit import log
from server.audit.entry import Entry
from server.directory import store as directory
from server.directory.agency import Agency
from server.directory.member import Member, Practitioner
from server.kernel.canonical_json import Json
from server.kernel.clock import london_day
from server.kernel.database import Tx, writing
from server.kernel.errors import Conflict, Invalid, NotFound
from server.kernel.ids import AgencyCode

LABEL = label_of_house(Kind.ISA)
RUNS = timedelta(days=365)
"""How long an agreement begun from a template runs, until its days are set."""


@dataclass(frozen=True, slots=True)
class FromForce:
    """Begin from the version in force."""

    code: str


@dataclass(frozen=True, slots=True)
class FromFile:
    """Begin from a file's text."""

    text: str


@dataclass(frozen=True, slots=True)
class FromTemplate:
    """Begin a new agreement of this code from a template."""

    name: str
    code: str
    title: str


Beginning = FromForce | FromFile | FromTemplate


@dataclass(frozen=True, slots=True)
class Text:
    """What of a draft is no rule: title, days, parties and text; None is no day.

    `about` is one line of the list of information, put in the place of what was said of its
    category; without purposes the category is taken off the list.
    """

    title: str
    starts: date | None
    ends: date | None
    review_on: date | None
    parties: tuple[AgencyCode, ...]
    passages: tuple[Passage, ...]
    about: Covered | None = None


@dataclass(frozen=True, slots=True)
class ShownDraft:
    """A draft with what must be put right first, and every organisation there is."""

    draft: Draft
    faults: tuple[AtRow, ...]
    agencies: tuple[Agency, ...]


async def export_isa(who: Member, code: str) -> str:
    """Return the version of an agreement that stands now as one file.

    Raises:
        Refused: `who` is no information governance officer.
        NotFound: there is no such agreement in force.
    """
    async with writing() as tx:
        await gate.require(tx, who, Act.EXPORT_ISA, LABEL)
        return write_isa(await in_force(tx, code))


async def list_drafts(who: Member) -> list[Draft]:
    """Return every draft that is open.

    Raises:
        Refused: `who` has no office that sees drafts.
    """
    async with writing() as tx:
        await gate.require(tx, who, Act.VIEW_DRAFT, LABEL)
        return await draft_store.list_open(tx)


async def prepare_new(who: Member) -> None:
    """Let somebody look at the form for a new draft.

    Raises:
        Refused: `who` is no information governance officer.
    """
    async with writing() as tx:
        await gate.require(tx, who, Act.PREPARE_DRAFT, LABEL)


async def begin_draft(who: Practitioner, beginning: Beginning) -> str:
    """Begin a draft and return the code of its agreement.

    Raises:
        Refused: `who` is no information governance officer.
        Invalid: the file has faults, each told by its line, or names organisations not known here.
        NotFound: there is no such agreement in force, or no such template.
        Conflict: a draft of this agreement is open already.
    """
    async with writing() as tx:
        await gate.require(tx, who, Act.BEGIN_DRAFT, LABEL)
        file = await _begun(tx, beginning)
        code = file.isa.code
        if await draft_store.hold_open(tx, code) is not None:
            raise Conflict
        newest = await store.newest_version(tx, code) or 0
        number = max(newest, await draft_store.newest_draft_number(tx, code)) + 1
        isa = as_wide_as_rules(replace(file.isa, version=number), catalogue())
        await draft_store.add_draft(tx, IsaFile(isa, file.parties))
        await draft_store.add_author(tx, isa, who)
        await log.record(tx, entry_of("isa:draft-noted", isa, who, edition=1))
    return code


async def view_draft(who: Member, code: str) -> ShownDraft:
    """Return the open draft of an agreement with every fault.

    Raises:
        Refused: `who` has no office that sees drafts.
        NotFound: no draft of it is open.
    """
    async with writing() as tx:
        await gate.require(tx, who, Act.VIEW_DRAFT, LABEL)
        return await _shown(tx, code)


async def view_in_force(who: Member, code: str) -> ShownDraft:
    """Return what is in force to somebody who is going to take away from it, or ask others in.

    Raises:
        Refused: `who` is no information governance officer.
        NotFound: there is no such agreement in force.
    """
    async with writing() as tx:
        await gate.require(tx, who, Act.PREPARE_DRAFT, LABEL)
        standing = Draft(await in_force(tx, code), Stage.APPROVED, 0)
        return ShownDraft(standing, (), tuple(await directory.list_agencies(tx)))


async def prepare_change(who: Member, code: str) -> ShownDraft:
    """Return the open draft to somebody who is going to change it.

    Raises:
        Refused: `who` is no information governance officer.
        NotFound: no draft of it is open.
    """
    async with writing() as tx:
        await gate.require(tx, who, Act.PREPARE_DRAFT, LABEL)
        return await _shown(tx, code)


async def put(who: Practitioner, code: str, edition: int, row: int | None, rule: Rule) -> None:
    """Write a rule in the place of that row, or as the last one.

    It holds on the days of the rule it takes the place of, or on those of the agreement.

    Raises:
        Refused: `who` is no information governance officer.
        NotFound: no draft is open, or it has no such row.
        Conflict: it has been changed since, or it is with the parties.
        Invalid: what came out would not be read back as it stands.
    """

    def change(file: IsaFile) -> IsaFile:
        _must_have(file.isa, row)
        return IsaFile(put_rule(file.isa, row, _dated(file.isa, row, rule)), file.parties)

    await change_draft(who, code, edition, change)


async def take_out(who: Practitioner, code: str, edition: int, row: int) -> None:
    """Take the rule of that row out; what it raises is as for `put`."""

    def change(file: IsaFile) -> IsaFile:
        _must_have(file.isa, row)
        return IsaFile(take_rule(file.isa, row), file.parties)

    await change_draft(who, code, edition, change)


async def write_text(who: Practitioner, code: str, edition: int, text: Text) -> None:
    """Write what of a draft is no rule; what it raises is as for `put`."""

    def change(file: IsaFile) -> IsaFile:
        if text.starts is None or text.ends is None or text.review_on is None:
            raise Invalid({"days": "Enter the first day, the end and the review as real dates."})
        isa = with_days(file.isa, text.starts, text.ends, text.review_on)
        isa = replace(isa, title=text.title, text=text.passages)
        if text.about is not None:
            isa = replace(isa, covers=_covering(isa.covers, text.about))
        return IsaFile(isa, text.parties)

    await change_draft(who, code, edition, change)


async def send_for_review(who: Practitioner, code: str, edition: int) -> None:
    """Send a draft to its parties; from now on it stays as it is.

    Raises:
        Refused: `who` is no information governance officer.
        NotFound: no draft is open.
        Conflict: it has been changed since, or was sent already.
        Invalid: it has faults; each is told by a sentence.

    Rule: nobody is asked to sign what could not be put in force.
    """
    async with writing() as tx:
        await gate.require(tx, who, Act.SEND_DRAFT, LABEL)
        draft = await _held(tx, code, edition, Stage.DRAFT)
        faults = await asyncio.to_thread(faults_of_draft, draft.file, catalogue())
        if faults:
            raise Invalid({f"fault_{n}": fault.words for n, fault in enumerate(faults, 1)})
        await draft_store.change_draft(tx, draft, stage=Stage.DPO_REVIEW)
        await draft_store.add_author(tx, draft.isa, who)
        await log.record(tx, entry_of("isa:draft-noted", draft.isa, who, stage="dpo_review"))


async def take_back(who: Practitioner, code: str, edition: int, *, drop: bool) -> None:
    """Take a draft back to change it, or drop it for good.

    What was reviewed or signed stays on record, but counts only for the very text that was read.

    Raises:
        Refused: `who` is no information governance officer.
        NotFound: no draft is open.
        Conflict: it is further on than was seen.
    """
    async with writing() as tx:
        await gate.require(tx, who, Act.TAKE_BACK_DRAFT, LABEL)
        draft = await _held(tx, code, edition, Stage.DRAFT, Stage.DPO_REVIEW, Stage.SIGNING)
        stage = Stage.DROPPED if drop else Stage.DRAFT
        await draft_store.change_draft(tx, draft, stage=stage)
        await draft_store.add_author(tx, draft.isa, who)
        await log.record(tx, entry_of("isa:draft-noted", draft.isa, who, stage=stage.value))


async def change_draft(
    who: Practitioner, code: str, edition: int, change: Callable[[IsaFile], IsaFile]
) -> None:
    """Change a draft by a function of its file; what it raises is as for `put`."""
    async with writing() as tx:
        await gate.require(tx, who, Act.EDIT_DRAFT, LABEL)
        draft = await _held(tx, code, edition, Stage.DRAFT)
        file = _as_stored(change(draft.file))
        known = {one.code for one in await directory.list_agencies(tx)}
        if not set(file.parties) <= known:
            raise Invalid({"parties": "Choose organisations that are known here."})
        await draft_store.change_draft(tx, draft, file=file)
        await draft_store.add_author(tx, draft.isa, who)
        await log.record(tx, entry_of("isa:draft-noted", draft.isa, who, edition=edition + 1))


async def in_force(tx: Tx, code: str) -> IsaFile:
    """Return the version of an agreement that stands now, with every organisation asked to join.

    Raises:
        NotFound: there is no such agreement in force.
    """
    for change in await store.list_in_force(tx, tx.at):
        if change.isa == code:
            isa = await store.get_isa(tx, code, change.version)
            if isa.sort is Sort.ISA:
                return IsaFile(isa, await asked(tx, code))
    raise NotFound


async def asked(tx: Tx, code: str) -> tuple[AgencyCode, ...]:
    """Return every organisation that was asked to join an agreement in force and has not left."""
    last = {party.agency: party.state for party in await store.list_parties(tx, code)}
    return tuple(sorted(one for one, state in last.items() if state is not PartyState.WITHDRAWN))


def entry_of(kind: str, isa: Isa, who: Practitioner | None, **more: Json) -> Entry:
    """Return the entry of something done to a version of an agreement; by the house if by None."""
    return Entry(
        kind=kind,
        outcome="noted",
        who=who.id if who else None,
        agency=who.agency if who else None,
        details={"isa": isa.code, "isa_revision": isa.version, **more},
    )


async def _begun(tx: Tx, beginning: Beginning) -> IsaFile:
    match beginning:
        case FromForce(code):
            return await in_force(tx, code)
        case FromFile(text):
            file = _read(text)
            known = {one.code for one in await directory.list_agencies(tx)}
            unknown = sorted(set(file.parties) - known)
            if unknown:
                raise Invalid({"text": f"Not known here: {', '.join(unknown)}."})
            return file
        case FromTemplate(name, code, title):
            today = london_day(tx.at)
            try:
                file = templates.from_template(name, code, starts=today, ends=today + RUNS)
            except KeyError as none:
                raise NotFound from none
            return _as_stored(IsaFile(replace(file.isa, title=title), ()))


def _read(text: str) -> IsaFile:
    try:
        return read_isa(text)
    except BadFile as bad:
        raise Invalid({f"line_{n}": str(one) for n, one in enumerate(bad.faults, 1)}) from bad


def _as_stored(file: IsaFile) -> IsaFile:
    """Return the same, made sure that it is read back from a store as it stands."""
    try:
        return read_isa(write_isa(file))
    except BadFile as bad:
        # The lines are those of a file that nobody sees here.
        faults = dict.fromkeys(one.words for one in bad.faults)
        raise Invalid({f"fault_{n}": words for n, words in enumerate(faults, 1)}) from bad


async def _shown(tx: Tx, code: str) -> ShownDraft:
    draft = await draft_store.find_open(tx, code)
    if draft is None:
        raise NotFound
    faults = await asyncio.to_thread(faults_of_draft, draft.file, catalogue())
    return ShownDraft(draft, tuple(faults), tuple(await directory.list_agencies(tx)))


async def _held(tx: Tx, code: str, edition: int, *stages: Stage) -> Draft:
    draft = await draft_store.hold_open(tx, code)
    if draft is None:
        raise NotFound
    if draft.edition != edition or draft.stage not in stages:
        raise Conflict
    return draft


def _must_have(isa: Isa, row: int | None) -> None:
    if row is not None and not 0 <= row < len(rules_of(isa)):
        raise NotFound


def _dated(isa: Isa, row: int | None, rule: Rule) -> Rule:
    since, until = isa.starts, isa.ends
    if row is not None:
        was = rules_of(isa)[row].term
        since, until = was.since, was.until
    return replace(rule, term=replace(rule.term, since=since, until=until))


def _covering(covers: tuple[Covered, ...], about: Covered) -> tuple[Covered, ...]:
    lines = {one.category: one for one in covers} | {about.category: about}
    return tuple(one for one in lines.values() if one.purposes)
