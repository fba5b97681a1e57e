"""The log for the information governance officer: look in it, take it away, ask if it is whole.

What she looks for is posted, so that no name and no room stands in an address; each of her looks
is itself in the log.
"""

from collections.abc import AsyncIterator, Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import BaseRoute

from consent import overseeing
from consent.overseeing import Choices, LogPage, ShownEntry, Sought
from policies.act import Act
from policies.catalogue import catalogue
from server.kernel import clock
from server.kernel.errors import Invalid, NotFound
from server.kernel.ids import AgencyCode, MemberId, read_id
from web.days import PARTS, REAL_DAY, read_day
from web.forms import Form, read_form, summary
from web.log_words import (
    FACTORS,
    GROUNDS,
    KINDS,
    OUTCOME_COLOURS,
    OUTCOMES,
    kind_words,
)
from web.rendering import page, safe_headers
from web.room_frame import practitioner_of, time_words
from web.route import gated

DAYS = ("since", "until")
FIELDS = ("member", "agency", "kind", "outcome", "room")


async def show_log(request: Request) -> Response:
    """Show a page of the log, newest first, as far as it was asked for."""
    form = await read_form(request) if request.method == "POST" else Form()
    return await _show(request, form)


async def export(request: Request) -> Response:
    """Send everything asked for as a file of comma-separated values, line by line."""
    who = await practitioner_of(request)
    form = await read_form(request)
    try:
        lines = await overseeing.export_log(who, _sought(form))
    except Invalid as wrong:
        return await _show(request, form, wrong.faults)
    # No name of a family or of an officer stands in the name of the file either.
    disposition = f'attachment; filename="tacroom-log-{clock.today().isoformat()}.csv"'
    headers = safe_headers(request) | {"content-disposition": disposition}
    return StreamingResponse(_bytes(lines), media_type="text/csv; charset=utf-8", headers=headers)


async def check(request: Request) -> Response:
    """Check the log now and say in one sentence whether it is whole."""
    found = await overseeing.check_log(await practitioner_of(request))
    return await page(
        request,
        "log/check.html",
        is_whole=found.is_whole,
        sentence=found.sentence,
        at=time_words(found.checked_at),
        waiting=found.waiting,
    )


async def _show(request: Request, form: Form, faults: Mapping[str, str] | None = None) -> Response:
    who = await practitioner_of(request)
    found: Mapping[str, str] = faults or {}
    try:
        sought = Sought() if found else _sought(form)
        shown, choices = await overseeing.search_log(who, sought, page=form.text("page") or None)
    except Invalid as wrong:
        found = wrong.faults
        shown, choices = await overseeing.search_log(who, Sought())
    return await page(
        request,
        "log/log.html",
        status=422 if found else 200,
        # A search that could not be read shows nothing, so that nobody takes it for the answer.
        entries=[] if found else [_entry(one) for one in shown.entries],
        count=_count(shown),
        further=shown.further,
        is_later=bool(form.text("page")),
        typed=_typed(form),
        carried=[] if found else _carried(form),
        is_filtered=any(value for _, value in _carried(form)),
        faults=summary({_linked(name): fault for name, fault in found.items()}),
        wrong=found,
        **_choices(choices),
    )


def _sought(form: Form) -> Sought:
    faults: dict[str, str] = {}
    days = {}
    for field in DAYS:
        try:
            days[field] = read_day([form.text(f"{field}-{part}") for part in PARTS])
        except Invalid:
            faults[field] = REAL_DAY
    member: MemberId | None = None
    if form.text("member"):
        try:
            member = MemberId(read_id(form.text("member")))
        except NotFound:
            faults["member"] = "Choose a person from the list"
    if faults:
        raise Invalid(faults)
    agency = form.text("agency")
    return Sought(
        member=member,
        room=form.text("room"),
        agency=AgencyCode(agency) if agency else None,
        kind=form.text("kind"),
        outcome=form.text("outcome"),
        since=days["since"],
        until=days["until"],
    )


def _linked(field: str) -> str:
    return f"{field}-day" if field in DAYS else field


def _typed(form: Form) -> dict[str, str]:
    return dict(_carried(form))


def _carried(form: Form) -> list[tuple[str, str]]:
    names = [*FIELDS, *(f"{field}-{part}" for field in DAYS for part in PARTS)]
    return [(name, form.text(name)) for name in names]


def _choices(choices: Choices) -> dict[str, Any]:
    kinds = sorted(((kind, kind_words(kind)) for kind in choices.kinds), key=lambda one: one[1])
    return {
        "kinds": [{"code": code, "words": words} for code, words in kinds],
        "agencies": choices.agencies,
        "members": [
            {"hex": one.id.hex, "name": one.name}
            for one in sorted(choices.members, key=lambda one: one.name)
        ],
        "outcomes": OUTCOMES,
    }


def _count(shown: LogPage) -> str:
    if shown.is_more:
        return f"More than {shown.total:,} entries"
    return "1 entry" if shown.total == 1 else f"{shown.total:,} entries"


def _entry(entry: ShownEntry) -> dict[str, Any]:
    return {
        "number": entry.number,
        "at": time_words(entry.at),
        "who": entry.who,
        "agency": entry.agency,
        "what": kind_words(entry.kind),
        "kind": entry.kind if entry.kind in KINDS else "",
        "outcome": OUTCOMES.get(entry.outcome, entry.outcome),
        "colour": OUTCOME_COLOURS.get(entry.outcome, "govuk-tag--grey"),
        "times": entry.times,
        "room": entry.room,
        "purpose": catalogue().purposes.get(entry.purpose, entry.purpose),
        "clause": entry.clause,
        "lawful_basis": entry.lawful_basis,
        "condition": entry.condition,
        "ground": GROUNDS.get(entry.ground, ""),
        "agreed": entry.agreed,
        "decision": entry.decision,
        "why": entry.why,
        "count": entry.count,
        "is_erased": entry.is_erased,
        "is_changed": entry.is_changed,
        "factors": [
            {
                "name": FACTORS.get(one.name, one.name),
                "holds": one.holds,
                "words": one.words,
                "clause": one.clause or "",
                "on": one.on or "",
            }
            for one in entry.factors
        ],
    }


async def _bytes(lines: AsyncIterator[str]) -> AsyncIterator[bytes]:
    # Spreadsheets read UTF-8 as such only after this sign.
    yield b"\xef\xbb\xbf"
    async for line in lines:
        yield line.encode()


ROUTES: list[BaseRoute] = [
    gated("/log", show_log, act=Act.SEARCH_LOG, methods=("GET", "POST")),
    gated("/log/export", export, act=Act.EXPORT_LOG, methods=("POST",)),
    gated("/log/check", check, act=Act.CHECK_LOG),
]
