"""Under which of our own addresses a request came."""

from urllib.parse import urlsplit

from starlette.requests import HTTPConnection

from server.kernel.settings import settings


def origin_of(connection: HTTPConnection) -> str | None:
    """Return the public origin that the request's Host names; None if it is not one of ours.

    The scheme is the settings' own, as a proxy may have ended TLS before us.
    """
    host = connection.headers.get("host", "").lower()
    for origin in settings().public_origins:
        if urlsplit(origin).netloc == host:
            return origin
    return None
