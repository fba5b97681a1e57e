"""Hostile files and hostile senders: whatever comes, nothing half kept and nothing run.

Through the real pages and, where the line itself is the attack, a real server.
"""

import asyncio
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlencode

import httpx2
import pytest

from server.kernel.ids import new_id
from tests.fakes import files
from tests.fakes.family_room import HOST, ORIGIN, FamilyRoom, bind_settings
from tests.fakes.forms import csrf_of, multipart
from tests.fakes.laid_family_room import database_url, laid
from tests.fakes.laid_family_room import house as family_house
from tests.fakes.sign_in_service import serving
from web import upload_form
from web.session import SESSION_COOKIE

__all__ = ["database_url", "family_house", "laid"]

LIMIT = 1_000_000


@pytest.fixture
def house(family_house: FamilyRoom, tmp_path):
    """A room with its real rules in force, and a small upload limit."""
    bind_settings(tmp_path, upload_limit_bytes=LIMIT)
    return family_house


def stored(house: FamilyRoom) -> list[Path]:
    return [path for path in (house.folder / "data").rglob("*") if path.is_file()]


async def fields_for(browser: httpx2.AsyncClient, house: FamilyRoom) -> list[tuple[str, str]]:
    page = (await browser.get(f"/rooms/{house.room.hex}/documents/new")).text
    return [
        ("csrf", csrf_of(page)),
        ("document", new_id().hex),
        ("category", "education_attendance"),
        ("subjects", house.people["Otis"].hex),
        ("purpose", "plan"),
    ]


async def send(house: FamilyRoom, body_of, *, headers=None) -> httpx2.Response:
    async with await house.browser(house.imara) as browser:
        body, own_headers = body_of(await fields_for(browser, house))
        return await browser.post(
            f"/rooms/{house.room.hex}/documents", content=body, headers=headers or own_headers
        )


# ---------------------------------------------------------------- what a file may hold


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("letter.pdf", b"<html>%PDF-1.4<script>alert(1)</script>"),
        ("letter.pdf", b"MZ\x90\x00" + files.pdf()),
        ("letter.pdf", files.pdf() + files.docx()),
        ("damp.png", b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>"),
        ("damp.png", files.png(50_000, 50_000, rows=b"\0")),
        ("damp.jpg", files.jpeg() + b"<?php system($_GET[0]); ?>"),
        ("damp.jpg", b"GIF89a" + files.jpeg()),
        ("letter.pdf.html", files.pdf()),
        ("letter.svg", b"<svg/>"),
        ("letter.html", b"<html>"),
    ],
)
async def test_a_hostile_file_leaves_nothing_behind(house, name, content):
    answer = await send(house, lambda fields: multipart(fields, content, name))

    assert answer.status_code == 422
    assert stored(house) == []


@pytest.mark.parametrize(
    "name",
    ['"><script>alert(1)</script>.pdf', "..\\..\\evil.pdf", "a\u202efdp.pdf", "x" * 1500 + ".pdf"],
)
async def test_a_hostile_name_is_only_words_on_the_page(house, name):
    answer = await send(
        house, lambda fields: multipart(fields, files.pdf(), name.replace('"', "%22"))
    )
    async with await house.browser(house.imara) as browser:
        page = (await browser.get(answer.headers["location"])).text
        copy = await browser.get(answer.headers["location"] + "/copy")

    assert "<script>alert" not in page
    assert "\u202e" not in page
    assert ".." not in page.split("<h1")[1].split("</h1>")[0]
    assert copy.headers["content-disposition"].isascii()
    assert len(copy.headers["content-disposition"]) < 60


# ---------------------------------------------------------------- what a form may hold


def with_parts(count: int):
    return lambda fields: multipart([*fields, *[("x", "")] * count], files.pdf())


def with_long_header(fields):
    body, headers = multipart(fields, files.pdf(), "y" * 5000 + ".pdf")
    return body, headers


def with_long_field(fields):
    return multipart([*fields, ("x", "y" * 100_000)], files.pdf())


def with_nameless_part(fields):
    body, headers = multipart(fields, files.pdf())
    return body.replace(b'form-data; name="document"', b"form-data"), headers


def without_a_document(fields):
    return multipart([one for one in fields if one[0] != "document"], files.pdf())


def with_the_file_first(fields):
    body, headers = multipart([fields[0]], files.pdf())
    rest, _ = multipart(fields[1:], None)
    return body[: -len(b"------made-up-boundary--\r\n")] + rest, headers


@pytest.mark.parametrize(
    ("body_of", "status"),
    [
        (with_parts(300), 413),
        (with_long_field, 413),
        (with_long_header, 422),
        (with_nameless_part, 422),
        (without_a_document, 404),
        (with_the_file_first, 404),
        (lambda fields: multipart(fields, None), 422),
    ],
)
async def test_a_form_that_is_none_of_ours_is_refused(house, body_of, status):
    answer = await send(house, body_of)

    assert answer.status_code == status
    assert stored(house) == []


@pytest.mark.parametrize(
    "content_type",
    ["multipart/form-data", "text/plain", "multipart/form-data; boundary=" + "x" * 300],
)
async def test_what_is_no_form_with_a_file_is_refused(house, content_type):
    async with await house.browser(house.imara) as browser:
        token = csrf_of((await browser.get(f"/rooms/{house.room.hex}/documents/new")).text)
        answer = await browser.post(
            f"/rooms/{house.room.hex}/documents",
            content=b"whatever",
            headers={"content-type": content_type, "x-form-token": token},
        )

    assert answer.status_code == 422
    assert stored(house) == []


async def test_two_files_at_once_are_refused(house):
    async with await house.browser(house.imara) as browser:
        fields = await fields_for(browser, house)
        first, headers = multipart(fields, files.pdf())
        second, _ = multipart([], files.pdf())
        answer = await browser.post(
            f"/rooms/{house.room.hex}/documents",
            content=first[: -len(b"------made-up-boundary--\r\n")] + second,
            headers=headers,
        )

    assert answer.status_code == 422
    assert "Choose one file at a time." in answer.text
    assert stored(house) == []


async def test_an_upload_from_another_sites_page_is_refused(house):
    async with await house.browser(house.imara) as browser:
        fields = await fields_for(browser, house)
        forged = [("csrf", "x" * 43), *fields[1:]]
        body, headers = multipart(forged, files.pdf())
        address = f"/rooms/{house.room.hex}/documents"
        no_token = await browser.post(address, content=body, headers=headers)
        body, headers = multipart(fields, files.pdf())
        elsewhere = await browser.post(
            address, content=body, headers=headers | {"origin": "https://evil.example"}
        )

    assert (no_token.status_code, elsewhere.status_code) == (403, 403)
    assert stored(house) == []


# ---------------------------------------------------------------- the line itself


async def prepared(house: FamilyRoom, content: bytes) -> tuple[bytes, bytes]:
    """The head and the body of a whole upload as they go over the line."""
    token = await house.token(house.imara)
    async with httpx2.AsyncClient(
        transport=httpx2.ASGITransport(house.app),
        base_url=ORIGIN,
        cookies={SESSION_COOKIE: token},
    ) as browser:
        fields = await fields_for(browser, house)
    body, headers = multipart(fields, content)
    head = (
        f"POST /rooms/{house.room.hex}/documents HTTP/1.1\r\nHost: {HOST}\r\n"
        f"Origin: {ORIGIN}\r\nCookie: {SESSION_COOKIE}={token}\r\n"
        f"Content-Type: {headers['content-type']}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode(), body


async def until_nothing_is_stored(house: FamilyRoom) -> None:
    async with asyncio.timeout(10):
        while stored(house):
            await asyncio.sleep(0.05)


async def test_a_line_cut_in_the_middle_of_a_file_leaves_nothing(house):
    head, body = await prepared(house, files.pdf(pad=800_000))
    async with serving(house.app) as port:
        _, line = await asyncio.open_connection("127.0.0.1", port)
        line.write(head + body[:600_000])
        await line.drain()
        async with asyncio.timeout(10):
            while not stored(house):
                await asyncio.sleep(0.02)

        line.close()
        with suppress(ConnectionError):
            await line.wait_closed()
        await until_nothing_is_stored(house)

    async with await house.browser(house.imara) as browser:
        listed = await browser.get(f"/rooms/{house.room.hex}/documents")
    assert "No documents you can see." in listed.text


async def test_a_sender_who_falls_silent_is_given_up(house, monkeypatch):
    monkeypatch.setattr(upload_form, "QUIET_S", 0.3)
    head, body = await prepared(house, files.pdf(pad=800_000))
    async with serving(house.app) as port:
        answer, line = await asyncio.open_connection("127.0.0.1", port)
        line.write(head + body[:500_000])
        await line.drain()

        status = await asyncio.wait_for(answer.readline(), 10)
        await until_nothing_is_stored(house)
        line.close()

    assert b" 400 " in status


async def test_a_file_over_the_limit_is_answered_with_a_page_on_a_real_line(house):
    head, body = await prepared(house, files.pdf(pad=LIMIT + 500_000))
    async with serving(house.app) as port:
        answer, line = await asyncio.open_connection("127.0.0.1", port)
        line.write(head + body)
        await line.drain()
        status = await asyncio.wait_for(answer.readline(), 10)
        line.close()

    assert b" 422 " in status
    assert stored(house) == []


async def test_a_sender_far_over_the_limit_is_not_read_to_the_end(house):
    head, body = await prepared(house, files.pdf(pad=6 * LIMIT))
    async with serving(house.app) as port:
        answer, line = await asyncio.open_connection("127.0.0.1", port)
        with suppress(ConnectionError):
            line.write(head + body)
            await line.drain()
        status = await asyncio.wait_for(answer.readline(), 10)
        line.close()

    assert b" 400 " in status or status == b""
    assert stored(house) == []


async def test_no_byte_anywhere_in_the_data_folder_is_clear_while_a_file_comes_in(house):
    head, body = await prepared(house, files.pdf("plumcanary " * 100, pad=800_000))
    async with serving(house.app) as port:
        _, line = await asyncio.open_connection("127.0.0.1", port)
        line.write(head + body[:700_000])
        await line.drain()
        async with asyncio.timeout(10):
            while sum(path.stat().st_size for path in stored(house)) < 300_000:
                await asyncio.sleep(0.02)
        seen = b"".join(path.read_bytes() for path in house.folder.rglob("*") if path.is_file())
        line.close()
        await until_nothing_is_stored(house)

    assert b"plumcanary" not in seen
    assert b"%PDF" not in seen
    assert b"xxxxxxxxxxxxxxxx" not in seen


async def test_a_form_without_its_fields_is_never_a_document(house):
    async with await house.browser(house.imara) as browser:
        page = (await browser.get(f"/rooms/{house.room.hex}/documents/new")).text
        answer = await browser.post(
            f"/rooms/{house.room.hex}/documents/new",
            content=urlencode({"csrf": csrf_of(page)}),
            headers={"content-type": "application/x-www-form-urlencoded"},
        )

    assert answer.status_code == 422
    assert "Choose whom it is about" in answer.text
