"""Forms as they come in: bounded, read as text, and given back as typed when something is wrong."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from urllib.parse import parse_qsl

from starlette.requests import Request

from server.kernel.errors import Invalid, TooMuch
from web.language import is_said

TURNED = "turned"
"""In the address of a form that is sent only to be read on in another way."""
FORM_LIMIT_BYTES = 256 * 1024
FIELDS_AT_MOST = 1000
PLAIN = "application/x-www-form-urlencoded"

# All but line feeds and tabs: a store may refuse them and a page cannot show them.
_UNSHOWN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class Form:
    """What was entered: each field's values in order, without spaces around them."""

    values: Mapping[str, Sequence[str]] = field(default_factory=dict)
    is_turned: bool = False
    """Whether it is to come back as it was typed, in another language or in easy read."""

    @property
    def faults(self) -> dict[str, str]:
        """Return what had been found wrong with it before it was turned, field by field."""
        told = (one.partition("|") for one in self.all("fault") if self.is_turned)
        # Only sentences of ours are said again.
        return {name: sentence for name, _, sentence in told if is_said(sentence)}

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


async def read_form(request: Request, *, may_turn: bool = False) -> Form:
    """Read a posted form. `may_turn` says that the page knows one that is only to be read on.

    Raises:
        TooMuch: it is larger, or has more fields, than any form of ours.
        Invalid: it is not a form, or it was turned and must not be taken as sent.
    """
    is_turned = TURNED in request.query_params
    if is_turned and not may_turn:
        raise Invalid({"form": "Send the form as it stands on the page."})
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != PLAIN:
        raise Invalid({"form": "Send the form as it stands on the page."})
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > FORM_LIMIT_BYTES:
            raise TooMuch
    # Kept beside the request: whoever has to sign in again first comes back to it.
    request.state.form = replace(form_from(bytes(body)), is_turned=is_turned)
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
