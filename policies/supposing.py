"""What the policies would be: a draft in the place of the version in force, or a day to come.

Nothing here changes what is in force, and no gate asks a book that was only supposed.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime

from policies import revision, store
from policies.book import PolicyBook
from policies.catalogue import catalogue
from policies.isa import Isa, IsaState, Sort
from policies.matrix import InForce, Matrix, agency_class, sector_groups
from server.directory import store as directory
from server.kernel.clock import london_day, london_instant
from server.kernel.database import Tx
from server.kernel.errors import NotFound
from server.kernel.ids import AgencyCode


async def suppose(
    tx: Tx,
    draft: Isa,
    matrices: Sequence[Matrix],
    at: datetime,
    *,
    signed: Iterable[AgencyCode] | None = None,
) -> tuple[PolicyBook, PolicyBook]:
    """Return the book of an instant, and the same with a draft in the place of its agreement.

    `signed` are who would be party to the draft; else those who are to the version in force. A
    draft that is to take effect later does not count as what is.
    """
    was = await revision.load(tx, at, but_for=draft)
    held = next((pack for pack in was.packs if pack.code == draft.code), None)
    packs = [pack for pack in was.packs if pack.code != draft.code]
    if london_instant(draft.starts) <= at < london_instant(draft.ends):
        day = london_day(at)
        parties = frozenset(signed) if signed is not None else None
        packs.append(
            InForce(
                code=draft.code,
                version=draft.version,
                sort=draft.sort,
                state=IsaState.ACTIVE,
                matrix=next((one for one in matrices if one.since <= day < one.until), None),
                clauses={clause.ref: clause for clause in draft.clauses},
                signed=parties if parties is not None else held.signed if held else frozenset(),
            )
        )
    sectors = {one.code: one.sector for one in await directory.list_agencies(tx)}
    supposed = PolicyBook(packs, sectors, catalogue(), since=was.since, until=was.until)
    return was, supposed


async def matrices_in_force(tx: Tx, draft: Isa, at: datetime) -> list[Matrix]:
    """Return the matrices of the version that a draft would take the place of at an instant.

    They are compiled by this code's words. None if there is no such version: then all that the
    draft says is new.
    """
    changes = store.but_for(await store.list_changes(tx), draft)
    for change in store.in_force_at(changes, at):
        if change.isa == draft.code and change.state is not IsaState.ENDED:
            try:
                held = await store.get_isa(tx, change.isa, change.version)
                return await revision.compile_isa(held)
            except NotFound:
                return []
    return []


def classes_of_agencies(
    codes: frozenset[str], sectors: Mapping[AgencyCode, str]
) -> dict[AgencyCode, str]:
    """Return the class of every agency by these codes; one of an unknown sector has none."""
    groups = sector_groups(catalogue())
    return {
        agency: agency_class(codes, agency, groups[sector])
        for agency, sector in sectors.items()
        if sector in groups
    }


def forbids_less(was: PolicyBook, coming: PolicyBook) -> bool:
    """Say whether an agreement that forbids something ends, and another of its parties goes on.

    What the first forbade the other may open from that day: trap 9 of the model.
    """
    return _frees(was, {pack.code for pack in coming.packs}, coming.packs)


def forbids_less_without(was: PolicyBook, code: str) -> bool:
    """Say whether the end of one agreement might have another open what the first forbids."""
    left = [pack for pack in was.packs if pack.code != code]
    return _frees(was, {pack.code for pack in left}, left)


def _frees(was: PolicyBook, codes: Collection[str], left: Iterable[InForce]) -> bool:
    others = [pack for pack in left if pack.sort is Sort.ISA]
    return any(
        pack.signed & other.signed
        for pack in was.packs
        if pack.sort is Sort.ISA
        and pack.code not in codes
        and any(clause.denies for clause in pack.clauses.values())
        for other in others
    )
