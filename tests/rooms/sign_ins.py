"""Sign-ins for tests of the live room, which need no sign-in service."""

from datetime import timedelta

from server.directory.member import Practitioner
from server.identity import sessions
from server.identity.store import SessionRow, add_session
from server.kernel.database import Tx


async def sign_in(tx: Tx, who: Practitioner) -> str:
    """Sign a member in for a day; the token."""
    token = sessions.new_token()
    await add_session(
        tx,
        SessionRow(
            token_hash=sessions.hash_of(token),
            member=who.id,
            provider="test",
            signed_in_at=tx.at,
            seen_at=tx.at,
            idle_min=24 * 60,
            ends_at=tx.at + timedelta(days=1),
        ),
    )
    return token
