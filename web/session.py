"""Who is asking: the member behind a request or a socket, and what was handed to the pages.

`web/entrance.py` finds the session once for each request; here it is read.
"""

from collections.abc import Sequence

from starlette.requests import HTTPConnection
from starlette.responses import Response

from consent.keeper import Keeper
from server.directory.member import FamilyMember, Member
from server.identity.sessions import Session
from server.kernel.errors import NotSignedIn
from server.kernel.language import Language

SESSION_COOKIE = "__Host-tacroom"
SIGN_IN_COOKIE = "__Host-tacroom-sign-in"
LANGUAGE_COOKIE = "__Host-tacroom-language"


def session_of(connection: HTTPConnection) -> Session | None:
    """Return the session of a request or socket; None if nobody is signed in."""
    found: Session | None = getattr(connection.state, "session", None)
    return found


def language_of(connection: HTTPConnection) -> Language:
    """Return the language to speak: hers, once she chose; else what was chosen in this browser.

    Pages of practitioners are in English.
    """
    session = session_of(connection)
    if session is not None:
        if not isinstance(session.member, FamilyMember):
            return Language.ENGLISH
        if session.member.language is not None:
            return session.member.language
    kept = connection.cookies.get(LANGUAGE_COOKIE, "")
    return Language(kept) if kept in set(Language) else Language.ENGLISH


async def member_of(connection: HTTPConnection) -> Member:
    """Return the member who is asking.

    Raises:
        NotSignedIn: nobody is signed in, or the time is up.
    """
    session = session_of(connection)
    if session is None:
        raise NotSignedIn
    return session.member


def keepers_of(connection: HTTPConnection) -> Sequence[Keeper]:
    """Return who keeps what, to hand to an operation (`keepers=`)."""
    kept: Sequence[Keeper] = connection.app.state.keepers
    return kept


def set_cookie(answer: Response, name: str, value: str, *, lasts_s: int | None = None) -> None:
    """Give the browser a cookie of ours; without `lasts_s` it goes when the browser is closed."""
    # Lax, not Strict: the way back from a sign-in service is a link from another site.
    answer.set_cookie(
        name, value, max_age=lasts_s, path="/", secure=True, httponly=True, samesite="lax"
    )


def address_of(connection: HTTPConnection) -> str:
    """Return where a request came from, or nothing."""
    return connection.client.host if connection.client else ""
