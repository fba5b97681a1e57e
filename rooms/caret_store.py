"""Every query on carets that one process passes to the others, for some seconds each."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import delete, insert, select, tuple_

from rooms.tables import live_hub, passed_caret
from server.kernel.database import Tx
from server.kernel.ids import MemberId, SectionId

KEPT = timedelta(seconds=40)
"""How long a caret stands that nobody renews; a page renews its own every 15 s."""


@dataclass(frozen=True, slots=True)
class PassedCaret:
    """Where a member's caret is in a section, as her page says it to another process."""

    section: SectionId
    client: int
    member: MemberId
    clock: int
    state: str


async def is_anybody_else(tx: Tx, hub: UUID) -> bool:
    """Say whether another process serves this store; SQLite has one alone."""
    if tx.dialect == "sqlite":
        return False
    return await tx.first(select(live_hub.c.id).where(live_hub.c.id != hub).limit(1)) is not None


async def put(
    tx: Tx, hub: UUID, carets: Iterable[PassedCaret], gone: Iterable[tuple[SectionId, int]]
) -> None:
    """Leave these carets of one process for the others, and take off those that are gone."""
    put_down = list(carets)
    keys = [*gone, *((one.section, one.client) for one in put_down)]
    place = tuple_(passed_caret.c.section, passed_caret.c.client)
    await tx.execute(delete(passed_caret).where(passed_caret.c.hub == hub, place.in_(keys)))
    if put_down:
        await tx.execute(
            insert(passed_caret),
            [
                {
                    "hub": hub,
                    "section": one.section,
                    "client": one.client,
                    "member": one.member,
                    "clock": one.clock,
                    "state": one.state,
                    "passed_at": tx.at,
                }
                for one in put_down
            ],
        )


async def list_others(tx: Tx, hub: UUID, sections: Collection[SectionId]) -> list[PassedCaret]:
    """Return the carets that other processes have in these sections."""
    if not sections:
        return []
    rows = await tx.rows(
        select(passed_caret)
        .where(passed_caret.c.section.in_(set(sections)), passed_caret.c.hub != hub)
        .where(passed_caret.c.passed_at > tx.at - KEPT)
        .order_by(passed_caret.c.passed_at)
    )
    return [
        PassedCaret(
            SectionId(row.section), int(row.client), MemberId(row.member), int(row.clock), row.state
        )
        for row in rows
    ]


async def clear(tx: Tx, *, of: UUID | None = None) -> None:
    """Delete the carets that nobody renews, and those of one process that stops."""
    over = passed_caret.c.passed_at < tx.at - KEPT
    await tx.execute(delete(passed_caret).where(over if of is None else passed_caret.c.hub == of))
