"""Forms as they come in: bounded, read as text, and given back as typed when something is wrong."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import parse_qsl

from starlette.requests import Request

from server.kernel.errors import Invalid, TooMuch

FORM_LIMIT_BYTES = 256 * 1024
FIELDS_AT_MOST = 1000
PLAIN = "application/x-www-form-urlencoded"

# All but line feeds and tabs: a store may refuse them and a page cannot show them.
_UNSHOWN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class Form:
    """What was entered: each field's values in order, without spaces around them."""

    values: Mapping[str, Sequence[str]] = field(default_factory=dict)

    def text(self, name: str) -> str:
        """Return the field's first value; "" if there is none."""
        found = self.values.get(name, ())
        return found[0] if found else ""

    def all(self, name: str) -> list[str]:
        """Return every value of the field that is not empty, as of ticked boxes."""
        return [value for value in self.values.get(name, ()) if value]

    def is_ticked(self, name: str) -> bool:
        """Whether the field was sent at all with a value."""
        return bool(self.all(name))


async def read_form(request: Request) -> Form:
    """Read a posted form.

    Raises:
        TooMuch: it is larger, or has more fields, than any form of ours.
        Invalid: it is not a form.
    """
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != PLAIN:
        raise Invalid({"form": "Send the form as it stands on the page."})
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > FORM_LIMIT_BYTES:
            raise TooMuch
    # Kept beside the request: whoever has to sign in again first comes back to it.
    request.state.form = form_from(bytes(body))
    form: Form = request.state.form
    return form


def form_from(body: bytes) -> Form:
    """Read the bytes of a posted form.

    Raises:
        TooMuch: it has more fields than any form of ours.
        Invalid: it is not text.
    """
    if body.count(b"&") >= FIELDS_AT_MOST:
        raise TooMuch
    try:
        pairs = parse_qsl(body.decode("ascii"), keep_blank_values=True, errors="strict")
    except ValueError as fault:
        raise Invalid({"form": "Send the form as it stands on the page."}) from fault
    values: dict[str, list[str]] = {}
    for name, value in pairs:
        values.setdefault(name, []).append(_as_text(value))
    return Form(values)


def summary(faults: Mapping[str, str]) -> list[dict[str, str]]:
    """Return faults as the error summary of a page takes them, each linked to its field."""
    return [{"text": text, "href": f"#{name}"} for name, text in faults.items()]


def _as_text(value: str) -> str:
    one_line_end = value.replace("\r\n", "\n").replace("\r", "\n")
    return _UNSHOWN.sub("", one_line_end).strip()
