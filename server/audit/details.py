"""The details of an entry: sealed beside it, bound to it by its commitment, erasable.

They are sealed under the key of the room they tell of, so that they go when the room goes.
"""

import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from server.audit.entry import DETAILS_BYTES_AT_MOST, commitment_to
from server.kernel.canonical_json import Json, canonical
from server.kernel.database import Tx
from server.kernel.errors import TooMuch
from server.kernel.ids import RoomId
from server.keys import room_keys
from server.keys.kms import SealBroken

_K_EVENT_BYTES = 32
_ABOUT = b"audit_detail:"


@dataclass(frozen=True, slots=True)
class SealedDetails:
    """Details as they are kept. `room` is None where the house's key seals them."""

    room: RoomId | None
    sealed: bytes
    commitment: bytes


async def seal(
    tx: Tx, room: RoomId | None, entry_id: bytes, details: Mapping[str, Json]
) -> SealedDetails:
    """Seal an entry's details under the room's key, or the house's where the room has none.

    A room that never was or is disposed of has no key; a refusal there is recorded all the same.

    Raises:
        TooMuch: the details are longer than 64 KiB.
    """
    plain = canonical(details)
    if len(plain) > DETAILS_BYTES_AT_MOST:
        raise TooMuch
    k_event = secrets.token_bytes(_K_EVENT_BYTES)
    sealer = None if room is None else await room_keys.find_sealer(tx, room)
    if sealer is None:
        room, sealer = None, await room_keys.sealer(tx, None)
    sealed = sealer.seal(k_event + plain, _ABOUT + entry_id)
    return SealedDetails(room, sealed, commitment_to(k_event, plain))


async def unseal(
    tx: Tx, room: RoomId | None, entry_id: bytes, sealed: bytes, *, commitment: bytes
) -> Mapping[str, Any] | None:
    """Open an entry's details; None where the room's key is destroyed.

    Raises:
        SealBroken: they were changed, or are not those the entry was made with.
    """
    sealer = await room_keys.find_sealer(tx, room)
    if sealer is None:
        return None
    opened = sealer.unseal(sealed, _ABOUT + entry_id)
    k_event, plain = opened[:_K_EVENT_BYTES], opened[_K_EVENT_BYTES:]
    if commitment_to(k_event, plain) != commitment:
        raise SealBroken
    details: Mapping[str, Any] = json.loads(plain)
    return details
