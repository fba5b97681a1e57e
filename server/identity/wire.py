"""The wire to a provider: bounded in time and size, never redirected, never through a proxy."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Mapping
from functools import cache
from typing import Any

import httpx2

from server.identity.failing import SignInFailed, Why

ANSWER_LIMIT_BYTES = 512 * 1024
CONNECT_S, ANSWER_S = 5.0, 10.0


def limits() -> dict[str, Any]:
    """Return what every client of a provider is made with."""
    return {
        "transport": Bounded(verify=_trusted()),
        "timeout": httpx2.Timeout(CONNECT_S),
        "follow_redirects": False,
        "trust_env": False,
        # No compression: the bound is on what is read, and a small answer can unfold.
        "headers": {"accept-encoding": "identity", "accept": "application/json"},
    }


@cache
def _trusted() -> ssl.SSLContext:
    # Reading the machine's certificates takes some 50 ms: longer than all else of a sign-in.
    return httpx2.create_ssl_context()


async def fetch(address: str) -> Mapping[str, Any]:
    """Return the JSON object that stands at an address.

    Raises:
        SignInFailed: nothing came in time, or something else.
    """
    try:
        async with asyncio.timeout(ANSWER_S), httpx2.AsyncClient(**limits()) as client:
            answer = await client.get(address)
            answer.raise_for_status()
            told = answer.json()
    except (httpx2.HTTPError, TimeoutError, ValueError) as fault:
        raise SignInFailed(Why.NO_ANSWER) from fault
    if not isinstance(told, dict):
        raise SignInFailed(Why.BAD_METADATA)
    return told


class Bounded(httpx2.AsyncHTTPTransport):
    """Sends requests; an answer breaks off over the limit, and `*.localhost` is this machine.

    Rule: RFC 6761, 6.3: names under localhost are loopback, whatever a resolver says.
    """

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send one request."""
        if request.url.host.endswith(".localhost"):
            request.url = request.url.copy_with(host="127.0.0.1")
        answer = await super().handle_async_request(request)
        if answer.headers.get("content-encoding", "identity") != "identity":
            await answer.aclose()
            message = "a compressed answer was not asked for"
            raise httpx2.DecodingError(message, request=request)
        answer.stream = _Counted(answer.stream)
        return answer


class _Counted(httpx2.AsyncByteStream):
    """The bytes of an answer, counted as they come."""

    def __init__(self, inner: Any) -> None:  # noqa: ANN401  the stream of either protocol
        self._inner = inner

    async def __aiter__(self) -> AsyncIterator[bytes]:
        count = 0
        async for part in self._inner:
            count += len(part)
            # Threat T-21: a provider cannot fill our memory.
            if count > ANSWER_LIMIT_BYTES:
                message = "the answer is over the limit"
                raise httpx2.ReadError(message)
            yield part

    async def aclose(self) -> None:
        """Let the connection go."""
        await self._inner.aclose()
