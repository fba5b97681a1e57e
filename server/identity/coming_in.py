"""The family's own door: coming in by a code, by a PIN or by a passkey, and closing it.

Every try is recorded, and counted before it is looked at: against what was tried, and against
the address it came from. Whatever was wrong, the answer is one and the same.

Rule: ADR-0015.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from hmac import compare_digest

from server.audit import log
from server.audit.entry import Entry
from server.directory import store as directory
from server.directory.member import FamilyMember
from server.identity import family_code, family_store, limits, sessions
from server.identity.failing import SignInFailed, TooOften, Why
from server.identity.family_store import CodeRow, OwnRow
from server.kernel.database import Tx, writing
from server.kernel.ids import MemberId
from server.kernel.settings import settings
from server.keys import kms

ABOUT_CODE = b"code of a family"


class Way(StrEnum):
    """By what somebody of a family came in. No provider's code has a hyphen."""

    CODE = "own-code"
    PIN = "own-pin"
    PASSKEY = "own-passkey"


@dataclass(frozen=True, slots=True)
class OwnDoor:
    """How somebody of a family can come in now.

    `way` is None until she has made a way of her own. `code_until` is when a code that waits
    ends; `code_used_at` when the newest one was used.
    """

    way: Way | None = None
    made_at: datetime | None = None
    used_at: datetime | None = None
    is_worn: bool = False
    code_made_at: datetime | None = None
    code_made_by: MemberId | None = None
    code_until: datetime | None = None
    code_used_at: datetime | None = None


async def make_code(tx: Tx, member: FamilyMember, *, by: MemberId) -> tuple[str, datetime]:
    """Make a code for somebody in place of any older one; return it, and when it ends.

    It is told here once: only its keyed hash is kept. The caller has asked the gate.
    """
    code = family_code.new_code(await family_store.taken_finders(tx))
    ends_at = tx.at + timedelta(days=settings().family_code_days)
    await family_store.put_code(
        tx,
        CodeRow(
            member=member.id,
            finder=code[: family_code.FINDER_LENGTH],
            code_hash=_hash_of(code),
            made_at=tx.at,
            made_by=by,
            ends_at=ends_at,
        ),
    )
    return code, ends_at


async def come_by_code(typed: str, *, address: str, replacing: str | None) -> str:
    """Let somebody in by the code that was made for her, once; return her browser's token.

    `address` is where the request came from, `replacing` the token of the session that the
    browser has now, which ends.

    Raises:
        TooOften: too many wrong ones came from this address; the first is recorded.
        SignInFailed: wrong, ended, used or unknown, which the log alone tells apart.
    """
    await count_try(address, Way.CODE)
    code = family_code.read_code(typed) or ""
    async with writing() as tx:
        row = await family_store.try_code(tx, code[: family_code.FINDER_LENGTH])
        why = _fault_of(tx, row, code)
        if row is not None and why is None:
            await family_store.use_code(tx, row.member)
            token = await let_in(tx, row.member, Way.CODE, replacing=replacing)
        else:
            await record_failure(tx, why or Why.NO_SUCH_CODE, Way.CODE, whose=row)
            token = ""
    if why is not None:
        raise SignInFailed(why)
    limits.forgive_family_try(address)
    return token


def _fault_of(tx: Tx, row: CodeRow | None, code: str) -> Why | None:
    # Compared in every case, so that a code that is there takes no longer than one that is not.
    is_right = compare_digest(row.code_hash if row else bytes(32), _hash_of(code))
    if row is None:
        return Why.NO_SUCH_CODE
    if tx.at >= row.ends_at:
        return Why.CODE_ENDED
    if row.tries > family_code.MOST_TRIES:
        return Why.CODE_WORN
    return None if is_right else Why.WRONG_CODE


def _hash_of(code: str) -> bytes:
    return kms.bound().fingerprint(code.encode(), ABOUT_CODE)


async def count_try(address: str, way: Way) -> None:
    """Count a try from an address, before it is looked at.

    Raises:
        TooOften: too many wrong ones came from there; the first is recorded.
    """
    try:
        limits.count_family_try(address)
    except TooOften as fault:
        # Threat T-24: one line for many, or the log could be filled by who is turned away.
        if fault.is_news:
            async with writing() as tx:
                await record_failure(tx, fault.why, way)
        raise


async def let_in(tx: Tx, member: MemberId, way: Way, *, replacing: str | None) -> str:
    """Begin the session of somebody who proved who she is; return her browser's token."""
    known = await directory.get_member(tx, member)
    token = await sessions.begin_session(tx, known, provider=way, replacing=replacing)
    await log.record(
        tx,
        Entry(
            kind="sign-in:done",
            outcome="noted",
            who=known.id,
            agency=known.agency,
            details={"provider": way},
        ),
    )
    return token


async def record_failure(
    tx: Tx, why: Why, way: Way, *, whose: CodeRow | OwnRow | None = None
) -> None:
    """Record a try that came to nothing, and at whose code, PIN or passkey it was."""
    entry = Entry(
        kind="sign-in:failed",
        outcome="refused",
        thing=whose.member if whose else None,
        details={"why": why, "provider": way},
    )
    await log.record(tx, entry)


async def doors_of(tx: Tx, members: Iterable[MemberId]) -> dict[MemberId, OwnDoor]:
    """Return how each of these members can come in now."""
    wanted = list(members)
    codes = await family_store.codes_of(tx, wanted)
    own = await family_store.own_of(tx, wanted)
    return {each: _door(tx.at, own.get(each), codes.get(each)) for each in wanted}


def _door(at: datetime, own: OwnRow | None, code: CodeRow | None) -> OwnDoor:
    waits = (
        code is not None
        and code.used_at is None
        and at < code.ends_at
        and code.tries < family_code.MOST_TRIES
    )
    return OwnDoor(
        way=(Way.PASSKEY if own.credential else Way.PIN) if own else None,
        made_at=own.made_at if own else None,
        used_at=own.used_at if own else None,
        is_worn=own is not None and own.tries >= family_code.MOST_TRIES,
        code_made_at=code.made_at if code else None,
        code_made_by=code.made_by if code else None,
        code_until=code.ends_at if code and waits else None,
        code_used_at=code.used_at if code else None,
    )


async def close_door(tx: Tx, member: MemberId) -> None:
    """Close every way in that somebody has, and sign her out everywhere. The caller asked the gate.

    Her open pages close within two seconds of the commit.
    """
    # The first two wait for whoever is coming in just now, the third for whoever makes a way of
    # her own just now: what these leave is closed as well.
    await family_store.end_code(tx, member)
    await family_store.drop_own(tx, member)
    await sessions.end_sessions_of(tx, member)
    await family_store.drop_own(tx, member)
