"""What somebody of the family keeps from others, in her own words: hers to read and ask about.

Before a tap the page is the same for everybody, whether or not anything stands there.
"""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute

from consent import own_rules
from consent.own_rules import OwnRule, OwnRules
from consent.protection import RuleSort
from consent.rule_wish import ANSWER_WITHIN, RuleWish, Wish
from policies.act import Act
from server.directory.member import FamilyMember
from server.kernel import clock
from server.kernel.clock import london_day
from server.kernel.errors import Invalid, NotFound
from server.kernel.ids import new_id, read_id
from web.forms import Form, read_form, summary
from web.language import N_, gettext
from web.rendering import page, print_of
from web.room_frame import day_words, room_of
from web.route import gated
from web.session import member_of
from web.spoken_words import plain

SORTS = {
    RuleSort.NEVER: N_("They never see it"),
    RuleSort.ONLY: N_("Only they see it"),
}
WISHES = {
    Wish.CHANGE: N_("Change it"),
    Wish.END: N_("End it"),
}
# What the operation finds, said here so that it is translated.
FAULTS = (N_("Choose what you want"), N_("Say what should be different"))


async def show(request: Request) -> Response:
    """Show her own rules, after a tap."""
    _, own = await _own(request)
    is_open = request.query_params.get("show") == "yes"
    return await page(
        request,
        "family/own_words.html",
        **print_of(request),
        room_hex=room_of(request).hex,
        is_open=is_open,
        is_asked=is_open and request.query_params.get("done") == "asked",
        rules=[_rule(one) for one in own.standing] if is_open else [],
        ended=[
            {"words": one.words, "since": day_words(one.since), "until": day_words(one.until)}
            for one in own.ended
            if is_open
        ],
    )


async def ask(request: Request) -> Response:
    """Ask what she wants changed or ended."""
    return await _ask(request, Form(), {})


async def send(request: Request) -> Response:
    """Take down what she asks for; whoever leads the room answers it."""
    who, room = await member_of(request), room_of(request)
    form = await read_form(request, may_turn=True)
    if form.is_turned:
        return await _ask(request, form, form.faults)
    try:
        await own_rules.ask_about(
            who,
            room,
            _rule_of(request),
            wish=form.text("wish"),
            words=form.text("words"),
            form=read_id(form.text("form")),
        )
    except Invalid as wrong:
        return await _ask(request, form, wrong.faults)
    return RedirectResponse(f"/y/choices/{room.hex}/words?show=yes&done=asked", status_code=303)


async def _ask(request: Request, form: Form, faults: Mapping[str, str]) -> Response:
    _, own = await _own(request)
    found = {one.said.id: one for one in own.standing}.get(_rule_of(request))
    if found is None:
        raise NotFound
    return await page(
        request,
        "family/own_words_ask.html",
        status=422 if faults else 200,
        room_hex=room_of(request).hex,
        rule=_rule(found),
        wishes={one.value: gettext(words) for one, words in WISHES.items()},
        answer_by=day_words(clock.today() + ANSWER_WITHIN),
        form_id=form.text("form") or new_id().hex,
        typed={name: form.text(name) for name in ("wish", "words")},
        faults=summary(faults),
        wrong=faults,
    )


async def _own(request: Request) -> tuple[FamilyMember, OwnRules]:
    who = await member_of(request)
    if not isinstance(who, FamilyMember):
        raise NotFound
    return who, await own_rules.my_rules(who, room_of(request))


def _rule(one: OwnRule) -> dict[str, Any]:
    said = one.said
    return {
        "hex": said.id.hex,
        "words": said.words,
        "means": gettext(SORTS[said.sort]),
        "names": said.names,
        "topics": [plain(words) for words in said.topics],
        "about": said.about,
        "since": day_words(one.since),
        "wishes": [_wish(each) for each in one.wishes],
    }


def _wish(one: RuleWish) -> dict[str, str]:
    return {
        "on": day_words(london_day(one.asked_at)),
        "wish": gettext(WISHES[one.wish]),
        "words": one.words,
        "answer_by": day_words(one.answer_by),
        "answered_on": day_words(london_day(one.answered_at)) if one.answered_at else "",
        "answer": one.answer,
    }


def _rule_of(request: Request) -> UUID:
    return read_id(request.path_params["rule"])


_TOP = "/y/choices/{room}/words"

ROUTES: list[BaseRoute] = [
    gated(_TOP, show, act=Act.VIEW_CONSENT),
    gated(_TOP + "/{rule}", ask, act=Act.VIEW_CONSENT),
    gated(_TOP + "/{rule}", send, act=Act.ASK_ABOUT_RULE, methods=("POST",)),
]
