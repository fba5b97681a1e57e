"""Looking hard at one page: axe, how it folds at three widths, its title; pictures if wanted.

Axe looks at each page at one width, not the same for all people and pages; the long tests have
it look at all three.

With `SHOTS=1` a picture of every page at every width is left in `state/shots/`.
"""

import os
import re
import zlib
from pathlib import Path

from axe_playwright_python.base import AXE_SCRIPT
from playwright.async_api import Page

from server.demo.story import PEOPLE
from tests.journeys.crawl import kind_of
from tests.journeys.persona import WIDE, Persona

WIDTHS = (1280, 390, 320)
SHOTS = Path(__file__).resolve().parents[2] / "state" / "shots"
NAMES = re.compile("|".join(sorted({word for one in PEOPLE for word in one.name.split()})))
FAMILY_TITLES = {"Your page", "Eich tudalen"}
_VIOLATIONS = """async () => {
  const found = await axe.run({ resultTypes: ["violations"] });
  return found.violations.map(({ id, help, nodes }) => [id, help, nodes.map((one) => one.target)]);
}"""


class Examined:
    """Every kind of page that one persona came to, each looked at once."""

    def __init__(self, *, at_every_width: bool = False) -> None:
        self.kinds: set[str] = set()
        self.faults: list[str] = []
        self._at_every_width = at_every_width

    async def __call__(self, persona: Persona) -> None:
        """Look at the page she has open, unless one of its kind was looked at."""
        page = persona.page
        kind = await _kind(page, persona.origin)
        if kind in self.kinds:
            return
        self.kinds.add(kind)
        title = await page.title()
        is_family = await page.locator("body.app-family").count() > 0
        if NAMES.search(title) or (
            is_family and title.removeprefix("Error: ") not in FAMILY_TITLES
        ):
            self.faults.append(f"{kind}: titled {title!r}")
        await page.evaluate(AXE_SCRIPT)
        where = f"{persona.code} {kind}"
        chosen = WIDTHS[zlib.crc32(where.encode()) % len(WIDTHS)]
        for width in WIDTHS:
            await page.set_viewport_size({"width": width, "height": 900})
            await self._folds(page, f"{where} at {width}", width)
            if self._at_every_width or width == chosen:
                await self._reads_well(page, f"{where} at {width}")
        await page.set_viewport_size(WIDE)

    async def _folds(self, page: Page, where: str, width: int) -> None:
        if os.environ.get("SHOTS") == "1":
            SHOTS.mkdir(parents=True, exist_ok=True)
            name = re.sub(r"[^a-z0-9]+", "_", where.lower())
            await page.screenshot(path=SHOTS / f"{name}.png", full_page=True)
        across = await page.evaluate("document.documentElement.scrollWidth")
        if across > width:
            self.faults.append(f"{where}: {across} px across")

    async def _reads_well(self, page: Page, where: str) -> None:
        for fault, meaning, targets in await page.evaluate(_VIOLATIONS):
            self.faults.append(f"{where}: {fault}: {meaning} {targets[:3]}")


async def _kind(page: Page, origin: str) -> str:
    """The address without ids, and the heading: steps of a form have one address."""
    path = kind_of(page.url.removeprefix(origin).partition("?")[0])
    if "/plan/" in path or "/documents/*" in path or "/actions/*" in path:
        return path
    headings = await page.locator("h1").all_inner_texts()
    faults = await page.locator(".govuk-error-summary").count()
    return f"{path} {kind_of(' '.join(headings))}{' with faults' if faults else ''}"
