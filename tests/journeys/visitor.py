"""Asking for addresses with somebody's sign-in, past her screen: every byte she is answered.

What a page's script asks for comes with the same cookies and headers; so do these.
"""

import asyncio
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urljoin, urlsplit

import httpx2

AS_A_SCRIPT = {
    "sec-fetch-dest": "empty",
    "sec-fetch-mode": "cors",
    "sec-fetch-site": "same-origin",
}
AS_A_PAGE = {
    "sec-fetch-dest": "document",
    "sec-fetch-mode": "navigate",
    "sec-fetch-site": "none",
}
OF_THIS_ANSWER = re.compile(r'(nonce|value)="[^"]+"')
LONGEST_S = 30.0


@dataclass(eq=False)
class Visitor:
    """Somebody with a sign-in and no screen. `got` is every byte she got, `frames` her sockets'."""

    code: str
    origin: str
    cookies: str = ""
    """As her browser would send them."""

    got: list[bytes] = field(default_factory=list)
    frames: list[bytes] = field(default_factory=list)

    async def sign_in(self) -> str:
        """Her cookies of this moment, as one header."""
        return self.cookies

    async def fetch(self, path: str) -> tuple[int, str, bytes]:
        """Ask for one address: status, the path where it ended, all the bytes."""
        async with self._line() as line:
            where, answer = await self._ask(line, path, await self.sign_in())
        return answer.status_code, where, answer.content

    async def shown(self, path: str) -> tuple[int, str]:
        """Open an address as a page: status, and the page but for what is each answer's own."""
        async with self._line() as line:
            _where, answer = await self._ask(line, path, await self.sign_in(), AS_A_PAGE)
        return answer.status_code, OF_THIS_ANSWER.sub("", answer.text)

    async def fetch_all(self, paths: list[str]) -> list[tuple[str, int, bytes, str]]:
        """Ask for several addresses at once: each with its status, bytes and content type."""
        cookies = await self.sign_in()
        async with self._line() as line:
            answers = await asyncio.gather(*(self._ask(line, path, cookies) for path in paths))
        return [
            (path, answer.status_code, answer.content, answer.headers.get("content-type", ""))
            for path, (_where, answer) in zip(paths, answers, strict=True)
        ]

    def _line(self) -> httpx2.AsyncClient:
        port = urlsplit(self.origin).port
        return httpx2.AsyncClient(
            base_url=f"http://127.0.0.1:{port}", verify=False, trust_env=False, timeout=LONGEST_S
        )

    async def _ask(
        self,
        line: httpx2.AsyncClient,
        path: str,
        cookies: str,
        come: Mapping[str, str] = AS_A_SCRIPT,
    ) -> tuple[str, httpx2.Response]:
        host = urlsplit(self.origin).netloc
        where = path
        while True:
            headers = {**come, "host": host, "cookie": cookies}
            answer = await line.get(where, headers=headers)
            self.got += [repr(answer.headers.multi_items()).encode(), answer.content]
            leads_to = urlsplit(urljoin(self.origin + where, answer.headers.get("location", "")))
            if not answer.is_redirect or leads_to.netloc != host:
                return where, answer
            where = leads_to._replace(scheme="", netloc="").geturl()
