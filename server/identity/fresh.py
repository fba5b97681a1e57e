"""Fresh sign-ins: that a member has proved again, in the last few minutes, who she is.

An operation that binds an organisation takes the proof as an object, since a member does not know
her session. Only this module makes it, and only from a session.

Rule: ADR-0006; OpenID Connect Core 1.0, 3.1.2.1 (`max_age`) and 2 (`auth_time`).
"""

from datetime import datetime, timedelta

from server.directory.member import Member
from server.identity.oidc import LEEWAY_S
from server.identity.sessions import Session
from server.kernel.ids import MemberId
from server.kernel.settings import settings

_OURS = object()


class FreshSignIn:
    """That this member signed in at this instant, as her own sign-in service says."""

    __slots__ = ("_at", "_member")

    def __init__(self, member: MemberId, at: datetime, *, made_by: object) -> None:
        """Keep whose it is and when.

        Raises:
            TypeError: somebody else than this module makes one.
        """
        if made_by is not _OURS:
            message = "a fresh sign-in is proved by `fresh.proof_of` alone"
            raise TypeError(message)
        self._member = member
        self._at = at

    def proves(self, who: Member, at: datetime) -> bool:
        """Say whether it is hers, and of the last few minutes."""
        window = timedelta(minutes=settings().fresh_sign_in_min, seconds=LEEWAY_S)
        return self._member == who.id and timedelta(0) <= at - self._at <= window


def proof_of(session: Session | None) -> FreshSignIn | None:
    """Return the proof that a session carries; None if its sign-in service gave none."""
    if session is None or session.proved_at is None:
        return None
    return FreshSignIn(session.member.id, session.proved_at, made_by=_OURS)
