"""Ask for advice without names: what to ask, whom to ring, and a page to print. Nothing is kept."""

from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from consent import asking_advice
from policies.act import Act
from server.kernel.errors import Invalid
from server.kernel.settings import settings
from web.forms import Form, read_form, summary
from web.rendering import page
from web.room_frame import practitioner_of, room_frame, room_of
from web.route import gated

HERE = "/agreement"
QUESTIONS: Mapping[str, str] = {
    "age": "How old is the child, roughly?",
    "worry": "What worries you?",
    "known": "What do you know, and what have you only heard?",
    "said": "What do the family say, or would asking them be unsafe?",
    "question": "What do you want to know?",
}


async def ask(request: Request) -> Response:
    """Show the questions, or what was typed without names, to be read out and printed."""
    who, room = await practitioner_of(request), room_of(request)
    if request.method != "POST":
        await asking_advice.prepare_advice(who, room)
        return await _show(request, Form())
    form = await read_form(request)
    told = {name: form.text(name) for name in QUESTIONS}
    try:
        await asking_advice.look_for_names(who, room, told)
    except Invalid as wrong:
        return await _show(request, form, wrong.faults)
    return await page(
        request,
        "decisions/advice_paper.html",
        answers=[(words, told[name]) for name, words in QUESTIONS.items() if told[name]],
        role_title=who.role_title,
        advice_line=settings().advice_line,
        **room_frame(room, HERE),
    )


async def _show(request: Request, form: Form, faults: Mapping[str, str] | None = None) -> Response:
    return await page(
        request,
        "decisions/advice.html",
        status=422 if faults else 200,
        questions=QUESTIONS,
        typed={name: form.text(name) for name in QUESTIONS},
        advice_line=settings().advice_line,
        faults=summary(faults or {}),
        wrong=faults or {},
        **room_frame(room_of(request), HERE),
    )


ROUTES: list[BaseRoute] = [
    gated(
        "/rooms/{room}/decisions/advice",
        ask,
        act=Act.PREPARE_DECISION,
        methods=("GET", "POST"),
    ),
]
