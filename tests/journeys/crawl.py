"""Following every link a persona is given, and every block her pages would fetch by themselves."""

import re
from collections.abc import Iterable
from html.parser import HTMLParser
from urllib.parse import urlencode, urljoin, urlsplit

from tests.journeys.visitor import Visitor

TOGETHER = 6
_ID = re.compile(
    r"[0-9a-f]{32}|(?<=/versions/)\d+|(?<=^/agreements/)(?!(?:new|ends)$)[A-Za-z0-9_.-]+"
)
_NEVER = ("/static/", "/sign-in/begin")


class _Links(HTMLParser):
    """The addresses of one page: links, blocks that a bell refreshes, forms that only ask."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self._form: tuple[str, list[tuple[str, str]]] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "a" and given.get("href"):
            self.found.append(given["href"])
        if given.get("data-fragment"):
            self.found.append(given["data-fragment"])
        if tag == "form" and given.get("method", "get").lower() == "get":
            self._form = (given.get("action", ""), [])
        if tag == "input" and self._form and given.get("name"):
            self._form[1].append((given["name"], given.get("value", "")))

    def handle_endtag(self, tag: str) -> None:
        if tag == "form" and self._form:
            action, fields = self._form
            self.found.append(f"{action}?{urlencode(fields)}" if fields else action)
            self._form = None


def links_in(page: bytes) -> list[str]:
    """Every address that this page leads to, as it is written there."""
    reader = _Links()
    reader.feed(page.decode("utf-8", "replace"))
    return reader.found


def kind_of(path: str) -> str:
    """An address without the ids in it: pages of one kind have one."""
    return _ID.sub("*", path)


async def follow_links(visitor: Visitor, begin: Iterable[str]) -> dict[str, tuple[int, bytes]]:
    """Ask for every page and file that can be reached: each address with its status and bytes."""
    waiting = list(dict.fromkeys(begin))
    seen: dict[str, tuple[int, bytes]] = {}
    while waiting:
        batch, waiting = waiting[:TOGETHER], waiting[TOGETHER:]
        for path, status, body, content_type in await visitor.fetch_all(batch):
            seen[path] = (status, body)
            if "html" in content_type:
                for found in _own(visitor, path, links_in(body)):
                    if found not in seen and found not in waiting and found not in batch:
                        waiting.append(found)
    return seen


def _own(visitor: Visitor, page: str, links: Iterable[str]) -> Iterable[str]:
    here = visitor.origin + page
    for link in links:
        whole = urlsplit(urljoin(here, link))
        path = whole.path + (f"?{whole.query}" if whole.query else "")
        is_own = f"{whole.scheme}://{whole.netloc}" == visitor.origin
        if is_own and not path.startswith(_NEVER):
            yield path
