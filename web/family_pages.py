"""The pages of somebody of the family: her page, her plan, what she agreed and changing her mind.

No name of a child stands there before a tap; no staff by name; nothing says that there is more.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute

from actions import viewing as actions
from consent import confirming, renewing, viewing, withdrawing
from consent.consent import ConsentState
from consent.looking_again import Why
from consent.renewing import OwnReview
from consent.viewing import ShownConsent
from policies.act import Act
from rooms import objecting, reading
from rooms.family_page import FamilyRoom, my_family_rooms
from rooms.objection import Objection
from rooms.plan import SAID, said_word
from rooms.reading import ShownPart
from rooms.room import Place
from rooms.section import Heading
from server.directory.agency import FAMILY
from server.directory.member import FamilyMember
from server.kernel import clock
from server.kernel.errors import Invalid, NotFound
from server.kernel.ids import RoomId
from server.kernel.language import Language
from server.kernel.settings import settings
from web.agreement_words import purpose_words, shown_consent, stop_words
from web.forms import Form, read_form, summary
from web.language import N_, _, gettext, spoken
from web.objection_pages import objection_words
from web.rendering import page, print_of
from web.room_frame import day_words, room_of, time_words
from web.route import gated
from web.session import keepers_of, member_of
from web.spoken_words import plain, practitioner_shown, written
from web.stopping_pages import chosen_words, losses_of, stopping_choices, withdrawal_in

OWN_PAGE = "own_page"
HEADINGS = {
    Heading.CHILDS_WORDS: N_("In the child’s own words"),
    Heading.WORKING_WELL: N_("What is working well"),
    Heading.WORRIED_ABOUT: N_("What we are worried about"),
    Heading.WANT_TO_CHANGE: N_("What we want to change"),
    Heading.IF_WORRIES_GROW: N_("If worries grow"),
}
DONE = {
    "stopped": N_("It has stopped."),
    "renewed": N_("Thank you. It stays as it is."),
}


async def show_home(request: Request) -> Response:
    """Show whom she can ring, who helps, the next date, and what she said she would do."""
    who = await _family_member_of(request)
    rooms = await my_family_rooms(who)
    to_do = [
        one
        for one in await actions.my_actions(who, keepers=keepers_of(request))
        if one.action.is_to_do
    ]
    return await page(
        request,
        "family/home.html",
        **print_of(request),
        rooms=[_room(one) for one in rooms],
        to_do=[
            {
                "hex": one.action.id.hex,
                "room_hex": one.action.room.hex,
                "what": one.action.what,
                "due": day_words(one.action.due),
                "is_late": one.is_late,
            }
            for one in to_do
        ],
        reviews=[_review(one) for one in await renewing.my_reviews(who)],
        contact=written(settings().contact),
    )


async def show_plan(request: Request) -> Response:
    """Show the parts of the plan that are hers to see, after a tap."""
    who = await _family_member_of(request)
    is_open = request.query_params.get("show") == "yes"
    plans = []
    for one in await my_family_rooms(who):
        parts = await reading.read_plan(who, one.room, is_shown=is_open)
        said = await objecting.said_in(who, one.room) if is_open else ()
        plans.append(
            {
                "room_hex": one.room.hex,
                "contact": _contact(one),
                "headings": _headings(parts),
                "said": _said(said),
            }
        )
    return await page(
        request,
        "family/plan.html",
        **print_of(request),
        plans=plans,
        is_open=is_open,
        is_sent=request.query_params.get("done") == "said",
    )


async def show_choices(request: Request) -> Response:
    """Show what she agreed, and the one button to stop."""
    who = await _family_member_of(request)
    agreed = []
    rooms = await my_family_rooms(who)
    renewable = {one.room for one in await renewing.my_reviews(who) if one.may_renew}
    for one in rooms:
        own = await viewing.view_agreement(who, one.room)
        stops = [stop_words(each) for each in await confirming.stops_shown(who, one.room)]
        more = {"may_renew": one.room in renewable, "stops": stops}
        agreed += [{**_choice(one, each), **more} for each in own]
    return await page(
        request,
        "family/easy/choices.html" if who.easy_read else "family/choices.html",
        **print_of(request),
        agreed=agreed,
        purposes=purpose_words(),
        done=_(DONE.get(request.query_params.get("done", ""), "")),
        is_stopped=request.query_params.get("done") == "stopped",
    )


async def stop(request: Request) -> Response:
    """Choose what to stop, see what that changes, stop it."""
    who, room = await _family_member_of(request), room_of(request)
    form = await read_form(request, may_turn=True) if request.method == "POST" else Form()
    own = await viewing.list_stoppable(who, room)
    if not own:
        return RedirectResponse("/y/choices", status_code=303)
    agreed, go = own[0], form.text("at" if form.is_turned else "go")
    if go == "all":
        offered = stopping_choices(agreed)
        form = Form({**form.values, **{name: list(codes) for name, codes in offered.items()}})
    if go not in {"all", "look", "stop"}:
        return await _ask(request, room, agreed, form, form.faults)
    stopped = withdrawal_in(form, agreed, how=OWN_PAGE)
    try:
        if go != "stop":
            preview = await withdrawing.preview_withdrawal(
                who, room, stopped, keepers=keepers_of(request)
            )
            return await page(
                request,
                "family/stop_sure.html",
                room_hex=room.hex,
                chosen=chosen_words(form, agreed),
                losses=losses_of(preview),
                typed=_typed(form),
            )
        await withdrawing.withdraw(who, room, stopped, keepers=keepers_of(request))
    except Invalid as wrong:
        return await _ask(request, room, agreed, form, wrong.faults)
    return RedirectResponse("/y/choices?done=stopped", status_code=303)


async def _ask(
    request: Request,
    room: RoomId,
    agreed: ShownConsent,
    form: Form,
    faults: Mapping[str, str] | None = None,
) -> Response:
    return await page(
        request,
        "family/stop.html",
        status=422 if faults else 200,
        room_hex=room.hex,
        offered=stopping_choices(agreed),
        typed=_typed(form),
        faults=summary(faults or {}),
        wrong=faults or {},
    )


async def _family_member_of(request: Request) -> FamilyMember:
    who = await member_of(request)
    if not isinstance(who, FamilyMember):
        raise NotFound
    return who


def _room(one: FamilyRoom) -> dict[str, Any]:
    at = one.next_meeting_at
    return {
        "contact": _contact(one),
        "team": [_place(place) for place in one.team],
        "about": one.about,
        "is_changed": one.is_changed,
        "meeting": time_words(at) if at and at > clock.now() else "",
    }


def _review(one: OwnReview) -> dict[str, Any]:
    """Return what is to be looked at again, as her own page says it."""
    is_over, day = one.until < clock.today(), day_words(one.until)
    if one.why is Why.REVIEW_DAY and is_over:
        words = _("What you agreed ended on %(day)s.", day=day)
    elif one.why is Why.REVIEW_DAY:
        words = _("What you agreed counts until %(day)s.", day=day)
    elif one.is_about_herself:
        age = "16" if one.why is Why.SIXTEEN else "18"
        words = _("You are %(age)s now: you decide yourself who may know what about you.", age=age)
    else:
        grown = _("A child you answered for has grown up and is asked themselves.")
        if is_over:
            ends = _("What you said for them ended on %(day)s.", day=day)
        else:
            ends = _("What you said for them counts until %(day)s.", day=day)
        words = f"{grown} {ends}"
    onward = f"/y/choices/{one.room.hex}/again" if one.may_renew else "/y/choices"
    return {"words": words, "href": onward}


def _contact(one: FamilyRoom) -> dict[str, str] | None:
    return _place(one.contact) if one.contact else None


def _place(place: Place) -> dict[str, str]:
    return {
        "title": place.role_title,
        "who": practitioner_shown(place.role_title),
        "agency": place.agency_name,
    }


def _said(objections: Sequence[Objection]) -> dict[str, list[dict[str, Any]]]:
    """Return by part what she said is wrong, newest first."""
    by_part: dict[str, list[dict[str, Any]]] = {}
    for one in objections:
        by_part.setdefault(one.section.hex, []).append(objection_words(one))
    return by_part


def _headings(parts: list[ShownPart]) -> list[dict[str, Any]]:
    under = {
        heading: [
            {
                "hex": part.section.id.hex,
                "heading": part.section.heading,
                "words": words_of(part.html),
                "origins": part.origins,
            }
            for part in parts
            if part.section.under is heading
        ]
        for heading in Heading
    }
    # A heading without a part of hers does not stand there: it would be a gap.
    return [
        {"code": heading.value, "words": gettext(HEADINGS[heading]), "parts": found}
        for heading, found in under.items()
        if found
    ]


def words_of(html: str) -> Markup:
    """Return a part's words with its marks, 'Fact' and the like, in the language of the reader."""
    if spoken() is not Language.ENGLISH:
        for words in SAID.values():
            # Text that somebody wrote is escaped, so that no line of hers can look like this.
            html = html.replace(said_word(words), said_word(gettext(words), spoken()))
    # rooms/plan.py builds it from an allow-list of tags, with all text escaped.
    return Markup(html)  # noqa: S704  see above


def _choice(one: FamilyRoom, agreed: ShownConsent) -> dict[str, Any]:
    staff = {code: name for code, name in agreed.agencies.items() if code != FAMILY}
    shown = shown_consent(replace(agreed, agencies=staff), to_family=True)
    relatives = [
        {"topic": plain(words), "names": agreed.table[code][FAMILY].names}
        for code, words in agreed.topics.items()
        if FAMILY in agreed.table[code] and agreed.table[code][FAMILY].names
    ]
    return {
        **{
            name: shown[name]
            for name in (
                "topics",
                "given_on",
                "review_on",
                "is_over",
                "explained",
                "may_stop",
                "unsigned",
            )
        },
        "room_hex": one.room.hex,
        "contact": _contact(one),
        "said_no": agreed.state is ConsentState.REFUSED,
        "relatives": relatives,
    }


def _typed(form: Form) -> dict[str, Any]:
    return {
        "topics": form.all("topics"),
        "agencies": form.all("agencies"),
        "how": "",
        "words": form.text("words"),
    }


ROUTES: list[BaseRoute] = [
    gated("/y/home", show_home, act=Act.LIST_ROOMS),
    gated("/y/plan", show_plan, act=Act.LIST_ROOMS),
    gated("/y/choices", show_choices, act=Act.LIST_ROOMS),
    gated("/y/choices/{room}/stop", stop, act=Act.VIEW_CONSENT, methods=("GET", "POST")),
]
