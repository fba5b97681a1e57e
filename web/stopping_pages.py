"""Stopping sharing for somebody who asked for it: what to stop, who would lose what, stop."""

from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute

from consent import viewing, withdrawing
from consent.viewing import ShownConsent
from consent.withdrawing import Preview, Withdrawal
from policies.act import Act
from server.kernel.errors import Invalid, NotFound
from server.kernel.ids import AgencyCode, PersonId, RoomId, read_id
from web.agreement_words import joined
from web.forms import Form, read_form, summary
from web.rendering import page
from web.room_frame import practitioner_of, room_frame, room_of
from web.route import gated
from web.session import keepers_of
from web.spoken_words import how_told, plain

HERE = "/agreement"


async def stop(request: Request) -> Response:
    """Choose what to stop, see who would lose what, stop it; nothing is stopped before."""
    who, room = await practitioner_of(request), room_of(request)
    form = await read_form(request) if request.method == "POST" else _asked_for(request)
    stoppable = await viewing.list_stoppable(who, room)
    one = next((each for each in stoppable if each.giver_id.hex == form.text("person")), None)
    if one is None:
        wrong = {"person": "Choose who stops"} if request.method == "POST" else {}
        return await _choose_person(request, room, stoppable, wrong)
    if request.method != "POST" or form.text("go") not in {"look", "stop"}:
        return await _ask(request, room, one, form)
    stopped = withdrawal_in(form, one, how=form.text("how"))
    try:
        if form.text("go") == "look":
            preview = await withdrawing.preview_withdrawal(
                who, room, stopped, keepers=keepers_of(request)
            )
            return await _show_losses(request, room, one, form, preview)
        await withdrawing.withdraw(who, room, stopped, keepers=keepers_of(request))
    except Invalid as wrong_fields:
        return await _ask(request, room, one, form, wrong_fields.faults)
    return RedirectResponse(f"/rooms/{room.hex}/agreement?done=stopped", status_code=303)


def withdrawal_in(form: Form, one: ShownConsent, *, how: str) -> Withdrawal:
    """Return what was chosen to stop, of what one person agreed."""
    return Withdrawal(
        giver=PersonId(one.giver_id),
        topics=frozenset(form.all("topics")),
        agencies=frozenset(AgencyCode(code) for code in form.all("agencies")),
        how=how,
        words=form.text("words"),
    )


def stopping_choices(one: ShownConsent) -> dict[str, dict[str, str]]:
    """Return the topics and organisations for which something is agreed, each with its words."""
    pairs = one.open_pairs()
    topics, agencies = {topic for topic, _ in pairs}, {agency for _, agency in pairs}
    return {
        "topics": {code: plain(words) for code, words in one.topics.items() if code in topics},
        "agencies": {code: name for code, name in one.agencies.items() if code in agencies},
    }


def chosen_words(form: Form, one: ShownConsent) -> dict[str, str]:
    """Return what was chosen, in words."""
    topics, agencies = form.all("topics"), form.all("agencies")
    return {
        "topics": joined(plain(words) for code, words in one.topics.items() if code in topics),
        "agencies": joined(name for code, name in one.agencies.items() if code in agencies),
    }


def losses_of(preview: Preview) -> list[dict[str, object]]:
    """Return who would lose what, as pages show it."""
    return [
        {"who": loss.who, "agency": loss.agency, "things": loss.things} for loss in preview.losses
    ]


def _asked_for(request: Request) -> Form:
    person = request.query_params.get("person", "")
    try:
        return Form({"person": [read_id(person).hex]} if person else {})
    except NotFound:
        return Form()


async def _choose_person(
    request: Request, room: RoomId, stoppable: list[ShownConsent], wrong: Mapping[str, str]
) -> Response:
    return await page(
        request,
        "agreement/stop_who.html",
        status=422 if wrong else 200,
        people=[{"hex": one.giver_id.hex, "name": one.giver} for one in stoppable],
        faults=summary(wrong),
        wrong=wrong,
        **room_frame(room, HERE),
    )


async def _ask(
    request: Request,
    room: RoomId,
    one: ShownConsent,
    form: Form,
    faults: Mapping[str, str] | None = None,
) -> Response:
    return await page(
        request,
        "agreement/stop.html",
        status=422 if faults else 200,
        person={"hex": one.giver_id.hex, "name": one.giver},
        offered=stopping_choices(one),
        how=how_told(),
        typed=_typed(form),
        faults=summary(faults or {}),
        wrong=faults or {},
        **room_frame(room, HERE),
    )


async def _show_losses(
    request: Request, room: RoomId, one: ShownConsent, form: Form, preview: Preview
) -> Response:
    return await page(
        request,
        "agreement/stop_sure.html",
        person={"hex": one.giver_id.hex, "name": one.giver},
        chosen=chosen_words(form, one),
        losses=losses_of(preview),
        typed=_typed(form),
        **room_frame(room, HERE),
    )


def _typed(form: Form) -> dict[str, object]:
    return {
        "topics": form.all("topics"),
        "agencies": form.all("agencies"),
        "how": form.text("how"),
        "words": form.text("words"),
    }


ROUTES: list[BaseRoute] = [
    gated("/rooms/{room}/agreement/stop", stop, act=Act.PREPARE_CONSENT, methods=("GET", "POST")),
]
