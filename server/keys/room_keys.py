"""Keys of rooms: made, used to seal and unseal, destroyed. The one place for all of it.

Every room has its own key, in periods; the house has one for what belongs to no room. What is
sealed says under which period, and opens only in the same room and for the same `about` (which
row, which column). A destroyed key closes everything sealed under it, in backups too as far as
they were made afterwards.

Sealed form: version byte 1, period (4 bytes, big-endian), nonce (12 bytes), AES-256-GCM
ciphertext with its 16-byte tag. Associated data: scope (16 bytes), period, `about`.

Rule: ADR-0005 (keys of rooms).
"""

import secrets
import struct
from collections import OrderedDict
from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID
from weakref import WeakKeyDictionary

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import Row, text

from server.kernel.database import Tx
from server.kernel.errors import Unavailable
from server.kernel.ids import RoomId, new_id
from server.keys import kms, store
from server.keys.kms import KEY_BYTES, NONCE_BYTES, SealBroken, open_sealed

HOUSE = UUID(int=0)
"""The scope of what belongs to no room."""

PERIOD = timedelta(days=28)
"""How long one key seals. With random nonces a key may seal 2^32 times; that would take 1,700
seals a second for the whole of a period."""

MOST_SEALS = 2**28
"""How often one process seals under one key before a new period begins, however young it is."""

MOST_OPEN_KEYS = 1024
"""How many unwrapped keys a process holds in memory."""

_FORM = 1
_HEADER = struct.Struct(">BI")
_ABOUT_DATA_KEY = b"data key of a file"


class NoLiveKey(Unavailable):
    """The room has no key: none was made, or it was destroyed."""

    sentence = "This can no longer be opened. It has been deleted."


class _Key:
    """An unwrapped key in memory, and how often this process has sealed under it."""

    __slots__ = ("cipher", "seals")

    def __init__(self, plain: bytes) -> None:
        self.cipher = AESGCM(plain)
        self.seals = 0


class Sealer:
    """Seals and unseals many rows of one room within one transaction, without waiting."""

    def __init__(self, scope: UUID, keys: dict[int, _Key]) -> None:
        """Hold the scope's live keys by period; the newest one seals."""
        self._scope = scope
        self._keys = keys
        self._period = max(keys)

    def seal(self, plain: bytes, about: bytes) -> bytes:
        """Seal `plain`; it opens again only in this room and for the same `about`."""
        key = self._keys[self._period]
        key.seals += 1
        header = _HEADER.pack(_FORM, self._period)
        nonce = secrets.token_bytes(NONCE_BYTES)
        bound_to = self._scope.bytes + header + about
        return header + nonce + key.cipher.encrypt(nonce, plain, bound_to)

    def unseal(self, sealed: bytes, about: bytes) -> bytes:
        """Open what was sealed.

        Raises:
            SealBroken: it was changed, cut short, sealed elsewhere or for something else, or
                its key is destroyed.
        """
        header = sealed[: _HEADER.size]
        if len(header) != _HEADER.size:
            raise SealBroken
        form, period = _HEADER.unpack(header)
        key = self._keys.get(period)
        if form != _FORM or key is None:
            raise SealBroken
        bound_to = self._scope.bytes + header + about
        return open_sealed(key.cipher, sealed, header=header, about=bound_to)


async def make(tx: Tx, room: RoomId) -> None:
    """Make the key of a new room. Made already, it stays as it is.

    Raises:
        NoLiveKey: the room's key was destroyed; a room never gets a second life.
    """
    if not await store.list_keys(tx, room):
        await _begin_period(tx, room, 1)
    await sealer(tx, room)


async def sealer(tx: Tx, room: RoomId | None) -> Sealer:
    """Return what seals and unseals in the room (None: in the house) during this transaction.

    The key's state is read once a transaction, so what another process destroyed stays closed.

    Raises:
        NoLiveKey: the room has no key, or it is destroyed.
    """
    found = await find_sealer(tx, room)
    if found is None:
        raise NoLiveKey
    return found


async def find_sealer(tx: Tx, room: RoomId | None) -> Sealer | None:
    """Return what seals and unseals in the room, or None where the room has no live key."""
    scope = HOUSE if room is None else room
    known = _sealers.setdefault(tx, {})
    if scope not in known:
        found = await _read_sealer(tx, scope)
        if found is None:
            return None
        known[scope] = found
    return known[scope]


async def seal(tx: Tx, room: RoomId | None, plain: bytes, about: bytes) -> bytes:
    """Seal one thing under the room's key; see `Sealer.seal`."""
    return (await sealer(tx, room)).seal(plain, about)


async def unseal(tx: Tx, room: RoomId | None, sealed: bytes, about: bytes) -> bytes:
    """Open one sealed thing of the room; see `Sealer.unseal`."""
    return (await sealer(tx, room)).unseal(sealed, about)


async def make_data_key(tx: Tx, room: RoomId) -> tuple[bytes, bytes]:
    """Make a key for one file of the room: 32 plain bytes, and the same sealed, to be kept."""
    plain = secrets.token_bytes(KEY_BYTES)
    return plain, await seal(tx, room, plain, _ABOUT_DATA_KEY)


async def open_data_key(tx: Tx, room: RoomId, wrapped: bytes) -> bytes:
    """Open the key of one of the room's files: 32 bytes."""
    return await unseal(tx, room, wrapped, _ABOUT_DATA_KEY)


async def destroy(tx: Tx, room: RoomId) -> None:
    """Destroy every key of the room: what was sealed under them opens never again."""
    ids = [row.id for row in await store.list_keys(tx, room)]
    await store.destroy_keys(tx, room)
    _sealers.setdefault(tx, {}).pop(room, None)
    _forget(ids)
    # Another transaction may open the key again before this one is committed.
    tx.after_commit(lambda: _forget(ids))


async def _read_sealer(tx: Tx, scope: UUID) -> Sealer | None:
    rows = await store.list_keys(tx, scope)
    if _is_due(tx, scope, rows) and await _may_write(tx):
        rows = await store.hold_keys(tx, scope)
        if _is_due(tx, scope, rows):
            await _begin_period(tx, scope, rows[-1].period + 1 if rows else 1)
            rows = await store.list_keys(tx, scope)
    live = {row.period: _open_key(row) for row in rows if row.destroyed_at is None}
    return Sealer(scope, live) if live else None


def _is_due(tx: Tx, scope: UUID, rows: Sequence[Row[Any]]) -> bool:
    """Say whether a new period should begin. A room's first one is begun by `make` alone."""
    if not rows:
        return scope == HOUSE
    newest = rows[-1]
    if newest.destroyed_at is not None:
        return False
    opened = _open_keys.get(newest.id)
    worn = opened is not None and opened.seals >= MOST_SEALS
    return worn or tx.at - newest.made_at >= PERIOD


async def _may_write(tx: Tx) -> bool:
    """Say whether this transaction may write: SQLite's reading connections may not."""
    return tx.dialect != "sqlite" or not await tx.scalar(text("PRAGMA query_only"))


async def _begin_period(tx: Tx, scope: UUID, period: int) -> None:
    key = new_id()
    plain = secrets.token_bytes(KEY_BYTES)
    wrapped = kms.bound().wrap(plain, _about_key(key, scope, period))
    await store.add_key(tx, scope, key=key, period=period, wrapped=wrapped)


def _about_key(key: UUID, scope: UUID, period: int) -> bytes:
    return key.bytes + scope.bytes + period.to_bytes(4, "big")


def _open_key(row: Row[Any]) -> _Key:
    opened = _open_keys.get(row.id)
    if opened is None:
        about = _about_key(row.id, row.scope, row.period)
        opened = _open_keys[row.id] = _Key(kms.bound().unwrap(row.wrapped, about))
        if len(_open_keys) > MOST_OPEN_KEYS:
            _open_keys.popitem(last=False)
    _open_keys.move_to_end(row.id)
    return opened


def _forget(ids: list[UUID]) -> None:
    for key in ids:
        _open_keys.pop(key, None)


_open_keys: OrderedDict[UUID, _Key] = OrderedDict()
_sealers: WeakKeyDictionary[Tx, dict[UUID, Sealer]] = WeakKeyDictionary()
