"""Versions of a part of the plan: the list, one of them, two compared, and putting one back."""

from collections.abc import Mapping, Sequence
from typing import Any

from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute

from policies.act import Act
from rooms import versions
from rooms.comparing import Comparison
from rooms.section import Section
from rooms.versions import Version
from server.kernel.clock import LONDON
from server.kernel.errors import Conflict
from server.kernel.ids import RoomId, SectionId, read_id
from web.forms import read_form
from web.rendering import fragment, page
from web.room_frame import clock_words, practitioner_of, room_frame, room_of, time_words
from web.route import gated

HERE = "/plan"
DIGITS_AT_MOST = 15


async def show_versions(request: Request) -> Response:
    """Show the versions of a part, the newest first, with a choice of two to compare."""
    who, room, section_id = await practitioner_of(request), room_of(request), _section_of(request)
    asked = request.query_params.get("before", "")
    before = _number(asked) if asked else None
    found = await versions.list_versions(who, room, section_id, upto_seq=before)
    return await page(
        request,
        "plan/versions.html",
        versions=[_version(one) for one in found.found],
        older=found.older,
        is_first_page=before is None,
        **_frame(room, found.section),
    )


async def show_version(request: Request) -> Response:
    """Show one version, and what has changed since."""
    return await _show_version(request)


async def _show_version(request: Request, *, is_late: bool = False) -> Response:
    who, room, section_id = await practitioner_of(request), room_of(request), _section_of(request)
    found = await versions.read_version(who, room, section_id, _seq_of(request))
    return await _page(
        request,
        "plan/version",
        status=409 if is_late else 200,
        is_late=is_late,
        version=_version(found.version),
        # rooms/plan.py builds it from an allow-list of tags, with all text escaped.
        words=Markup(found.html),  # noqa: S704  see above
        is_now=found.is_now,
        may_restore=found.may_restore,
        now_seq=found.section.seq,
        **_changes(found.since),
        **_frame(room, found.section),
    )


async def show_changes(request: Request) -> Response:
    """Show what changed between two versions; between the first and the last if none is named."""
    who, room, section_id = await practitioner_of(request), room_of(request), _section_of(request)
    asked = request.query_params
    found = await versions.compare_versions(
        who,
        room,
        section_id,
        from_seq=_number(asked.get("from", "1")),
        to_seq=_number(asked["to"]) if "to" in asked else None,
    )
    return await _page(
        request,
        "plan/compared",
        before=_version(found.before),
        after=_version(found.after),
        **_changes(found.changes),
        **_frame(room, found.section),
    )


async def restore(request: Request) -> Response:
    """Put a version back; open screens get it within a second."""
    who, room, section_id = await practitioner_of(request), room_of(request), _section_of(request)
    form = await read_form(request)
    try:
        await versions.restore_version(
            who, room, section_id, _seq_of(request), over_seq=_number(form.text("over"))
        )
    except Conflict:
        return await _show_version(request, is_late=True)
    address = f"/rooms/{room.hex}/plan/{section_id.hex}?done=restored"
    return RedirectResponse(address, status_code=303)


async def _page(request: Request, name: str, status: int = 200, **values: object) -> Response:
    """Return a page, or what stands in it alone, to take the place of older words."""
    if request.query_params.get("only") == "words":
        return await fragment(request, f"{name}_words.html", **values)
    return await page(request, f"{name}.html", status=status, **values)


def _frame(room: RoomId, section: Section) -> dict[str, Any]:
    return {
        "section_hex": section.id.hex,
        "heading": section.heading,
        **room_frame(room, HERE),
    }


def _version(version: Version) -> dict[str, Any]:
    first, last = version.first_at.astimezone(LONDON), version.last_at.astimezone(LONDON)
    began = "" if clock_words(first) == clock_words(last) else clock_words(first)
    return {
        "seq": version.seq,
        "at": time_words(last),
        "began": began if first.date() == last.date() else time_words(first),
        "by": _authors(version.by),
    }


def _authors(by: Sequence[tuple[str, str]]) -> str:
    return "; ".join(f"{name}, {agency}" if agency else name for name, agency in by)


def _changes(found: Comparison) -> Mapping[str, Any]:
    return {
        "lines": [[{"sort": run.sort, "words": run.words} for run in one] for one in found.lines],
        "added": found.added,
        "removed": found.removed,
    }


def _section_of(request: Request) -> SectionId:
    return SectionId(read_id(request.path_params["section"]))


def _seq_of(request: Request) -> int:
    return _number(request.path_params["seq"])


def _number(text: str) -> int:
    """Return the number of a change; what is none is one that no part has."""
    is_number = text.isascii() and text.isdecimal() and len(text) <= DIGITS_AT_MOST
    return int(text) if is_number else 0


_TOP = "/rooms/{room}/plan/{section}/versions"

ROUTES: Sequence[BaseRoute] = [
    gated(_TOP, show_versions, act=Act.LIST_VERSIONS),
    gated(f"{_TOP}/compare", show_changes, act=Act.READ_VERSION),
    gated(_TOP + "/{seq}", show_version, act=Act.READ_VERSION),
    gated(_TOP + "/{seq}", restore, act=Act.RESTORE_SECTION, methods=("POST",)),
]
