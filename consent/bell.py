"""Bells: news after a commit that something of a room changed, with the label of what did.

A bell carries its label so that it rings only where the label may be seen; it never carries
words. A page that hears one fetches the fragment anew, through the gate.

Where many processes serve one store, a bell is a row too, for a few seconds: the others find it
when they look.

Rule: ADR-0008: a bell without its label would tell an outsider that something exists. ADR-0018.
"""

from collections.abc import Collection
from dataclasses import dataclass, field
from enum import StrEnum
from functools import partial
from uuid import UUID

from consent.store import bells
from policies.facts import Label
from server.kernel import notices
from server.kernel.database import Tx
from server.kernel.ids import AgencyCode, RoomId, new_id


class What(StrEnum):
    """What a page looks at again when it hears the bell."""

    SECTIONS = "sections"
    ACTIONS = "actions"
    DOCUMENTS = "documents"
    PEOPLE = "people"
    ACCESS = "access"
    ROOM = "room"
    TAKEN_BACK = "taken-back"
    """Words were taken back: what a page shows of them it may show no longer."""
    WORDS = "words"
    """The words of a section, for pages that show it and do not follow it live."""


@dataclass(frozen=True, slots=True)
class Bell:
    """Something under this label changed. It rings for those who may see it, and nobody else.

    `told` are the organisations for which an answer of the family changed: then it rings for them
    and for the lead alone. None: what changed is the same for all who may see it.
    """

    label: Label
    what: What
    told: frozenset[AgencyCode] | None = None
    id: UUID = field(default_factory=new_id)


def ring(tx: Tx, label: Label, what: What, *, told: frozenset[AgencyCode] | None = None) -> None:
    """Leave a bell to be rung once the transaction is durable, in every process."""
    rung = Bell(label, what, told)
    if tx.dialect != "sqlite" and label.room is not None:  # SQLite serves one process
        tx.before_commit(partial(_write_down, rung))
    tx.after_commit(partial(notices.tell, rung))


async def leave(tx: Tx, label: Label, what: What) -> None:
    """Leave a bell for the other processes alone: this one has rung it."""
    await _write_down(Bell(label, what), tx)


async def rung_lately(
    tx: Tx, rooms: Collection[RoomId], *, but: Collection[UUID] = ()
) -> list[Bell]:
    """Return the bells of these rooms that were rung in the last seconds, the oldest first.

    Those whose ids are in `but` are left out.
    """
    return [
        Bell(row.label, What(row.what), row.told, row.id)
        for row in await bells.list_lately(tx, rooms, but=but)
    ]


async def clear_rung(tx: Tx) -> None:
    """Delete the bells that every process has had its time to find."""
    await bells.delete_older(tx)


async def _write_down(rung: Bell, tx: Tx) -> None:
    await bells.add(tx, rung.id, rung.label, what=rung.what, told=rung.told)
