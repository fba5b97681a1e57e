"""Reviewing and signing a sharing agreement, each party for itself; suspending and leaving it.

A data protection lead reviews for her organisation, then its signing officer signs. What is kept
is who did it, when, for whom, and the hash of the text and table she had before her. Who joins
later signs for herself and gains nothing before.

Rule: ADR-0013: an organisation opens nothing, and nothing is open to it, before it has signed.
"""

from dataclasses import dataclass
from datetime import datetime

from consent import gate
from consent.drafting import LABEL, asked, entry_of, in_force
from consent.proving import must_be_fresh
from policies import draft_store, store
from policies.act import Act
from policies.draft import OPEN, Draft, Mark, Signature, Stage
from policies.isa import AWAY, Party, PartyState, Sort
from policies.isa_file import IsaFile
from server.audit import log
from server.directory import store as directory
from server.directory.agency import Agency
from server.directory.member import Office, Practitioner
from server.identity.fresh import FreshSignIn
from server.kernel.database import Tx, writing
from server.kernel.errors import Conflict, Invalid, NotFound
from server.kernel.ids import AgencyCode

NOT_HER_OFFICE = "NOT-HER-OFFICE"
NOT_A_PARTY = "NOT-A-PARTY"
MARKS = {Office.DPO_CALDICOTT: Mark.REVIEWED, Office.SIGNING_OFFICER: Mark.SIGNED}


@dataclass(frozen=True, slots=True)
class ToSign:
    """A version that parties review and sign, and how far each has come; asked ones by name.

    `is_draft` is whether it still waits for approval; `mine` is what the reader may do now, if
    she may; `standing` is where her organisation stands with what is in force.
    """

    draft: Draft
    is_draft: bool
    agencies: tuple[Agency, ...]
    mine: Mark | None
    standing: PartyState | None
    may_stand_back: bool


async def prepare_signature(who: Practitioner, code: str) -> ToSign:
    """Return the version that waits for signatures, or else the one in force.

    Raises:
        Refused: `who` has no office that reviews, signs or drafts.
        NotFound: there is no such agreement.
    """
    async with writing() as tx:
        await gate.require(tx, who, Act.PREPARE_SIGNATURE, LABEL)
        draft, is_draft = await _to_sign(tx, code)
        agencies = await directory.list_agencies(tx)
        standing = await standing_of(tx, code, who.agency)
        return ToSign(
            draft=draft,
            is_draft=is_draft,
            agencies=tuple(one for one in agencies if one.code in draft.file.parties),
            mine=_may_do(who, draft, standing, is_draft=is_draft),
            standing=standing,
            may_stand_back=who.office in MARKS,
        )


async def sign(who: Practitioner, code: str, digest: str, *, fresh: FreshSignIn | None) -> Mark:
    """Review, as data protection lead, or sign, as signing officer, for one's own organisation.

    `digest` is the hash of the text and table she has read. A signature on the version in force
    counts from now on; one on a draft once it is approved.

    Raises:
        Refused: she has no such office, or her organisation was not asked.
        NotFresh: she has to sign in again first.
        NotFound: there is no such agreement.
        Conflict: the text is another one by now.
        Invalid: her organisation has not reviewed it yet, or has done so already.
    """
    async with writing() as tx:
        await gate.require(tx, who, Act.SIGN_ISA, LABEL)
        if who.office not in MARKS:
            gate.refuse(tx, who, Act.SIGN_ISA, LABEL, why=NOT_HER_OFFICE)
        draft, is_draft = await _to_sign(tx, code, hold=True)
        if who.agency not in draft.file.parties:
            gate.refuse(tx, who, Act.SIGN_ISA, LABEL, why=NOT_A_PARTY)
        must_be_fresh(tx, who, Act.SIGN_ISA, LABEL, fresh)
        if draft.digest != digest:
            raise Conflict
        standing = await standing_of(tx, code, who.agency)
        mark = _may_do(who, draft, standing, is_draft=is_draft)
        if mark is None:
            raise Invalid({"sign": _why_not(who, draft)})
        signature = Signature(who.agency, mark, digest, who.id, tx.at)
        await draft_store.add_signature(tx, draft.isa, signature)
        if is_draft:
            await draft_store.change_draft(tx, draft, stage=Stage.SIGNING)
        else:
            await _count(tx, draft, who.agency, mark)
        noted = entry_of("isa:party-stands", draft.isa, who, state=mark.value, digest=digest)
        await log.record(tx, noted)
    return mark


async def stand_back(who: Practitioner, code: str, state: PartyState) -> None:
    """Suspend one's own organisation's part in an agreement, or leave it; it counts at once.

    Raises:
        Refused: `who` is neither data protection lead nor signing officer.
        NotFound: there is no such agreement in force.
        Invalid: her organisation is no party to it, or this is no way to stand back.

    Rule: one person may always take access away.
    """
    async with writing() as tx:
        await gate.require(tx, who, Act.STAND_BACK, LABEL)
        file = await in_force(tx, code)
        standing = await standing_of(tx, code, who.agency)
        if state not in AWAY or standing in (None, state, PartyState.WITHDRAWN):
            raise Invalid({"state": "Your organisation does not stand so that it can do this."})
        await draft_store.settle_party(tx, Party(who.agency, state, tx.at), code)
        noted = entry_of("isa:party-stands", file.isa, who, state=state.value)
        await log.record(tx, noted)


async def invite_party(who: Practitioner, code: str, agency: AgencyCode) -> None:
    """Ask another organisation to join an agreement in force; it gains nothing before it signs.

    Raises:
        Refused: `who` is no information governance officer.
        NotFound: there is no such agreement in force.
        Invalid: it is not known here, or was asked already.
    """
    async with writing() as tx:
        await gate.require(tx, who, Act.INVITE_PARTY, LABEL)
        file = await in_force(tx, code)
        if await directory.find_agency(tx, agency) is None or agency in file.parties:
            raise Invalid({"agency": "Choose an organisation that was not asked yet."})
        await draft_store.put_party(tx, code, Party(agency, PartyState.INVITED, tx.at))
        noted = entry_of("isa:party-stands", file.isa, who, state="invited", party=agency)
        await log.record(tx, noted)


async def standing_of(tx: Tx, code: str, agency: AgencyCode) -> PartyState | None:
    """Return where an agency stands now with what is in force; None if it was never asked."""
    found = None
    for party in await store.list_parties(tx, code):
        is_now = party.since <= tx.at and (party.until is None or tx.at < party.until)
        if party.agency == agency and is_now:
            found = party.state
    return found


async def _to_sign(tx: Tx, code: str, *, hold: bool = False) -> tuple[Draft, bool]:
    """Return the draft with the parties, or else the newest version that was put in force."""
    draft = await (draft_store.hold_open if hold else draft_store.find_open)(tx, code)
    if draft is not None and draft.stage in OPEN - {Stage.DRAFT}:
        return draft, True
    changes = [one for one in await store.list_changes(tx) if one.isa == code]
    if not changes:
        raise NotFound
    isa = await store.get_isa(tx, code, changes[-1].version)
    if isa.sort is not Sort.ISA:
        raise NotFound
    file = IsaFile(isa, await asked(tx, code))
    signatures = await draft_store.list_signatures(tx, code, file.isa.version)
    return Draft(file, Stage.APPROVED, 0, signatures=signatures), False


def _may_do(
    who: Practitioner, draft: Draft, standing: PartyState | None, *, is_draft: bool
) -> Mark | None:
    """Return what she may do for her organisation now."""
    mark = MARKS.get(who.office) if who.office else None
    if mark is None or who.agency not in draft.file.parties:
        return None
    reviewed = who.agency in draft.who(Mark.REVIEWED)
    signed = who.agency in draft.who(Mark.SIGNED) if is_draft else standing is PartyState.SIGNED
    if mark is Mark.REVIEWED:
        return None if reviewed or signed else mark
    return mark if reviewed and not signed else None


def _why_not(who: Practitioner, draft: Draft) -> str:
    if who.office is Office.SIGNING_OFFICER and who.agency not in draft.who(Mark.REVIEWED):
        return "Your organisation’s data protection lead has not reviewed it yet."
    return "Your organisation has done this already."


async def _count(tx: Tx, draft: Draft, agency: AgencyCode, mark: Mark) -> None:
    """Have a review or signature of a version in force count, from when that version does."""
    state = PartyState.SIGNED if mark is Mark.SIGNED else PartyState.DPO_REVIEWED
    since = max(tx.at, await _begins(tx, draft))
    await draft_store.put_party(tx, draft.isa.code, Party(agency, state, since))


async def _begins(tx: Tx, draft: Draft) -> datetime:
    code, version = draft.isa.code, draft.isa.version
    first = [
        one.takes_effect_at
        for one in await store.list_changes(tx)
        if (one.isa, one.version) == (code, version)
    ]
    return min(first)
