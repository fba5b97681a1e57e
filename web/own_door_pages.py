"""How somebody of a family comes in: she sees it, and makes a way of her own just after a code."""

from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute

from consent import own_door
from consent.own_door import ShownDoor
from policies.act import Act
from server.directory.member import FamilyMember
from server.identity.coming_in import Way
from server.identity.failing import SignInFailed
from server.identity.sessions import Session
from server.kernel.clock import london_day
from server.kernel.errors import Invalid, NotFound, NotSignedIn
from server.kernel.settings import settings
from web.forms import read_form, summary
from web.language import N_, _
from web.origin import origin_of
from web.rendering import page
from web.room_frame import day_words, time_words
from web.route import gated
from web.session import session_of

WAYS = {
    Way.PASSKEY: N_("You come in with the lock of your own phone, tablet or computer."),
    Way.PIN: N_("You come in with the name we gave you and your PIN."),
}
# What the operation finds, said here so that it is translated.
FAULTS = (
    N_("Enter 6 numbers"),
    N_("Choose numbers that are harder to guess, not a row or a pattern"),
    N_("Enter the same 6 numbers again"),
    N_("Use 2000 letters or fewer"),
)


async def show(request: Request) -> Response:
    """Show how she comes in; just after a code, offer her the two ways to come again."""
    who, session = door_of(request)
    door = await own_door.view_own_door(who, session)
    if not door.may_make or request.query_params.get("done") == "passkey":
        return await page(
            request,
            "family/own_door.html",
            is_made=request.query_params.get("done") == "passkey",
            contact=settings().contact,
            **_words(door),
        )
    return await _ask(request, who, session)


async def make(request: Request) -> Response:
    """Make a way of her own, in place of any older one."""
    who, session = door_of(request)
    form = await read_form(request)
    answer = form.text("answer")
    try:
        if answer:
            origin = origin_of(request) or ""
            await own_door.make_passkey(who, answer, session=session, origin=origin)
            return RedirectResponse("/y/own?done=passkey", status_code=303)
        name = await own_door.make_pin(who, form.text("pin"), form.text("again"), session=session)
    except Invalid as wrong:
        return await _ask(request, who, session, wrong.faults)
    except SignInFailed:
        fault = N_("Your device did not say yes. Try again, or choose a name and a PIN.")
        return await _ask(request, who, session, {"passkey": fault})
    return await page(
        request, "family/own_name.html", name=name, contact=settings().contact, large_print=True
    )


async def _ask(
    request: Request,
    who: FamilyMember,
    session: Session,
    faults: dict[str, str] | None = None,
) -> Response:
    options = await own_door.ask_to_make(who, session=session, origin=origin_of(request) or "")
    wrong = dict(faults or {})
    return await page(
        request,
        "family/own_door_make.html",
        status=422 if wrong else 200,
        options=options,
        wrong=wrong,
        faults=summary(wrong),
        contact=settings().contact,
    )


def _words(door: ShownDoor) -> dict[str, Any]:
    own, by = door.own, door.code_by
    return {
        "way": _(WAYS[own.way]) if own.way else "",
        "is_worn": own.is_worn,
        "made_on": day_words(london_day(own.made_at)) if own.made_at else "",
        "used": time_words(own.used_at) if own.used_at else "",
        "code_on": time_words(own.code_made_at) if own.code_made_at else "",
        "code_used": time_words(own.code_used_at) if own.code_used_at else "",
        "code_by": {"title": by[0], "agency": by[1]} if by else None,
    }


def door_of(request: Request) -> tuple[FamilyMember, Session]:
    """Return who of a family is asking, and how she came in.

    Raises:
        NotSignedIn: nobody is signed in.
        NotFound: it is nobody of a family.
    """
    session = session_of(request)
    if session is None:
        raise NotSignedIn
    if not isinstance(session.member, FamilyMember):
        raise NotFound
    return session.member, session


ROUTES: list[BaseRoute] = [
    gated("/y/own", show, act=Act.VIEW_OWN_DOOR),
    gated("/y/own", make, act=Act.MAKE_OWN_DOOR, methods=("POST",)),
]
