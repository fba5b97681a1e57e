"""Made-up people at their screens, each in a browser of her own: what she got, and what went wrong.

Everything that reaches a persona is kept: bodies and headers of answers, and the frames of
sockets. Errors and warnings of the browser's console are kept too.
"""

import asyncio
import re
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from playwright.async_api import (
    Browser,
    BrowserContext,
    Locator,
    Page,
    Response,
    ViewportSize,
    WebSocket,
    expect,
)

from tests.canaries import leaked_to
from tests.journeys.visitor import Visitor
from tests.real.demo import ServedDemo

ROOM_LINK = re.compile(r"/rooms/([0-9a-f]{32})")
WIDE: ViewportSize = {"width": 1280, "height": 900}
PATIENCE_MS = 30_000
ENDED_S = 15


@dataclass(eq=False, kw_only=True)
class Persona(Visitor):
    """One person with one page open."""

    context: BrowserContext
    page: Page
    console: list[str] = field(default_factory=list)
    answers: list[tuple[int, str]] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)
    looks: Callable[["Persona"], Awaitable[None]] | None = None
    """What is done with every page she comes to by `go` and `press`."""

    _reading: set["asyncio.Task[None]"] = field(default_factory=set)

    def watch(self, page: Page) -> None:
        """Keep what reaches a page of hers, from now on."""
        page.set_default_timeout(PATIENCE_MS)
        page.on("response", self._answered)
        page.on("websocket", self._socket)
        page.on("console", self._said)
        page.on("pageerror", lambda fault: self.console.append(f"error: {fault}"))

    async def go(self, path: str, *, status: int = 200) -> Page:
        """Open a page; its status is as expected."""
        answer = await self.page.goto(self.origin + path)
        assert answer is not None
        assert answer.status == status, f"{self.code} {path}: {answer.status}"
        await self._look()
        return self.page

    async def only_room(self) -> str:
        """The address of the one room she is in, from her list of rooms."""
        await self.go("/rooms")
        found = set(ROOM_LINK.findall(await self.page.content()))
        assert len(found) == 1, found
        return f"/rooms/{found.pop()}"

    async def press(self, name: str, *, exact: bool = False) -> None:
        """Press the button or link of this name; the page it leads to is waited for."""
        named = self.page.get_by_role("button", name=name, exact=exact)
        link = self.page.get_by_role("link", name=name, exact=exact)
        await self.follow(named.or_(link).first)

    async def follow(self, leading: Locator) -> None:
        """Press something that leads to another page, and wait until that has come."""
        async with self.page.expect_navigation(wait_until="load"):
            await leading.click()
        await self._look()

    def part(self, heading: str) -> Locator:
        """The part of the plan with this heading, on the open page."""
        named = self.page.get_by_role("heading", name=heading, exact=True)
        return self.page.locator("section.app-section", has=named)

    async def write_in(self, heading: str) -> Locator:
        """Open a part for writing: its words, once the caret stands after the last of them."""
        part = self.part(heading)
        await part.locator("[data-write]").click()
        words = part.locator("[contenteditable=true]")
        await expect(words).to_be_focused()
        return words

    async def headings(self) -> list[str]:
        """The parts of the plan on the open page, in its order."""
        return await self.page.locator(".app-section__heading").all_inner_texts()

    async def sign_in(self) -> str:
        """Her browser's cookies of this moment, as one header."""
        kept = await self.context.cookies(self.origin)
        return header_of(kept)

    async def settled(self) -> None:
        """Wait until everything that was on its way is kept.

        Of an answer that was cut off when its page was left, Chromium may never say that it has
        ended; it is noted as unread.
        """
        while self._reading:
            _read, never = await asyncio.wait(self._reading, timeout=ENDED_S)
            for reading in never:
                reading.cancel()
            await asyncio.gather(*never, return_exceptions=True)

    async def _look(self) -> None:
        if self.looks is not None:
            await self.looks(self)

    def _answered(self, answer: Response) -> None:
        self.answers.append((answer.status, answer.url))
        reading = asyncio.create_task(self._read(answer))
        self._reading.add(reading)
        reading.add_done_callback(self._reading.discard)

    async def _read(self, answer: Response) -> None:
        is_body_kept = answer.status // 100 not in {1, 3} and answer.status != 204
        if "/static/" not in answer.url:
            try:
                headers = await answer.headers_array()
                self.got.append(f"{answer.url} {headers}".encode())
                if is_body_kept:
                    self.got.append(await answer.body())
            except (Exception, asyncio.CancelledError) as fault:  # noqa: BLE001  cut off when left
                self.unread.append(f"{answer.url}: {fault}")

    def _socket(self, socket: WebSocket) -> None:
        socket.on("framereceived", self._heard)

    def _heard(self, payload: str | bytes) -> None:
        frame = payload.encode() if isinstance(payload, str) else payload
        self.frames.append(frame)
        self.got.append(frame)

    def _said(self, message: Any) -> None:
        if message.type in {"error", "warning"}:
            self.console.append(f"{message.type}: {message.text} ({self.page.url})")


class People:
    """Those who use one served demo."""

    def __init__(self, browser: Browser, served: ServedDemo) -> None:
        """Begin with nobody at a screen."""
        self.served = served
        self._browser = browser
        self.all: list[Persona] = []
        self._visitors: list[Visitor] = []
        self.may_leak = False

    async def leaks(self) -> dict[str, set[str]]:
        """The canary words that somebody got and may not have, by persona."""
        for persona in self.all:
            await persona.settled()
        found = [(one.code, leaked_to(one.code, one.got)) for one in (*self.all, *self._visitors)]
        return {code: words for code, words in found if words}

    async def leave(self) -> None:
        """Close everybody's pages."""
        for persona in self.all:
            await persona.context.close()

    async def comes(self, code: str, *, signs_in: bool = True, **how: Any) -> Persona:
        """Sit somebody down at a browser of her own.

        She signs in with her own service, or goes on where she did so before and did not sign out.
        """
        cookies, begins_at = self.served.signed_in.get(code, ([], ""))
        context = await self._browser.new_context(viewport=how.pop("viewport", WIDE), **how)
        page = await context.new_page()
        persona = Persona(code=code, origin=self.served.origin(code), context=context, page=page)
        persona.watch(page)
        self.all.append(persona)
        if signs_in and begins_at:
            await context.add_cookies(cookies)
            await page.goto(begins_at)
        if signs_in and page.url != begins_at:
            await page.goto(self.served.door(code))
            if "/sign-in/" not in page.url:
                self.served.signed_in[code] = (await context.cookies(), page.url)
        return persona

    async def visits(self, code: str) -> Visitor:
        """Have somebody ask without a screen, with the sign-in she has at hers."""
        cookies, begins_at = self.served.signed_in.get(code, ([], ""))
        visitor = Visitor(code, self.served.origin(code), header_of(cookies))
        self._visitors.append(visitor)
        first = begins_at.removeprefix(visitor.origin)
        # She may have signed out since, or her time may be up.
        if not begins_at or (await visitor.fetch(first))[:2] != (200, first):
            visitor.cookies = await (await self.comes(code)).sign_in()
        return visitor


def header_of(cookies: Iterable[Mapping[str, Any]]) -> str:
    """Cookies of a browser, as it sends them."""
    return "; ".join(f"{one['name']}={one['value']}" for one in cookies)
