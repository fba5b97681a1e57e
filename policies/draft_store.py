"""Every query on drafts of agreements, on who reviewed, signed and approved them.

It decides nothing. Reviews and signatures are only ever added; of approvals the
one that counts is kept, and the log has every one.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Row, delete, func, insert, select, update

from policies import store, tables
from policies.draft import OPEN, Draft, Mark, Signature, Stage
from policies.isa import Isa, Party
from policies.isa_file import IsaFile, read_isa, write_isa
from server.directory.member import Practitioner
from server.kernel.database import Tx
from server.kernel.errors import Conflict
from server.kernel.ids import AgencyCode, MemberId


@dataclass(frozen=True, slots=True)
class Approval:
    """That a version was approved, reaching so far among people, to take effect at an instant."""

    isa: str
    number: int
    how_far: str
    takes_effect_at: datetime


async def add_draft(tx: Tx, file: IsaFile) -> None:
    """Begin a draft."""
    await tx.execute(
        insert(tables.isa_draft).values(
            isa=file.isa.code,
            number=file.isa.version,
            stage=Stage.DRAFT.value,
            content=write_isa(file),
            edition=1,
            begun_at=tx.at,
        )
    )


async def newest_draft_number(tx: Tx, code: str) -> int:
    """Return the number of the newest draft there ever was of an agreement; 0 if none."""
    table = tables.isa_draft
    return await tx.scalar(select(func.max(table.c.number)).where(table.c.isa == code)) or 0


async def find_open(tx: Tx, code: str) -> Draft | None:
    """Return the one draft of an agreement that is neither in force nor dropped."""
    table = tables.isa_draft
    stages = [stage.value for stage in OPEN]
    row = await tx.first(
        select(table)
        .where(table.c.isa == code, table.c.stage.in_(stages))
        .order_by(table.c.number.desc())
    )
    return await _draft(tx, row) if row else None


async def hold_open(tx: Tx, code: str) -> Draft | None:
    """Return the open draft, and keep every other act on it waiting until this one ends."""
    table = tables.isa_draft
    held = select(table.c.number).where(table.c.isa == code).with_for_update()
    await tx.first_after_waiting(held)
    return await find_open(tx, code)


async def list_open(tx: Tx) -> list[Draft]:
    """Return every open draft, by code."""
    table = tables.isa_draft
    stages = [stage.value for stage in OPEN]
    rows = await tx.rows(select(table).where(table.c.stage.in_(stages)).order_by(table.c.isa))
    return [await _draft(tx, row) for row in rows]


async def change_draft(
    tx: Tx, draft: Draft, *, file: IsaFile | None = None, stage: Stage | None = None
) -> None:
    """Store a draft changed, or further on.

    Raises:
        Conflict: somebody else has changed it since it was read.
    """
    table = tables.isa_draft
    changed = await tx.scalar(
        update(table)
        .where(
            table.c.isa == draft.isa.code,
            table.c.number == draft.isa.version,
            table.c.edition == draft.edition,
        )
        .values(
            content=write_isa(file or draft.file),
            stage=(stage or draft.stage).value,
            edition=draft.edition + 1,
        )
        .returning(table.c.edition)
    )
    if changed is None:
        raise Conflict


async def is_approved(tx: Tx, code: str, number: int) -> bool:
    """Return whether there is such a draft, and it was approved."""
    table = tables.isa_draft
    row = await tx.first(select(table.c.stage).where(table.c.isa == code, table.c.number == number))
    return row is not None and row.stage == Stage.APPROVED.value


async def reopen(tx: Tx, code: str, number: int, stage: Stage) -> None:
    """Put an approved draft back to a stage before; its approval no longer counts."""
    table, approval = tables.isa_draft, tables.isa_approval
    await tx.execute(delete(approval).where(approval.c.isa == code, approval.c.number == number))
    await tx.execute(
        update(table)
        .where(table.c.isa == code, table.c.number == number)
        .values(stage=stage.value, edition=table.c.edition + 1)
    )


async def add_author(tx: Tx, isa: Isa, who: Practitioner) -> None:
    """Note who had a hand in a draft, once: she does not approve it."""
    table = tables.isa_author
    known = select(table.c.member).where(
        table.c.isa == isa.code, table.c.number == isa.version, table.c.member == who.id
    )
    if await tx.first(known) is None:
        await tx.execute(
            insert(table).values(isa=isa.code, number=isa.version, member=who.id, agency=who.agency)
        )


async def add_signature(tx: Tx, isa: Isa, signature: Signature) -> None:
    """Record that an organisation has reviewed or signed a version."""
    await tx.execute(
        insert(tables.isa_signature).values(
            isa=isa.code,
            number=isa.version,
            agency=signature.agency,
            kind=signature.mark.value,
            at=signature.at,
            digest=signature.digest,
            member=signature.member,
        )
    )


async def list_signatures(tx: Tx, code: str, number: int) -> tuple[Signature, ...]:
    """Return every review and signature of a version, the oldest first."""
    table = tables.isa_signature
    rows = await tx.rows(
        select(table)
        .where(table.c.isa == code, table.c.number == number)
        .order_by(table.c.at, table.c.agency)
    )
    return tuple(map(_signature, rows))


async def list_every_signature(tx: Tx, code: str) -> tuple[Signature, ...]:
    """Return what organisations did with any version of an agreement, the oldest first."""
    table = tables.isa_signature
    rows = await tx.rows(
        select(table).where(table.c.isa == code).order_by(table.c.at, table.c.agency)
    )
    return tuple(map(_signature, rows))


async def add_approval(
    tx: Tx,
    draft: Draft,
    who: Practitioner,
    *,
    difference: str,
    how_far: str,
    takes_effect_at: datetime,
) -> None:
    """Record who approved a version, over which difference, and when it takes effect.

    `how_far` is how far it was shown to reach among people.
    """
    await tx.execute(
        insert(tables.isa_approval).values(
            isa=draft.isa.code,
            number=draft.isa.version,
            digest=draft.digest,
            difference=difference,
            how_far=how_far,
            member=who.id,
            agency=who.agency,
            at=tx.at,
            takes_effect_at=takes_effect_at,
        )
    )


async def list_waiting(tx: Tx) -> list[Approval]:
    """Return every approval of what has not taken effect yet, by code."""
    table = tables.isa_approval
    rows = await tx.rows(
        select(table).where(table.c.takes_effect_at > tx.at).order_by(table.c.isa, table.c.number)
    )
    return [Approval(row.isa, row.number, row.how_far, row.takes_effect_at) for row in rows]


async def put_party(tx: Tx, code: str, party: Party) -> None:
    """Record where an agency stands from an instant on, in place of what was to begin just then."""
    table = tables.isa_party
    there = (
        table.c.isa == code,
        table.c.agency == party.agency,
        table.c.since == party.since,
    )
    if await tx.first(select(table.c.agency).where(*there)) is None:
        await tx.execute(
            insert(table).values(
                isa=code,
                agency=party.agency,
                since=party.since,
                state=party.state.value,
                until=party.until,
            )
        )
    else:
        await tx.execute(update(table).where(*there).values(state=party.state.value))


async def settle_party(tx: Tx, party: Party, code: str) -> None:
    """Record where an agency stands from an instant on, whatever was to begin later."""
    await put_party(tx, code, party)
    for later in await store.list_parties(tx, code):
        if later.agency == party.agency and later.since > party.since:
            await put_party(tx, code, replace(later, state=party.state))


def _signature(row: Row[Any]) -> Signature:
    return Signature(
        AgencyCode(row.agency), Mark(row.kind), row.digest, MemberId(row.member), row.at
    )


async def _draft(tx: Tx, row: Row[Any]) -> Draft:
    table = tables.isa_author
    authors = await tx.rows(
        select(table)
        .where(table.c.isa == row.isa, table.c.number == row.number)
        .order_by(table.c.member)
    )
    return Draft(
        file=read_isa(row.content),
        stage=Stage(row.stage),
        edition=row.edition,
        authors=tuple((MemberId(one.member), AgencyCode(one.agency)) for one in authors),
        signatures=await list_signatures(tx, row.isa, row.number),
    )
