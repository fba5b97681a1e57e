"""Pages of a plan: all of it, one part, a new part, and who can see a part and why."""

from collections.abc import Mapping, Sequence
from typing import Any

from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import BaseRoute

from consent.audience import Audience
from consent.naming_people import may_change
from policies.act import Act
from policies.catalogue import catalogue
from policies.decision import Factor, FactorName
from rooms import adding, news, objecting, reading
from rooms.adding import NewPart
from rooms.news import Author
from rooms.reading import ShownPart
from rooms.room import Place
from rooms.section import FIRST_WORDS_LENGTH, HEADING_LENGTH, Heading
from server.directory.team import FAMILY_ROLES
from server.kernel.errors import Invalid
from server.kernel.ids import MemberId, PersonId, RoomId, SectionId, new_id, read_id
from web.forms import Form, read_form, summary
from web.rendering import fragment, page, safe_headers
from web.room_frame import (
    clock_words,
    day_words,
    led_to_waiting,
    practitioner_of,
    room_frame,
    room_of,
)
from web.route import gated

HERE = "/plan"
EVERYBODY, NAMED, ONLY_NAMED = "everybody", "named", "only_named"
FACTOR_WORDS = {
    FactorName.PLACE: "Your place",
    FactorName.AGREEMENT: "The sharing agreement",
    FactorName.FAMILY: "What the family agreed",
    FactorName.PROTECTION: "Anything that protects someone",
}


async def show_plan(request: Request) -> Response:
    """Show every part of the plan that the reader may see, under the headings of all plans."""
    who, room = await practitioner_of(request), room_of(request)
    parts = await reading.read_plan(who, room)
    if not parts and (waiting := await led_to_waiting(who, room)):
        return waiting
    return await page(
        request,
        "plan/plan.html",
        headings=_under_headings(parts),
        changed=_changed(parts),
        **room_frame(room, HERE),
    )


async def show_plan_again(request: Request) -> Response:
    """Show the parts alone, or what changed in them, to take the place of older ones."""
    who, room = await practitioner_of(request), room_of(request)
    parts = await reading.read_plan(who, room)
    if request.query_params.get("only") == "since":
        changed = _changed(parts)
        return await fragment(request, "plan/changed.html", changed=changed, room_hex=room.hex)
    return await fragment(
        request, "plan/parts.html", headings=_under_headings(parts), room_hex=room.hex
    )


async def show_part(request: Request) -> Response:
    """Show one part, large."""
    who, room = await practitioner_of(request), room_of(request)
    part = await reading.read_part(who, room, _section_of(request))
    authors = await news.who_wrote(who, room, part.section.id)
    return await page(
        request,
        "plan/part.html",
        part=_shown(part),
        since=_since(part) if part.since else None,
        authors=[_author(one) for one in authors],
        is_restored=request.query_params.get("done") == "restored",
        has_objections=await objecting.has_objections(who, room, part.section.id),
        **room_frame(room, HERE),
    )


async def show_words_again(request: Request) -> Response:
    """Show the words of one part alone, to take the place of older ones."""
    who, room = await practitioner_of(request), room_of(request)
    part = await reading.read_part(who, room, _section_of(request))
    return HTMLResponse(part.html or _NOTHING_YET, headers=safe_headers(request))


_NOTHING_YET = '<p class="govuk-hint">Nobody has written here yet.</p>'


async def show_access(request: Request) -> Response:
    """Show who can see a part, and why the reader can, factor by factor."""
    who, room = await practitioner_of(request), room_of(request)
    part, why, audience = await reading.who_can_see(who, room, _section_of(request))
    return await page(
        request,
        "plan/access.html",
        part=_shown(part),
        sentence=why.sentence,
        factors=[_factor(factor) for factor in why.factors],
        readers=_readers(audience),
        may_name=may_change(who, part.section.label),
        **room_frame(room, HERE),
    )


async def add_part(request: Request) -> Response:
    """Ask for a new part; show who would see it before it is saved; add it."""
    who, room = await practitioner_of(request), room_of(request)
    if request.method != "POST":
        under = request.query_params.get("under", "")
        return await _ask(request, room, Form({"id": [new_id().hex], "under": [under]}))
    form = await read_form(request)
    part = _part_in(form)
    try:
        if form.text("step") != "add":
            audience = await adding.preview_part(who, room, part)
            return await _ask(request, room, form, audience=audience)
        added = await adding.add_part(who, room, part)
    except Invalid as wrong:
        return await _ask(request, room, form, faults=wrong.faults)
    return RedirectResponse(f"/rooms/{room.hex}/plan#part-{added.hex}", status_code=303)


async def _ask(
    request: Request,
    room: RoomId,
    form: Form,
    *,
    faults: Mapping[str, str] | None = None,
    audience: Audience | None = None,
) -> Response:
    who = await practitioner_of(request)
    offered = await adding.choices_for_part(who, room)
    return await page(
        request,
        "plan/new.html",
        status=422 if faults else 200,
        form_id=form.text("id") or new_id().hex,
        headings=[{"code": one.value, "words": one.words} for one in Heading],
        people=[{"hex": one.id.hex, "name": one.name} for one in offered.people],
        places=[_place(place) for place in offered.places if place.member != who.id],
        typed=_typed(form),
        heading_length=HEADING_LENGTH,
        words_length=FIRST_WORDS_LENGTH,
        preview=_readers(audience) if audience else None,
        faults=summary(faults or {}),
        wrong=faults or {},
        **_topics(),
        **room_frame(room, HERE),
    )


def _topics() -> dict[str, Any]:
    words = catalogue()
    asked = {category for topic in words.topics for category in topic.categories}
    return {
        "topics": [
            {
                "words": topic.words,
                "categories": {code: words.categories[code] for code in topic.categories},
            }
            for topic in words.topics
        ],
        "others": {code: text for code, text in words.categories.items() if code not in asked},
    }


def _place(place: Place) -> dict[str, Any]:
    return {
        "hex": place.member.hex,
        "name": place.name,
        "agency": place.agency_name,
        "is_family": place.role in FAMILY_ROLES,
    }


def _typed(form: Form) -> dict[str, Any]:
    return {
        "under": form.text("under"),
        "heading": form.text("heading"),
        "words": form.text("words"),
        "about": form.all("about"),
        "categories": form.all("categories"),
        "for": form.text("for") or EVERYBODY,
        "named": form.all("named"),
        "shown_to": form.all("shown_to"),
    }


def _part_in(form: Form) -> NewPart:
    kept_to = form.text("for")
    named = frozenset(MemberId(read_id(one)) for one in form.all("named"))
    return NewPart(
        id=read_id(form.text("id")),
        under=form.text("under"),
        heading=form.text("heading"),
        about=frozenset(PersonId(read_id(one)) for one in form.all("about")),
        categories=frozenset(form.all("categories")),
        words=form.text("words"),
        named=named if kept_to in {NAMED, ONLY_NAMED} else frozenset(),
        restricted=kept_to == ONLY_NAMED,
        shown_to=frozenset(MemberId(read_id(one)) for one in form.all("shown_to")),
    )


def _section_of(request: Request) -> SectionId:
    return SectionId(read_id(request.path_params["section"]))


def _under_headings(parts: Sequence[ShownPart]) -> list[dict[str, Any]]:
    return [
        {
            "code": heading.value,
            "words": heading.words,
            "question": heading.question,
            "parts": [_shown(part) for part in parts if part.section.under is heading],
        }
        for heading in Heading
    ]


def _changed(parts: Sequence[ShownPart]) -> list[dict[str, Any]]:
    """Return what others changed since the reader last looked; nothing if she never did."""
    changed = [_since(one) for one in parts if one.since is not None]
    return (
        changed
        if any(not one.get("is_new") for one in changed) or len(changed) < len(parts)
        else []
    )


def _since(part: ShownPart) -> dict[str, Any]:
    return {
        "hex": part.section.id.hex,
        "heading": part.section.heading,
        "is_new": part.since == 0,
        "since": part.since,
        "seq": part.section.seq,
    }


def _shown(part: ShownPart) -> dict[str, Any]:
    section = part.section
    readers = _readers(part.audience)
    return {
        "hex": section.id.hex,
        "heading": section.heading,
        "under": section.under.words,
        "question": section.under.question,
        "label": _label_words(part),
        # rooms/plan.py builds it from an allow-list of tags, with all text escaped.
        "words": Markup(part.html) if part.html else "",  # noqa: S704  see above
        "scope": "read-write" if part.may_edit else "readonly",
        "may_assign": part.may_assign,
        **readers,
    }


def _label_words(part: ShownPart) -> str:
    about = ", ".join(part.about)
    topics = ", ".join(part.topics)
    kept = ". Kept to the people named" if part.is_restricted else ""
    return f"About {about}. {topics}. Comes from {', '.join(part.origins)}{kept}."


def _author(author: Author) -> dict[str, str]:
    first, last = clock_words(author.first_at), clock_words(author.last_at)
    return {
        "name": author.name,
        "agency": author.agency,
        "day": day_words(author.day),
        "times": f"at {last}" if first == last else f"from {first} to {last}",
    }


def _readers(audience: Audience) -> dict[str, Any]:
    return {
        "people": audience.people,
        "organisations": audience.organisations,
        "readers": [
            {"name": one.name, "role": one.role, "agency": one.agency} for one in audience.who
        ],
    }


def _factor(factor: Factor) -> dict[str, Any]:
    return {
        "name": FACTOR_WORDS[factor.name],
        "holds": factor.holds,
        "words": factor.words,
        "clause": factor.clause,
        "lawful_basis": factor.lawful_basis,
        "on": day_words(factor.on) if factor.on else None,
    }


_TOP = "/rooms/{room}/plan"

ROUTES: Sequence[BaseRoute] = [
    gated(_TOP, show_plan, act=Act.VIEW_ROOM),
    gated(f"{_TOP}/fragment", show_plan_again, act=Act.VIEW_ROOM),
    gated(f"{_TOP}/new", add_part, act=Act.VIEW_FAMILY, methods=("GET", "POST")),
    gated(_TOP + "/{section}", show_part, act=Act.OPEN_SECTION),
    gated(_TOP + "/{section}/fragment", show_words_again, act=Act.OPEN_SECTION),
    gated(_TOP + "/{section}/access", show_access, act=Act.EXPLAIN_ACCESS),
]
