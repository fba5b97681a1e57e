"""Pages of actions: those of a room, one of them, adding one, and my own in all rooms.

Somebody of the family sees and moves her own on the same addresses, in the family's frame.
"""

from collections.abc import Mapping
from datetime import date
from uuid import UUID

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute

from actions import assigning, progressing, viewing
from actions.action import State, Step
from actions.assigning import Assignment, Preparation
from actions.viewing import ShownAction, ShownStep
from policies.act import Act
from server.directory.member import FamilyMember, Member
from server.kernel.errors import Conflict, Invalid, NotFound
from server.kernel.ids import ActionId, MemberId, RoomId, new_id, read_id
from web.forms import Form, read_form, summary
from web.language import N_, _, gettext
from web.rendering import fragment, page
from web.room_frame import (
    day_words,
    led_to_waiting,
    practitioner_of,
    room_frame,
    room_of,
    time_words,
)
from web.route import gated
from web.session import keepers_of, member_of

HERE = "/actions"
WORDS = {
    State.OPEN: N_("Not begun"),
    State.IN_PROGRESS: N_("Begun"),
    State.CARRIED: N_("New day set"),
    State.DONE: N_("Done"),
    State.NOT_DONE: N_("Not done"),
    State.CANCELLED: N_("Cancelled"),
}
STEP_WORDS = {
    State.IN_PROGRESS: N_("I have begun"),
    State.DONE: N_("It is done"),
    State.NOT_DONE: N_("It was not done"),
    State.CARRIED: N_("It needs a later day"),
    State.CANCELLED: N_("Nobody needs to do it any more"),
}
LONGEST_VERSION = 9


async def show_list(request: Request) -> Response:
    """Show the actions of a room that the member may know of."""
    room, shown = await _actions(request)
    if not shown and (waiting := await led_to_waiting(await member_of(request), room)):
        return waiting
    return await page(request, "actions/list.html", actions=_cards(shown), **room_frame(room, HERE))


async def show_list_again(request: Request) -> Response:
    """Show the list alone, to take the place of an older one."""
    room, shown = await _actions(request)
    return await fragment(
        request, "actions/list_fragment.html", actions=_cards(shown), room_hex=room.hex
    )


async def show_mine(request: Request) -> Response:
    """Show what the member is to do, in all rooms."""
    who = await member_of(request)
    shown = await viewing.my_actions(who, keepers=keepers_of(request))
    return await page(
        request,
        "actions/mine.html",
        to_do=_cards([one for one in shown if one.action.is_to_do]),
        over=_cards([one for one in shown if not one.action.is_to_do]),
    )


async def prepare(request: Request) -> Response:
    """Ask for which part of the plan; then what is to be done, by whom and by when."""
    who, room = await practitioner_of(request), room_of(request)
    part = request.query_params.get("part", "")
    if not part:
        return await _choose_part(request, who, room)
    return await _ask(request, who, room, read_id(part), Form())


async def add(request: Request) -> Response:
    """Add what is to be done, by whom, by when and for which part of the plan."""
    who, room = await practitioner_of(request), room_of(request)
    form = await read_form(request)
    serves = read_id(form.text("part"))
    try:
        action = await assigning.assign(
            who, room, _assignment(form, serves), keepers=keepers_of(request)
        )
    except Invalid as wrong:
        return await _ask(request, who, room, serves, form, wrong.faults)
    return RedirectResponse(f"/rooms/{room.hex}/actions/{action.hex}", status_code=303)


async def show_action(request: Request) -> Response:
    """Show one action, what was done to it, and the steps the member may take."""
    return await _show(request, Form())


async def move(request: Request) -> Response:
    """Take one step: begun, done, why not, a later day, cancelled."""
    who, room, action = await member_of(request), room_of(request), _action_of(request)
    form = await read_form(request, may_turn=True)
    if form.is_turned:
        return await _show(request, form, form.faults, status=422 if form.faults else 200)
    try:
        await progressing.progress(who, room, action, step=_step(form))
    except Invalid as wrong:
        return await _show(request, form, wrong.faults, status=422)
    except Conflict as meanwhile:
        return await _show(request, form, {"to": meanwhile.sentence}, status=409)
    if isinstance(who, FamilyMember):
        return RedirectResponse("/actions", status_code=303)
    return RedirectResponse(f"/rooms/{room.hex}/actions/{action.hex}", status_code=303)


async def _show(
    request: Request,
    form: Form,
    faults: Mapping[str, str] | None = None,
    *,
    status: int = 200,
) -> Response:
    who, room = await member_of(request), room_of(request)
    shown, steps = await viewing.view_action(
        who, room, _action_of(request), keepers=keepers_of(request)
    )
    is_family = isinstance(who, FamilyMember)
    return await page(
        request,
        "actions/action.html",
        status=status,
        action_frame="base_family.html" if is_family else "base_room.html",
        is_family=is_family,
        action=_card(shown),
        steps={
            step.value: gettext(words) for step, words in STEP_WORDS.items() if step in shown.steps
        },
        taken=[_taken(step) for step in steps],
        typed=_typed_step(form),
        faults=summary(faults or {}),
        wrong=faults or {},
        **room_frame(room, HERE),
    )


async def _choose_part(request: Request, who: Member, room: RoomId) -> Response:
    prepared = await assigning.prepare(who, room, serves=None, keepers=keepers_of(request))
    return await page(
        request,
        "actions/choose_part.html",
        parts=[{"hex": part.id.hex, "heading": part.heading} for part in prepared.parts],
        **room_frame(room, HERE),
    )


async def _ask(
    request: Request,
    who: Member,
    room: RoomId,
    serves: UUID,
    form: Form,
    faults: Mapping[str, str] | None = None,
) -> Response:
    prepared = await assigning.prepare(who, room, serves=serves, keepers=keepers_of(request))
    return await page(
        request,
        "actions/new.html",
        status=422 if faults else 200,
        part={"hex": serves.hex, "heading": prepared.chosen.heading if prepared.chosen else ""},
        audience=prepared.audience,
        owners=_owners(prepared),
        typed={
            "action": form.text("action") or new_id().hex,
            "what": form.text("what"),
            "owner": form.text("owner"),
            **_typed_day(form),
        },
        faults=summary(_linked(faults or {})),
        wrong=faults or {},
        **room_frame(room, HERE),
    )


def _owners(prepared: Preparation) -> list[dict[str, str]]:
    return [
        {
            "hex": one.member.hex,
            "words": f"{one.name}, {one.role}" + (f" ({one.agency})" if one.agency else ""),
        }
        for one in prepared.audience.who
    ]


def _linked(faults: Mapping[str, str]) -> dict[str, str]:
    # A day is asked in three fields; the summary leads to the first of them.
    return {("due-day" if field == "due" else field): fault for field, fault in faults.items()}


def _assignment(form: Form, serves: UUID) -> Assignment:
    try:
        owner = MemberId(read_id(form.text("owner")))
    except NotFound:
        owner = None
    return Assignment(
        id=read_id(form.text("action")),
        serves=serves,
        what=form.text("what"),
        owner=owner,
        due=_day(form),
    )


def _step(form: Form) -> Step | None:
    version = form.text("version")
    try:
        to = State(form.text("to"))
    except ValueError:
        return None
    if not (version.isascii() and version.isdigit() and len(version) <= LONGEST_VERSION):
        return None
    return Step(to=to, version=int(version), reason=form.text("reason"), due=_day(form))


def _day(form: Form) -> date | None:
    try:
        return date(*(int(form.text(f"due-{part}")) for part in ("year", "month", "day")))
    except (ValueError, OverflowError):
        return None


def _typed_day(form: Form) -> dict[str, str]:
    return {part: form.text(f"due-{part}") for part in ("day", "month", "year")}


def _typed_step(form: Form) -> dict[str, str]:
    return {"to": form.text("to"), "reason": form.text("reason"), **_typed_day(form)}


async def _actions(request: Request) -> tuple[RoomId, list[ShownAction]]:
    room = room_of(request)
    who = await practitioner_of(request)
    return room, await viewing.list_actions(who, room, keepers=keepers_of(request))


def _cards(shown: list[ShownAction]) -> list[dict[str, object]]:
    return [_card(one) for one in shown]


def _card(shown: ShownAction) -> dict[str, object]:
    action = shown.action
    return {
        "hex": action.id.hex,
        "room_hex": action.room.hex,
        "room_reference": shown.room_reference,
        "what": action.what,
        "owner": _("You") if shown.is_mine else shown.owner.name,
        "agency": "" if shown.is_mine else shown.owner.agency,
        "due": day_words(action.due),
        "state": gettext(WORDS[action.state]),
        "is_done": action.state is State.DONE,
        "is_to_do": action.is_to_do,
        "is_late": shown.is_late,
        "carried": action.carried,
        "reason": action.reason,
        "heading": shown.heading,
        "version": action.version,
    }


def _taken(shown: ShownStep) -> dict[str, str]:
    return {
        "words": gettext(WORDS[shown.step.state]),
        "by": shown.moved_by.name,
        "at": time_words(shown.step.moved_at),
        "due": day_words(shown.step.due) if shown.step.state is State.CARRIED else "",
        "reason": shown.step.reason,
    }


def _action_of(request: Request) -> ActionId:
    return ActionId(read_id(request.path_params["action"]))


ROUTES: list[BaseRoute] = [
    gated("/actions", show_mine, act=Act.LIST_ACTIONS),
    gated("/rooms/{room}/actions", show_list, act=Act.VIEW_ROOM),
    gated("/rooms/{room}/actions/fragment", show_list_again, act=Act.VIEW_ROOM),
    gated("/rooms/{room}/actions/new", prepare, act=Act.LIST_SEATS),
    gated("/rooms/{room}/actions/new", add, act=Act.ASSIGN_ACTION, methods=("POST",)),
    gated("/rooms/{room}/actions/{action}", show_action, act=Act.LIST_ACTIONS),
    gated("/rooms/{room}/actions/{action}", move, act=Act.PROGRESS_ACTION, methods=("POST",)),
]
