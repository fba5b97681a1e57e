"""Recording what somebody agreed, step by step: who, what may be shared, how they said it.

Then it is read back and saved. The same stands as a form to print and fill in by hand.
"""

from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute

from consent import giving, viewing
from consent.giving import CheckedForm
from consent.ruling import ReadBack
from consent.viewing import FormChoices
from policies.act import Act
from policies.catalogue import catalogue
from server.directory.member import Practitioner
from server.kernel.clock import london_day
from server.kernel.errors import Conflict, Invalid
from server.kernel.ids import RoomId
from web.agreement_form import (
    BACK,
    CHOICES,
    RULES,
    SOME,
    STEPS,
    TELLING,
    WHO,
    TypedAgreement,
    linked,
    step_of,
)
from web.agreement_words import joined, purpose_words, read_back
from web.forms import Form, read_form, summary
from web.language import speaking
from web.protection_words import sentence
from web.rendering import page, print_of, sheet
from web.room_frame import day_words, practitioner_of, room_frame, room_of
from web.route import gated
from web.rule_fields import MORE, rule_choices
from web.scan_pages import way_on
from web.session import keepers_of
from web.spoken_words import capacity_words, explained_words, how_told, how_words, plain

HERE = "/agreement"
SAVE = "save"
CHANGED = (
    "What is recorded for this person has changed since you began this form. It may have been"
    " saved already, or changed on their own page. Look at what stands now, and save again only if"
    " this is what they say today."
)


async def record(request: Request) -> Response:
    """Ask step by step, read it back, save it."""
    who, room = await practitioner_of(request), room_of(request)
    form = await read_form(request) if request.method == "POST" else Form()
    typed = TypedAgreement(form, await viewing.prepare_form(who, room))
    go = form.text("go")
    if go == MORE:
        return await _ask(request, room, typed, RULES)
    if request.method != "POST" or go in STEPS:
        return await _ask(request, room, typed, go if go in STEPS else WHO)
    here = form.text("at") if form.text("at") in STEPS else WHO
    until = STEPS[: STEPS.index(here) + 1]
    told = typed.told()
    checked = await giving.check_consent(who, room, told)
    faults = {
        name: fault
        for name, fault in {**checked.faults, **typed.own_faults()}.items()
        if step_of(name) in until
    }
    if faults:
        first = min((step_of(name) for name in faults), key=STEPS.index)
        mine = {name: fault for name, fault in faults.items() if step_of(name) == first}
        return await _ask(request, room, typed, first, mine)
    if not typed.is_for_same_giver:
        typed = _standing(typed, checked.replaces)
    if go != SAVE or here != BACK:
        return await _ask(request, room, typed, _after(here, typed), rules=checked.rules)
    return await _save(request, who, room, typed, checked)


async def show_paper(request: Request) -> Response:
    """Show the same questions in the same order, to be printed and filled in by hand."""
    who, room = await practitioner_of(request), room_of(request)
    offered = await viewing.prepare_form(who, room)
    wishes = print_of(request)
    with speaking(wishes["sheet_language"]):
        handed = sheet("agreement/paper_sheet.html", **_offers(offered))
    return await page(
        request,
        "agreement/paper.html",
        sheet=handed,
        waits=offered.waits,
        **wishes,
        **room_frame(room, HERE),
    )


async def _save(
    request: Request, who: Practitioner, room: RoomId, typed: TypedAgreement, checked: CheckedForm
) -> Response:
    try:
        await giving.record_consent(who, room, typed.told(), keepers=keepers_of(request))
    except Invalid as wrong:
        first = min((step_of(name) for name in wrong.faults), key=STEPS.index)
        return await _ask(request, room, typed, first, wrong.faults)
    except Conflict:
        typed = _standing(typed, checked.replaces)
        faults = {"back": CHANGED}
        return await _ask(request, room, typed, BACK, faults, status=409, rules=checked.rules)
    top = f"/rooms/{room.hex}"
    if typed.offered.waits:
        # A first yes opens the room; a no is to be ended kindly on its own page.
        onward = top if typed.says_yes else f"{top}/declined"
        return RedirectResponse(onward, status_code=303)
    onward = way_on(room, typed.text("giver"), typed.text("how"), "recorded")
    return RedirectResponse(onward, status_code=303)


async def _ask(
    request: Request,
    room: RoomId,
    typed: TypedAgreement,
    step: str,
    faults: Mapping[str, str] | None = None,
    *,
    status: int = 422,
    rules: tuple[ReadBack, ...] = (),
) -> Response:
    values: dict[str, Any] = {}
    if step == BACK:
        values = {**_words_of(typed), "rules": [sentence(one) for one in rules]}
    if step == RULES:
        values = {"blocks": typed.rules.blocks, **rule_choices(typed.offered)}
    return await page(
        request,
        f"agreement/new_{step}.html",
        status=status if faults else 200,
        step=step,
        number=typed.steps.index(step) + 1 if step in typed.steps else STEPS.index(step) + 1,
        steps=len(typed.steps),
        typed=typed,
        carried=list(typed.fields(but=step)),
        replaces=typed.text("replaces"),
        replaces_of=typed.text("replaces_of"),
        waits=typed.offered.waits,
        faults=summary(linked(faults or {})),
        wrong=faults or {},
        **_offers(typed.offered),
        **values,
        **room_frame(room, HERE),
    )


def _offers(offered: FormChoices) -> dict[str, Any]:
    words = catalogue()
    return {
        "people": [{"hex": one.id.hex, "name": one.name} for one in offered.people],
        "capacities": [
            {
                "code": one.value,
                "words": capacity_words(one, "option"),
                "hint": capacity_words(one, "hint"),
            }
            for one in offered.capacities
        ],
        "explained": explained_words(offered.explained),
        "must_explain": offered.must_explain,
        # What is told on somebody's own page is recorded there, not by the lead.
        "how": how_told(),
        "agencies": offered.agencies,
        "practitioners": {
            agency: [{"hex": one.id.hex, "name": one.name, "title": one.role_title} for one in who]
            for agency, who in offered.practitioners.items()
        },
        "topics": [
            {
                "code": topic.code,
                "words": plain(topic.words),
                "means": joined(plain(words.categories[code]).lower() for code in topic.categories),
            }
            for topic in words.topics
        ],
        "choices": CHOICES,
        "some": SOME,
        "purposes": purpose_words(),
    }


def _words_of(typed: TypedAgreement) -> dict[str, Any]:
    told = typed.told()
    names = {one.id: one.name for one in typed.offered.people}
    return {
        "giver": names.get(told.giver, "") if told.giver else "",
        "as_what": capacity_words(told.capacity, "they") if told.capacity else "",
        "about": joined(name for person, name in names.items() if person in told.subjects),
        "told_explained": list(explained_words(told.explained).values()),
        "given_on": day_words(london_day(told.given_at)) if told.given_at else "",
        "review_on": day_words(told.review_on) if told.review_on else "",
        "told_how": how_words(told.how),
        "read_back": read_back(typed),
    }


def _after(step: str, typed: TypedAgreement) -> str:
    """Return the step after this one; who said no to the help is asked about no topics."""
    if step == WHO and not typed.says_yes:
        return TELLING
    following = [one for one in typed.steps if STEPS.index(one) > STEPS.index(step)]
    return following[0] if following else BACK


def _standing(typed: TypedAgreement, newest: int) -> TypedAgreement:
    """Return the form with the version of hers that stands now, to be replaced by it."""
    now = {"replaces": [str(newest)], "replaces_of": [typed.text("giver")]}
    return TypedAgreement(Form({**typed.form.values, **now}), typed.offered)


_TOP = "/rooms/{room}/agreement"

ROUTES: list[BaseRoute] = [
    gated(f"{_TOP}/new", record, act=Act.PREPARE_CONSENT, methods=("GET", "POST")),
    gated(f"{_TOP}/paper", show_paper, act=Act.PREPARE_CONSENT),
]
