"""Setting a safety marker, and recording a conflict of interest."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from consent import naming, protecting, ruling
from consent.protection import TOLD_TO_VISITORS, Exclusion, SafetyMarker
from consent.protection import Conflict as Sort
from policies.act import Act
from server.directory.member import Practitioner
from server.kernel.errors import Conflict, Invalid
from server.kernel.ids import MemberId, PersonId, RoomId, id_of_form, new_id, read_id
from web.days import typed_day
from web.forms import Form, read_form, summary
from web.protection_frame import frame_of, review_day_in, to_list
from web.protection_words import CONFLICTS, KINDS
from web.rendering import page
from web.room_frame import practitioner_of, room_of
from web.route import gated
from web.session import keepers_of


async def set_marker(request: Request) -> Response:
    """Set a safety marker."""
    return await _record(request, _MARKER)


async def set_conflict(request: Request) -> Response:
    """Record that somebody who works with families may not enter this room."""
    return await _record(request, _CONFLICT)


@dataclass(frozen=True, slots=True)
class _Sheet:
    """One of the two forms: what it asks, how it is read, and what it offers to choose from."""

    template: str
    fields: tuple[str, ...]
    read: Callable[[Form, Practitioner, RoomId], tuple[SafetyMarker | Exclusion, dict[str, str]]]
    offers: Callable[[naming.Nameable], dict[str, Any]]


async def _record(request: Request, sheet: _Sheet) -> Response:
    who, room = await practitioner_of(request), room_of(request)
    form = await read_form(request) if request.method == "POST" else Form()
    offered = await ruling.prepare_rules(who, room)
    faults: dict[str, str] = {}
    if request.method == "POST":
        try:
            protection, faults = sheet.read(form, who, room)
            await _protect(request, who, room, protection, faults)
        except Invalid as wrong:
            found = {**wrong.faults, **faults}
            faults = {_FIELDS.get(name, name): fault for name, fault in found.items()}
        except Conflict:
            return to_list(room)
        else:
            return to_list(room, "recorded")
    return await page(
        request,
        sheet.template,
        status=422 if faults else 200,
        typed={
            "record": form.text("record") or new_id().hex,
            **{name: form.text(name) for name in sheet.fields},
            "review_on": typed_day(form, "review_on"),
        },
        faults=summary(_linked(faults)),
        wrong=faults,
        **sheet.offers(offered),
        **frame_of(who, room),
    )


_FIELDS = {"member": "against"}


async def _protect(
    request: Request,
    who: Practitioner,
    room: RoomId,
    protection: SafetyMarker | Exclusion,
    faults: Mapping[str, str],
) -> None:
    """Record it, unless something of the form could not be read; then only find what is wrong."""
    if faults:
        await protecting.check(who, room, protection)
        raise Invalid(dict(faults))
    await protecting.protect(who, room, protection, keepers=keepers_of(request))


def _marker_in(form: Form, who: Practitioner, room: RoomId) -> tuple[SafetyMarker, dict[str, str]]:
    """Return the marker of a form, and what of it is no day of the calendar.

    Raises:
        NotFound: an id in it is no id.
    """
    sort, _, against = form.text("against").partition(":")
    kind = form.text("kind")
    day, faults = review_day_in(form)
    return SafetyMarker(
        id=id_of_form(who.id, read_id(form.text("record"))),
        room=room,
        kind=kind,
        basis=form.text("basis"),
        protects=PersonId(read_id(form.text("protects"))) if form.text("protects") else None,
        category=protecting.closes_category(kind),
        member=MemberId(read_id(against)) if sort == "m" else None,
        person=PersonId(read_id(against)) if sort == "p" else None,
        words=form.text("words") if kind in TOLD_TO_VISITORS else "",
        review_on=day,
    ), faults


def _conflict_in(form: Form, who: Practitioner, room: RoomId) -> tuple[Exclusion, dict[str, str]]:
    """Return the conflict of a form, and whether it was said what it is.

    Raises:
        NotFound: an id in it is no id.
    """
    against, sort = form.text("against").removeprefix("m:"), form.text("sort")
    return Exclusion(
        id=id_of_form(who.id, read_id(form.text("record"))),
        room=room,
        why=form.text("why"),
        member=MemberId(read_id(against)) if against else None,
        sort=Sort(sort) if sort in set(Sort) else Sort.OTHER,
    ), ({} if sort else {"sort": "Choose what the conflict is"})


def _offered_to_mark(offered: naming.Nameable) -> dict[str, Any]:
    family = {one.id.hex: one.name for one in offered.people}
    return {
        "kinds": KINDS,
        "people": family,
        "against": {
            **{f"p:{each}": name for each, name in family.items()},
            **_colleagues(offered),
        },
    }


def _offered_in_conflict(offered: naming.Nameable) -> dict[str, Any]:
    return {"sorts": CONFLICTS, "colleagues": _colleagues(offered)}


def _colleagues(offered: naming.Nameable) -> dict[str, str]:
    return {
        f"m:{one.id.hex}": f"{one.name}, {one.role_title} ({offered.agencies[agency]})"
        for agency, members in offered.practitioners.items()
        for one in members
    }


def _linked(faults: Mapping[str, str]) -> dict[str, str]:
    return {"review_on-day" if name == "review_on" else name: each for name, each in faults.items()}


_MARKER = _Sheet(
    "protection/marker.html",
    ("kind", "protects", "against", "basis", "words"),
    _marker_in,
    _offered_to_mark,
)
_CONFLICT = _Sheet(
    "protection/conflict.html", ("against", "sort", "why"), _conflict_in, _offered_in_conflict
)
_TOP = "/rooms/{room}/protection"

ROUTES: list[BaseRoute] = [
    gated(f"{_TOP}/marker", set_marker, act=Act.PREPARE_PROTECTION, methods=("GET", "POST")),
    gated(f"{_TOP}/conflict", set_conflict, act=Act.PREPARE_PROTECTION, methods=("GET", "POST")),
]
