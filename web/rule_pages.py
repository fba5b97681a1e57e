"""Words of somebody of the family as rules: taken down, read back, saved."""

from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from consent import naming, own_rules, ruling, showing_protection
from consent.rule_form import WordsForm
from policies.act import Act
from server.directory.member import Practitioner
from server.kernel.errors import Conflict, Invalid, NotFound
from server.kernel.ids import PersonId, RoomId, new_id, read_id
from web.forms import Form, read_form, summary
from web.protection_frame import frame_of, to_list
from web.protection_words import sentence, shown_rule, shown_wish
from web.rendering import page
from web.room_frame import practitioner_of, room_of
from web.route import gated
from web.rule_fields import TypedRules, rule_choices, typed_as
from web.session import keepers_of

SURE, SAVE = "sure", "save"
_KEPT = frozenset({"record", "said_by", "words", "subjects", "instead"})


async def set_rule(request: Request) -> Response:
    """Take down words, ask what they mean, read it back, save it."""
    who, room = await practitioner_of(request), room_of(request)
    form = await read_form(request) if request.method == "POST" else Form()
    offered = await ruling.prepare_rules(who, room)
    if request.method != "POST":
        form = await _begun(request, who, room, offered)
    go = form.text("go")
    if request.method != "POST" or go not in {SURE, SAVE}:
        return await _ask_rule(request, who, room, form, offered)
    told = _words_in(form)
    try:
        checked = await ruling.check_rules(who, room, told, keepers=keepers_of(request))
        if go == SAVE:
            await ruling.set_rules(who, room, told, keepers=keepers_of(request))
            return to_list(room, "recorded")
    except Invalid as wrong:
        return await _ask_rule(request, who, room, form, offered, wrong.faults)
    except Conflict:
        # Pressed twice, or ended by a colleague: the list says how it stands.
        return to_list(room)
    return await page(
        request,
        "protection/rule_sure.html",
        carried=[(name, one) for name in form.values for one in form.all(name) if name in _KEPT],
        rule_fields=list(TypedRules(form).fields()),
        words=told.words,
        rules=[sentence(one) for one in checked.rules],
        closings=checked.closings,
        **frame_of(who, room),
    )


async def _begun(
    request: Request, who: Practitioner, room: RoomId, offered: naming.Nameable
) -> Form:
    """Return the form to begin with: empty, or a rule that stands, to be written anew."""
    instead = request.query_params.get("instead", "")
    if not instead:
        return Form({"record": [new_id().hex]})
    rule = await showing_protection.find_rule(who, room, read_id(instead))
    by_name = {one.name: one.id.hex for one in offered.people}
    return Form(
        {
            "record": [new_id().hex],
            "instead": [rule.id.hex],
            "said_by": [by_name.get(rule.said_by, "")],
            "words": [rule.words],
            "subjects": [by_name[one] for one in rule.about if one in by_name],
            **typed_as(rule, offered),
        }
    )


async def _ask_rule(
    request: Request,
    who: Practitioner,
    room: RoomId,
    form: Form,
    offered: naming.Nameable,
    faults: Mapping[str, str] | None = None,
) -> Response:
    return await page(
        request,
        "protection/rule.html",
        status=422 if faults else 200,
        typed={
            "record": form.text("record"),
            "instead": form.text("instead"),
            "said_by": form.text("said_by"),
            "words": form.text("words"),
            "subjects": form.all("subjects"),
        },
        people={one.id.hex: one.name for one in offered.people},
        blocks=TypedRules(form).blocks,
        faults=summary(faults or {}),
        wrong=faults or {},
        **rule_choices(offered),
        **frame_of(who, room),
    )


async def answer_wish(request: Request) -> Response:
    """Answer what somebody of the family asked about a rule of hers."""
    who, room = await practitioner_of(request), room_of(request)
    wish = read_id(request.path_params["wish"])
    form = await read_form(request) if request.method == "POST" else Form()
    faults: Mapping[str, str] = {}
    if request.method == "POST":
        try:
            await own_rules.answer(who, room, wish, words=form.text("words"))
        except Invalid as wrong:
            faults = wrong.faults
        except Conflict:
            return to_list(room)
        else:
            return to_list(room, "answered")
    shown = await showing_protection.view_protection(who, room, act=Act.ANSWER_ABOUT_RULE)
    asked = {each.id: (one, each) for one in shown.rules for each in one.wishes}
    if wish not in asked:
        raise NotFound
    rule, one = asked[wish]
    return await page(
        request,
        "protection/wish.html",
        status=422 if faults else 200,
        rule=shown_rule(rule),
        one=shown_wish(one),
        typed={"words": form.text("words")},
        faults=summary(faults),
        wrong=faults,
        **frame_of(who, room),
    )


def _words_in(form: Form) -> WordsForm:
    """Return the form as the operation takes it.

    Raises:
        NotFound: an id in it is no id.
    """
    instead = form.text("instead")
    return WordsForm(
        id=read_id(form.text("record")),
        said_by=PersonId(read_id(form.text("said_by"))) if form.text("said_by") else None,
        words=form.text("words"),
        subjects=frozenset(PersonId(read_id(one)) for one in form.all("subjects")),
        rules=TypedRules(form).rules(),
        instead=read_id(instead) if instead else None,
    )


_TOP = "/rooms/{room}/protection"

ROUTES: list[BaseRoute] = [
    gated(f"{_TOP}/rule", set_rule, act=Act.PREPARE_PROTECTION, methods=("GET", "POST")),
    gated(_TOP + "/wish/{wish}", answer_wish, act=Act.ANSWER_ABOUT_RULE, methods=("GET", "POST")),
]
