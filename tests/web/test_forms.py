"""Forms as they come in: bounded, as text, and told what is wrong with them."""

import pytest
from starlette.requests import Request

from server.kernel.errors import Invalid, TooMuch
from web.forms import FIELDS_AT_MOST, FORM_LIMIT_BYTES, form_from, read_form, summary


def posted(*parts: bytes, kind: str = "application/x-www-form-urlencoded") -> Request:
    waiting = list(parts)

    async def receive():
        part = waiting.pop(0)
        return {"type": "http.request", "body": part, "more_body": bool(waiting)}

    headers = [(b"content-type", kind.encode())]
    return Request(
        {"type": "http", "method": "POST", "query_string": b"", "headers": headers}, receive
    )


async def test_what_was_entered_is_read_as_text():
    form = await read_form(posted(b"words=+a%0D%0Ab%00c+&tick=1&ti", b"ck=2&empty="))
    assert form.text("words") == "a\nbc"
    assert form.all("tick") == ["1", "2"]
    assert form.is_ticked("tick")
    assert not form.is_ticked("empty")
    assert (form.text("absent"), form.all("absent")) == ("", [])


async def test_letters_of_every_language_are_kept():
    assert form_from(b"name=Si%C3%A2n+%F0%9F%98%80").text("name") == "Siân 😀"


async def test_a_form_over_the_limit_is_not_read_to_its_end():
    with pytest.raises(TooMuch):
        await read_form(posted(*[b"x" * 65_536] * (FORM_LIMIT_BYTES // 65_536 + 1), b"never"))


def test_a_form_with_too_many_fields_is_not_taken():
    with pytest.raises(TooMuch):
        form_from(b"&".join([b"a=1"] * (FIELDS_AT_MOST + 1)))


@pytest.mark.parametrize("body", [b"a=%ff%fe", "a=é".encode(), b"\xff"])
def test_a_form_that_is_no_text_is_refused(body):
    with pytest.raises(Invalid):
        form_from(body)


@pytest.mark.parametrize("kind", ["multipart/form-data; boundary=x", "application/json", ""])
async def test_what_is_no_form_is_refused(kind):
    with pytest.raises(Invalid):
        await read_form(posted(b"a=1", kind=kind))


def test_the_summary_leads_to_each_field():
    assert summary({"due": "Enter a date"}) == [{"text": "Enter a date", "href": "#due"}]
