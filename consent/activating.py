"""Brings sharing agreements and the house's own rules into force, and records that it was done.

An agreement is laid with its parties and dates as they were signed; it takes effect a moment
after the commit, so that every process has it by then.

Rule: ADR-0007; the log names the agreement, its version and who brought it into force.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from policies import packs, revision, store
from policies.catalogue import catalogue
from policies.isa import Isa, Party
from server.audit import log
from server.audit.entry import Entry
from server.directory.member import Practitioner
from server.kernel import database
from server.kernel.errors import Invalid


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
        isa = packs.read_pack(text, starts=starts, ends=ends, review_on=review_on)
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


def _entry(kind: str, isa: Isa, by: Practitioner | None) -> Entry:
    return Entry(
        kind=kind,
        outcome="noted",
        who=by.id if by else None,
        agency=by.agency if by else None,
        details={"isa": isa.code, "isa_revision": isa.version},
    )
