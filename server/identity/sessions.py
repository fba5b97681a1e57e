"""Who is signed in, and for how long. Sessions live on the server; the browser holds a token.

Only the token's SHA-256 is stored, so a stolen copy of the database signs nobody in. A new token
is made at every sign-in. A session ends after a time without a request, and after a longest time
whatever happens; an ended one is never woken.

Rule: ADR-0006; OWASP ASVS 5, 7.2 and 7.3.
"""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from server.audit import log
from server.audit.entry import Entry
from server.directory import store as directory
from server.directory.member import FamilyMember, Member
from server.identity import kept, store
from server.identity.store import SessionRow
from server.kernel import clock
from server.kernel.database import Tx, reading, writing
from server.kernel.ids import MemberId
from server.kernel.notices import SignedOut, tell
from server.kernel.settings import settings

TOKEN_BYTES = 32
TOKEN_LENGTH = 43
SEEN_EVERY = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Session:
    """A member, signed in.

    `hash` names the session without opening it; `form_token` stands in every form of hers, so
    that a page of somebody else's cannot post in her name. `proved_at` is when she signed in at
    her sign-in service, if it said so; `has_typed` whether something is kept that she had typed
    before it.
    """

    member: Member
    agency_name: str | None
    hash: bytes
    form_token: str
    provider: str
    signed_in_at: datetime
    seen_at: datetime
    ends_at: datetime
    proved_at: datetime | None = None
    has_typed: bool = False


def new_token() -> str:
    """Return a new random token of 256 bits, as 43 characters fit for a cookie."""
    return secrets.token_urlsafe(TOKEN_BYTES)


def hash_of(token: str) -> bytes:
    """Return what is stored of a token."""
    return hashlib.sha256(token.encode()).digest()


def form_token_of(token: str) -> str:
    """Return the form token of a session.

    It follows from the session's own token and never the reverse, so it may stand in pages.
    """
    made = hmac.digest(token.encode(), b"tacroom form token", "sha256")
    return base64.urlsafe_b64encode(made).rstrip(b"=").decode()


def is_form_token(session: Session, given: bytes) -> bool:
    """Whether this is the session's form token, found out in the same time however wrong it is."""
    return hmac.compare_digest(session.form_token.encode(), given)


async def begin_session(
    tx: Tx,
    member: Member,
    *,
    provider: str,
    replacing: str | None,
    proved_at: datetime | None = None,
    typed: str | None = None,
) -> str:
    """Sign a member in; return the token for her browser.

    What the browser was signed in with before (`replacing`) is ended: two people on one
    computer never share a session. `proved_at` is when she signed in at her sign-in service;
    `typed` what she had entered before she was asked to sign in again.
    """
    if replacing:
        await _end(tx, replacing)
    await store.forget_sessions(tx, tx.at - timedelta(days=1))
    token = new_token()
    await store.add_session(
        tx,
        SessionRow(
            token_hash=hash_of(token),
            member=member.id,
            provider=provider,
            signed_in_at=tx.at,
            seen_at=tx.at,
            idle_min=_idle_min(member),
            ends_at=tx.at + timedelta(minutes=settings().session_max_min),
            proved_at=proved_at,
            kept=kept.seal(token, typed) if typed is not None else None,
        ),
    )
    return token


async def take_typed(token: str) -> str | None:
    """Return what was typed before this sign-in, once; None if nothing was."""
    async with writing() as tx:
        row = await store.find_session(tx, hash_of(token))
        if row is None or row.kept is None:
            return None
        await store.forget_kept(tx, row.token_hash)
        return kept.unseal(token, row.kept)


async def find_session(token: str) -> Session | None:
    """Return the session of this token; None if there is none or its time is up."""
    # Whatever else a cookie holds is not looked up at all.
    if len(token) != TOKEN_LENGTH or not token.isascii():
        return None
    async with reading() as tx:
        row = await store.find_session(tx, hash_of(token))
        if row is None or not is_live(row, tx.at):
            return None
        member = await directory.get_member(tx, row.member)
        agency = await directory.find_agency(tx, member.agency)
    return Session(
        member=member,
        agency_name=agency.name if agency else None,
        hash=row.token_hash,
        form_token=form_token_of(token),
        provider=row.provider,
        signed_in_at=row.signed_in_at,
        seen_at=row.seen_at,
        ends_at=row.ends_at,
        proved_at=row.proved_at,
        has_typed=row.kept is not None,
    )


async def touch(session: Session) -> None:
    """Note that the member was here, at most once a minute, so that idle time counts from now."""
    if clock.now() - session.seen_at < SEEN_EVERY:
        return
    async with writing() as tx:
        await stay(tx, (session.hash,))


async def stay(tx: Tx, hashes: Iterable[bytes]) -> None:
    """Note that the members of these sessions are here, as when they write in a live room.

    A session that is over stays over, and one noted within the last minute is left as it is.
    """
    waiting = [
        row.token_hash
        for row in await store.find_sessions(tx, hashes)
        if is_live(row, tx.at) and tx.at - row.seen_at >= SEEN_EVERY
    ]
    if waiting:
        await store.mark_seen(tx, waiting)


async def end_session(token: str) -> None:
    """Sign the member of this token out, record it, and close what she has open.

    A token that is nobody's, or no longer, changes nothing and is no error.
    """
    async with writing() as tx:
        await _end(tx, token)


async def hold_session(tx: Tx, token_hash: bytes) -> bool:
    """Say whether a session is live, and keep whoever would end it waiting until this act ends."""
    row = await store.hold_session(tx, token_hash)
    return row is not None and is_live(row, tx.at)


async def end_sessions_of(tx: Tx, member: MemberId, *, but: bytes | None = None) -> None:
    """Sign a member out everywhere, or everywhere but in one session; each is recorded."""
    for row in await store.sessions_of(tx, member):
        if row.token_hash != but:
            await _end_row(tx, row)


async def live_sessions(tx: Tx, hashes: Iterable[bytes]) -> frozenset[bytes]:
    """Return those of these sessions that are not over, in one query.

    Sockets ask this each second: signing out anywhere closes them within two.
    """
    rows = await store.find_sessions(tx, hashes)
    return frozenset(row.token_hash for row in rows if is_live(row, tx.at))


def is_live(row: SessionRow, at: datetime) -> bool:
    """Whether the session's time is not up, neither idle nor longest."""
    return at < row.ends_at and at < row.seen_at + timedelta(minutes=row.idle_min)


async def _end(tx: Tx, token: str) -> None:
    row = await store.find_session(tx, hash_of(token))
    if row is not None:
        await _end_row(tx, row)


async def _end_row(tx: Tx, row: SessionRow) -> None:
    if not await store.delete_session(tx, row.token_hash):
        return
    member = await directory.get_member(tx, row.member)
    await log.record(
        tx,
        Entry(
            kind="sign-out:done",
            outcome="noted",
            who=member.id,
            agency=member.agency,
            details={"provider": row.provider},
        ),
    )
    tx.after_commit(lambda: tell(SignedOut(row.token_hash)))


def _idle_min(member: Member) -> int:
    if isinstance(member, FamilyMember):
        return settings().family_idle_min
    # An office sees across rooms, or the settings: an unwatched screen of hers tells more.
    return settings().office_idle_min if member.office else settings().idle_min
