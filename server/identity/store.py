"""Every query on the rows of sign-in."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import delete, insert, select, update

from server.identity.tables import session, sign_in_attempt
from server.kernel.database import Tx
from server.kernel.ids import MemberId


@dataclass(frozen=True, slots=True)
class Attempt:
    """A sign-in under way: what the provider's answer will be compared with."""

    state_hash: bytes
    browser_hash: bytes
    provider: str
    nonce: str
    code_verifier: str
    redirect_uri: str
    return_to: str
    begun_at: datetime
    member: MemberId | None = None
    max_age_s: int | None = None
    kept: bytes | None = None


@dataclass(frozen=True, slots=True)
class SessionRow:
    """A session as it is stored."""

    token_hash: bytes
    member: MemberId
    provider: str
    signed_in_at: datetime
    seen_at: datetime
    idle_min: int
    ends_at: datetime
    proved_at: datetime | None = None
    kept: bytes | None = None


async def add_attempt(tx: Tx, new: Attempt) -> None:
    """Keep a sign-in that begins."""
    await tx.execute(insert(sign_in_attempt).values(asdict(new)))


async def take_attempt(tx: Tx, state_hash: bytes, browser_hash: bytes) -> Attempt | None:
    """Return the sign-in of this state and browser, and forget it: it can be ended once."""
    row = (
        await tx.execute(
            delete(sign_in_attempt)
            .where(
                sign_in_attempt.c.state_hash == state_hash,
                sign_in_attempt.c.browser_hash == browser_hash,
            )
            .returning(sign_in_attempt)
        )
    ).first()
    return Attempt(**row._mapping) if row else None


async def forget_attempts(tx: Tx, begun_before: datetime) -> None:
    """Forget the sign-ins that nobody ended in time."""
    await tx.execute(delete(sign_in_attempt).where(sign_in_attempt.c.begun_at < begun_before))


async def add_session(tx: Tx, new: SessionRow) -> None:
    """Keep a session that begins."""
    await tx.execute(insert(session).values(asdict(new)))


async def find_session(tx: Tx, token_hash: bytes) -> SessionRow | None:
    """Return the session of this token's hash, over or not."""
    row = await tx.first(select(session).where(session.c.token_hash == token_hash))
    return SessionRow(**row._mapping) if row else None


async def hold_session(tx: Tx, token_hash: bytes) -> SessionRow | None:
    """Return the session of this token's hash, over or not, and keep it until this act ends."""
    held = select(session).where(session.c.token_hash == token_hash).with_for_update()
    row = await tx.first_after_waiting(held)
    return SessionRow(**row._mapping) if row else None


async def find_sessions(tx: Tx, token_hashes: Iterable[bytes]) -> list[SessionRow]:
    """Return those of these sessions that are still stored, over or not, in one query."""
    wanted = set(token_hashes)
    rows = await tx.rows(select(session).where(session.c.token_hash.in_(wanted)))
    return [SessionRow(**row._mapping) for row in rows]


async def sessions_of(tx: Tx, member: MemberId) -> list[SessionRow]:
    """Return every session of a member that is stored, over or not."""
    rows = await tx.rows(select(session).where(session.c.member == member))
    return [SessionRow(**row._mapping) for row in rows]


async def mark_seen(tx: Tx, token_hashes: Iterable[bytes]) -> None:
    """Note that somebody came with each of these sessions now."""
    wanted = set(token_hashes)
    await tx.execute(update(session).where(session.c.token_hash.in_(wanted)).values(seen_at=tx.at))


async def forget_kept(tx: Tx, token_hash: bytes) -> None:
    """Forget what was typed before a session began."""
    await tx.execute(update(session).where(session.c.token_hash == token_hash).values(kept=None))


async def delete_session(tx: Tx, token_hash: bytes) -> bool:
    """Delete a session; say whether there was one."""
    done = await tx.execute(delete(session).where(session.c.token_hash == token_hash))
    return done.rowcount == 1


async def forget_sessions(tx: Tx, ended_before: datetime) -> None:
    """Delete the sessions whose time was up by then."""
    await tx.execute(delete(session).where(session.c.ends_at < ended_before))
