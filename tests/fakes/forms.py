"""Reads the forms of a page as a browser would, and sends them back as it would."""

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urlencode

import httpx2

FORM = {"content-type": "application/x-www-form-urlencoded"}


@dataclass
class PageForm:
    """One form of a page: where it goes and what stands in its fields."""

    action: str = ""
    fields: list[tuple[str, str]] = field(default_factory=list)

    def all(self, name: str) -> list[str]:
        return [value for key, value in self.fields if key == name]

    def get(self, name: str) -> str:
        found = self.all(name)
        return found[0] if found else ""


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[PageForm] = []
        self._open: PageForm | None = None
        self._area: str | None = None
        self._select: str | None = None

    def handle_starttag(self, tag, attrs):
        told = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._open = PageForm(told.get("action", ""))
            self.forms.append(self._open)
        if self._open is None:
            return
        name = told.get("name", "")
        if tag == "input" and name:
            boxed = told.get("type") in {"checkbox", "radio"}
            if told.get("type") != "file" and (not boxed or "checked" in told):
                self._open.fields.append((name, told.get("value", "")))
        elif tag == "textarea":
            self._area = name
            self._open.fields.append((name, ""))
        elif tag == "select":
            self._select = name
        elif tag == "option" and self._select and "selected" in told:
            self._open.fields.append((self._select, told.get("value", "")))

    def handle_data(self, data):
        if self._open and self._area:
            name, before = self._open.fields[-1]
            self._open.fields[-1] = (name, before + data)

    def handle_endtag(self, tag):
        if tag == "form":
            self._open = None
        elif tag == "textarea":
            self._area = None
        elif tag == "select":
            self._select = None


def forms_of(page: str, action: str) -> list[PageForm]:
    """The forms of a page that go to this address."""
    reader = _Reader()
    reader.feed(page)
    return [form for form in reader.forms if form.action == action]


def csrf_of(page: str) -> str:
    """The form token of a page."""
    found = re.search(r'name="csrf" value="([^"]+)"', page)
    assert found, page
    return found[1]


def multipart(
    fields: list[tuple[str, str]],
    file: bytes | None,
    name: str = "letter.pdf",
    *,
    boundary: str = "----made-up-boundary",
) -> tuple[bytes, dict[str, str]]:
    """A form with a file, as browsers write it: the body and its content type."""
    out = bytearray()
    for key, value in fields:
        out += (
            f'--{boundary}\r\nContent-Disposition: form-data; name="{key}"\r\n\r\n{value}\r\n'
        ).encode()
    if file is not None:
        out += (
            f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n'
            "Content-Type: application/octet-stream\r\n\r\n"
        ).encode()
        out += file + b"\r\n"
    out += f"--{boundary}--\r\n".encode()
    return bytes(out), {"content-type": f"multipart/form-data; boundary={boundary}"}


async def send(
    browser: httpx2.AsyncClient, page: httpx2.Response, address: str, *fields: tuple[str, Any]
) -> httpx2.Response:
    """Send the one form of a page with what was typed, as a browser does."""
    (form,) = forms_of(page.text, address)
    names = {name for name, _ in fields}
    kept = [(name, value) for name, value in form.fields if name not in names]
    return await browser.post(address, content=urlencode([*kept, *fields]), headers=FORM)
