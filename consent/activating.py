"""Brings sharing agreements and the house's own rules into force, and records that it was done.

An agreement is laid with its parties and dates as they were signed; it takes effect a moment
after the commit, so that every process has it by then.

Rule: ADR-0007; the log names the agreement, its version and who brought it into force.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from consent import gate
from consent.calling_off import call_off_later
from consent.drafting import LABEL, asked, in_force
from consent.effect import Compiled, Effect, compile_open, effect_of, is_still, last_change
from consent.foreseeing_policy import people_of
from consent.how_far import HowFar
from consent.keeper import Keepers
from consent.proving import must_be_fresh
from policies import draft_store, packs, revision, store
from policies.act import Act
from policies.catalogue import catalogue
from policies.difference import Difference, between
from policies.draft import OPEN, Stage, rules_of, take_rule
from policies.isa import Isa, IsaState, Party, PartyState
from policies.isa_file import digest_of
from policies.reach import opens_more_to
from policies.readiness import PARTIES_AT_LEAST
from server.audit import log
from server.audit.entry import Entry
from server.directory import store as directory
from server.directory.member import Practitioner
from server.identity.fresh import FreshSignIn
from server.kernel import database
from server.kernel.canonical_json import Json
from server.kernel.clock import london_day
from server.kernel.database import Tx
from server.kernel.errors import Conflict, Invalid, NotFound

WROTE_IT_HERSELF = "WROTE-IT-HERSELF"
SAME_ORGANISATION = "SAME-ORGANISATION"
OPENS_TO_HERSELF = "OPENS-TO-HERSELF"


class PeopleMoved(Conflict):
    """People's places have changed so much that a change of an agreement reaches other people."""


async def lay_house_rules() -> None:
    """Put the words, the house's rules and the family's page in force, if they are not already.

    Called whenever the server starts: a release may bring rules of its own. Agreements in force
    are compiled anew where the release changed what they follow from; not a clause changes.
    """
    async with database.reading() as tx:
        stale = [
            isa
            for isa in (packs.house(), packs.family())
            if not await revision.is_up_to_date(tx, isa)
        ]
        again = await revision.list_stale(tx)
    compiled = [(isa, await revision.compile_isa(isa)) for isa in stale]
    recompiled = [(isa, state, await revision.compile_isa(isa)) for isa, state in again]
    async with database.writing() as tx:
        await store.seed_catalogue(tx, catalogue())
        for isa, matrices in compiled:
            newest = await store.newest_version(tx, isa.code)
            laid = replace(isa, version=(newest or 0) + 1)
            await revision.lay(tx, laid, matrices)
            await revision.put_in_force(tx, laid)
            await log.record(tx, _entry("isa:activated", laid, None))
        for isa, state, matrices in recompiled:
            await store.add_matrices(tx, isa, matrices)
            await revision.put_in_force(tx, isa, state)
            await log.record(tx, _entry("isa:recompiled", isa, None))


async def activate_isa(
    text: str,
    *,
    starts: date,
    ends: date,
    review_on: date,
    parties: Sequence[Party],
    by: Practitioner | None = None,
) -> Isa:
    """Bring an agreement into force, from its text, dates and parties as they were signed.

    Days are London days. Laying the same text again raises, as a version is never edited.

    Raises:
        Invalid: the text cannot be read, has faults, or is a version that was laid before.
    """
    try:
        isa = await asyncio.to_thread(
            packs.read_pack, text, starts=starts, ends=ends, review_on=review_on
        )
    except packs.BadPack as fault:
        raise Invalid({"text": str(fault)}) from fault
    matrices = await revision.compile_isa(isa)
    async with database.writing() as tx:
        if await store.find_laid(tx, isa.code, isa.version) is not None:
            raise Invalid({"version": f"Version {isa.version} of {isa.code} was laid before."})
        await revision.lay(tx, isa, matrices, parties)
        await revision.put_in_force(tx, isa, by=by.id if by else None)
        await log.record(tx, _entry("isa:activated", isa, by))
    return isa


async def approve_isa(
    who: Practitioner,
    code: str,
    *,
    effect: str,
    how_far: str,
    keepers: Keepers,
    fresh: FreshSignIn | None,
    at: datetime | None = None,
) -> datetime:
    """Approve a signed draft over the very difference that was shown; return when it takes effect.

    `effect` is the hash of that difference, `how_far` how far it was shown to reach among people,
    as `HowFar` writes it. It takes effect at `at`, but not before its first day nor before every
    process has it. Organisations that have not signed it are no party from then.

    Raises:
        Refused: `who` may not approve it: no such office, she or her organisation wrote it, or it
            opens more to her own account.
        NotFresh: she has to sign in again first.
        NotFound: no draft is open.
        Conflict: the difference is another one by now, or the draft is not with the parties.
        PeopleMoved: it reaches other people by now, as places in rooms have changed.
        Invalid: fewer than two parties have signed, or its days are over.

    Rule: ADR-0013: policy changes are acts of two people of two organisations.
    """
    ahead = await _compile_ahead(who, code)
    reaches = await _reach_ahead(ahead, keepers)
    async with database.writing() as tx:
        await gate.require(tx, who, Act.APPROVE_ISA, LABEL)
        found = await _hold_draft(tx, code, ahead)
        draft = found.draft
        await _must_be_another(tx, who, found)
        must_be_fresh(tx, who, Act.APPROVE_ISA, LABEL, fresh)
        if found.digest != effect or draft.stage not in OPEN - {Stage.DRAFT}:
            raise Conflict
        _must_not_have_moved(how_far, reaches)
        _must_be_ready(found, london_day(tx.at))
        takes_effect_at = await _put_in_force(tx, who, found, at)
        await draft_store.change_draft(tx, draft, stage=Stage.APPROVED)
        shown = {"difference": effect, "how_far": how_far}
        await draft_store.add_approval(tx, draft, who, takes_effect_at=takes_effect_at, **shown)
        more = {"digest": draft.digest, "difference": effect}
        await log.record(tx, _entry("isa:activated", draft.isa, who, **more))
    return takes_effect_at


async def _compile_ahead(who: Practitioner, code: str) -> Compiled | Invalid | None:
    """Compile the open draft before anything is held; nothing for somebody without an office."""
    try:
        return await compile_open(code) if who.office else None
    except Invalid as wrong:
        return wrong


async def _hold_draft(tx: Tx, code: str, ahead: Compiled | Invalid | None) -> Effect:
    """Keep every other change waiting, and return what the draft that was compiled would do."""
    await store.hold_isa(tx, code)
    draft = await draft_store.hold_open(tx, code)
    if draft is None:
        raise NotFound
    if isinstance(ahead, Invalid):
        raise ahead
    if ahead is None or not await is_still(tx, ahead, draft):
        raise Conflict
    return await effect_of(tx, replace(ahead, draft=draft))


async def _reach_ahead(ahead: Compiled | Invalid | None, keepers: Keepers) -> HowFar | None:
    """Return how far the open draft reaches now, told before anything is held."""
    if not isinstance(ahead, Compiled):
        return None
    async with database.reading() as tx:
        found = await effect_of(tx, ahead)
    return (await people_of(found.draft.isa, found.signed, keepers=keepers)).how_far


def _must_not_have_moved(shown: str, reaches: HowFar | None) -> None:
    # What was shown comes back with the form: who changed it would only approve what she did not
    # look at, which she can as well by not looking.
    try:
        moved = reaches is None or HowFar.read(shown).has_moved_to(reaches)
    except ValueError as wrong:
        raise Conflict from wrong
    if moved:
        raise PeopleMoved


async def narrow_isa(who: Practitioner, code: str, *, version: int, row: int) -> datetime:
    """Take one rule out of the agreement in force, alone; return when that takes effect.

    Raises:
        Refused: `who` is no information governance officer.
        NotFound: there is no such agreement in force.
        Conflict: another version is in force by now, or one will be already.
        Invalid: there is no such rule, without it something would be open that is not, or the
            rest makes no sense.

    Rule: one person may always take access away; only what takes away passes here.
    """
    ahead = await _compile_less(code, version, row) if who.office else None
    async with database.writing() as tx:
        await gate.require(tx, who, Act.NARROW_ISA, LABEL)
        await store.hold_isa(tx, code)
        isa = (await in_force(tx, code)).isa
        [stands] = [one for one in await store.list_in_force(tx, tx.at) if one.isa == code]
        if isa.version != version or stands.state is not IsaState.ACTIVE:
            raise Conflict
        if isinstance(ahead, Invalid):
            raise ahead
        if ahead is None or not ahead.difference.is_narrowing:
            raise Invalid({"row": "Without this rule something would open. Draft a new version."})
        newest = await store.newest_version(tx, code) or 0
        number = max(newest, await draft_store.newest_draft_number(tx, code)) + 1
        less = replace(ahead.less, version=number)
        await revision.lay(tx, less, await revision.compile_isa(less))
        await call_off_later(tx, who, less, IsaState.ACTIVE)
        takes_effect_at = await revision.put_in_force(tx, less, by=who.id)
        more = {"difference": ahead.difference.digest}
        await log.record(tx, _entry("isa:activated", less, who, **more))
    return takes_effect_at


@dataclass(frozen=True, slots=True)
class _Less:
    """An agreement without one of its rules, compiled, and what that takes away."""

    less: Isa
    difference: Difference


async def _compile_less(code: str, version: int, row: int) -> _Less | Invalid | None:
    async with database.reading() as tx:
        try:
            isa = (await in_force(tx, code)).isa
        except NotFound:
            return None
    if isa.version != version:
        return None
    if not 0 <= row < len(rules_of(isa)):
        return Invalid({"row": "Choose which rule is to go."})
    less = take_rule(isa, row)
    try:
        matrices = await revision.compile_isa(less)
    except Invalid as wrong:
        return wrong
    difference = await asyncio.to_thread(between, await revision.compile_isa(isa), matrices)
    return _Less(less, difference)


async def _must_be_another(tx: Tx, who: Practitioner, effect: Effect) -> None:
    authors = effect.draft.authors
    if who.id in {member for member, _ in authors}:
        gate.refuse(tx, who, Act.APPROVE_ISA, LABEL, why=WROTE_IT_HERSELF)
    if who.agency in {agency for _, agency in authors}:
        gate.refuse(tx, who, Act.APPROVE_ISA, LABEL, why=SAME_ORGANISATION)
    places = {seat.role.value for seat in await directory.seats_of(tx, who.id)}
    roles = places | ({who.office.value} if who.office else set())
    agency = await directory.get_agency(tx, who.agency)
    joins_with_a_place = who.agency in effect.joins and bool(places)
    if joins_with_a_place or opens_more_to(effect.difference, roles, agency):
        gate.refuse(tx, who, Act.APPROVE_ISA, LABEL, why=OPENS_TO_HERSELF)


def _must_be_ready(effect: Effect, today: date) -> None:
    if len(effect.signed) < PARTIES_AT_LEAST:
        raise Invalid({"approve": "At least two organisations have to sign it first."})
    if not all(one.holds for one in effect.tried):
        raise Invalid({"approve": "One of the sentences kept with it does not hold."})
    if effect.draft.isa.ends <= today:
        raise Invalid({"approve": "Its last day is over."})


async def _put_in_force(tx: Tx, who: Practitioner, effect: Effect, at: datetime | None) -> datetime:
    isa = effect.draft.isa
    laid = await store.find_laid(tx, isa.code, isa.version)
    if laid is None:
        await revision.lay(tx, isa, await revision.compile_isa(isa))
        laid = await store.find_laid(tx, isa.code, isa.version)
    elif digest_of(laid.isa) != effect.draft.digest:
        raise Conflict
    last = await last_change(tx, isa.code)
    instants = [at, laid.starts_at if laid else None, last.takes_effect_at if last else None]
    not_before = max((one for one in instants if one is not None), default=None)
    takes_effect_at = await revision.put_in_force(tx, isa, by=who.id, at=not_before)
    stands = dict.fromkeys(effect.joins, PartyState.SIGNED)
    parties = set(effect.draft.file.parties)
    for agency in effect.leaves:
        stands[agency] = PartyState.INVITED if agency in parties else PartyState.WITHDRAWN
    others = parties - set(await asked(tx, isa.code)) - set(stands)
    stands |= dict.fromkeys(sorted(others), PartyState.INVITED)
    # Who signed it stays, though she was to drop out of the version before on some later day.
    stands |= dict.fromkeys(sorted(effect.signed), PartyState.SIGNED)
    for agency, state in stands.items():
        await draft_store.settle_party(tx, Party(agency, state, takes_effect_at), isa.code)
    return takes_effect_at


def _entry(kind: str, isa: Isa, by: Practitioner | None, **more: Json) -> Entry:
    return Entry(
        kind=kind,
        outcome="noted",
        who=by.id if by else None,
        agency=by.agency if by else None,
        details={"isa": isa.code, "isa_revision": isa.version, **more},
    )
