"""Every query on bells that were rung lately, for the other processes that serve this store."""

import json
from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import delete, insert, select

from consent.tables import rung_bell
from policies.facts import Confidentiality, Kind, Label
from server.kernel.canonical_json import Json, canonical
from server.kernel.database import Tx
from server.kernel.ids import AgencyCode, MemberId, PersonId, RoomId

KEPT = timedelta(seconds=10)
"""How long a bell stands. Every process looks each 0.4 s; clocks may differ by some seconds."""


@dataclass(frozen=True, slots=True)
class RungBell:
    """The row of one bell."""

    id: UUID
    label: Label
    what: str
    told: frozenset[AgencyCode] | None


async def add(
    tx: Tx, bell: UUID, label: Label, *, what: str, told: frozenset[AgencyCode] | None
) -> None:
    """Leave a bell for the other processes."""
    await tx.execute(
        insert(rung_bell).values(
            id=bell,
            room=label.room,
            rung_at=tx.at,
            what=what,
            label=_write(label),
            told=None if told is None else " ".join(sorted(told)),
        )
    )


async def list_lately(
    tx: Tx, rooms: Collection[RoomId], *, but: Collection[UUID]
) -> list[RungBell]:
    """Return the bells of these rooms, the oldest first, without those in `but`."""
    if not rooms:
        return []
    query = select(rung_bell).where(rung_bell.c.room.in_(set(rooms)))
    rows = await tx.rows(query.order_by(rung_bell.c.rung_at, rung_bell.c.id))
    return [
        RungBell(
            row.id,
            _read(RoomId(row.room), row.label),
            row.what,
            None if row.told is None else frozenset(map(AgencyCode, row.told.split())),
        )
        for row in rows
        if row.id not in but
    ]


async def delete_older(tx: Tx) -> None:
    """Delete what stands for longer than `KEPT`."""
    await tx.execute(delete(rung_bell).where(rung_bell.c.rung_at < tx.at - KEPT))


def _write(label: Label) -> str:
    return canonical(
        {
            "thing": label.thing.hex,
            "kind": label.kind,
            "categories": _list(label.categories),
            "origins": _list(label.origins),
            "subjects": _ids(label.subjects),
            "confidentiality": label.confidentiality,
            "named": _ids(label.named),
            "shown_to": _ids(label.shown_to),
            "author": label.author.hex if label.author else None,
            "serves": label.serves.hex if label.serves else None,
        }
    ).decode()


def _read(room: RoomId, written: str) -> Label:
    told: dict[str, Any] = json.loads(written)
    return Label(
        thing=UUID(told["thing"]),
        room=room,
        kind=Kind(told["kind"]),
        categories=frozenset(told["categories"]),
        origins=frozenset(map(AgencyCode, told["origins"])),
        subjects=frozenset(PersonId(UUID(one)) for one in told["subjects"]),
        confidentiality=Confidentiality(told["confidentiality"]),
        named=frozenset(MemberId(UUID(one)) for one in told["named"]),
        shown_to=frozenset(MemberId(UUID(one)) for one in told["shown_to"]),
        author=MemberId(UUID(told["author"])) if told["author"] else None,
        serves=UUID(told["serves"]) if told["serves"] else None,
    )


def _list(codes: Collection[str]) -> list[Json]:
    return [*sorted(codes)]


def _ids(ids: Collection[UUID]) -> list[Json]:
    return [one.hex for one in sorted(ids)]
