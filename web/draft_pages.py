"""Drafting a sharing agreement on pages: begin it, write it, send it to its parties."""

from collections.abc import Mapping
from contextlib import suppress

from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import BaseRoute

from consent import drafting
from consent.drafting import Beginning, FromFile, FromForce, FromTemplate, ShownDraft
from policies.act import Act
from policies.catalogue import catalogue
from policies.draft import Rule, rules_of
from policies.templates import TEMPLATES
from server.kernel.errors import Conflict, Invalid, NotFound
from web.draft_words import choices, grid, head, parties, read_rule, read_text, rule_form
from web.forms import Form, read_form
from web.rendering import page, with_safe_headers
from web.room_frame import practitioner_of
from web.route import gated

BEGUN = "A draft of this agreement is open already. Go on with that one, or drop it first."
CHANGED = "Somebody else has changed this draft since you opened it. Look at what stands now."
NEW = "new"


async def show_new(request: Request) -> Response:
    """Ask what a new draft begins from."""
    await drafting.prepare_new(await practitioner_of(request))
    return await _new(request, Form())


async def begin_new(request: Request) -> Response:
    """Begin a draft from a file or a template."""
    who = await practitioner_of(request)
    form = await read_form(request)
    code, file = form.text("code"), form.text("file")
    beginning: Beginning = FromTemplate(form.text("template"), code, form.text("title"))
    if file:
        beginning = FromFile(file)
    try:
        begun = await drafting.begin_draft(who, beginning)
    except Invalid as wrong:
        return await _new(request, form, wrong.faults)
    except Conflict:
        return await _new(request, form, {"file": BEGUN}, status=409)
    except NotFound:
        return await _new(request, form, {"template": "Choose a template, or paste a file."})
    return RedirectResponse(f"/agreements/{begun}/draft", status_code=303)


async def begin(request: Request) -> Response:
    """Begin a draft from the version in force."""
    who, code = await practitioner_of(request), _code(request)
    with suppress(Conflict):  # where one is open already, it is the one to go on with
        await drafting.begin_draft(who, FromForce(code))
    return _back(code)


async def show_draft(request: Request) -> Response:
    """Show the open draft with what is still wrong with it."""
    who = await practitioner_of(request)
    return await _draft(request, await drafting.view_draft(who, _code(request)))


async def show_text(request: Request) -> Response:
    """Show the form for what of a draft is no rule."""
    who = await practitioner_of(request)
    return await _text(request, await drafting.prepare_change(who, _code(request)))


async def write_text(request: Request) -> Response:
    """Write what of a draft is no rule."""
    who, code = await practitioner_of(request), _code(request)
    form = await read_form(request)
    try:
        await drafting.write_text(who, code, _number(form, "edition"), read_text(form))
    except Invalid as wrong:
        return await _text(request, await drafting.prepare_change(who, code), wrong.faults)
    except Conflict:
        return await _changed(request, who_code=code)
    return _back(code)


async def show_rule(request: Request) -> Response:
    """Show the form of one rule, or of a new one."""
    who = await practitioner_of(request)
    shown = await drafting.prepare_change(who, _code(request))
    return await _rule(request, shown, _rule_at(request, shown))


async def write_rule(request: Request) -> Response:
    """Write one rule, or take it out."""
    who, code = await practitioner_of(request), _code(request)
    form = await read_form(request)
    edition, row = _number(form, "edition"), _row(request)
    typed = read_rule(form)
    try:
        if form.text("press") == "remove" and row is not None:
            await drafting.take_out(who, code, edition, row)
        else:
            await drafting.put(who, code, edition, row, typed)
    except Invalid as wrong:
        shown = await drafting.prepare_change(who, code)
        return await _rule(request, shown, typed, wrong.faults)
    except Conflict:
        return await _changed(request, who_code=code)
    return _back(code)


async def send(request: Request) -> Response:
    """Send the draft to its parties."""
    who, code = await practitioner_of(request), _code(request)
    form = await read_form(request)
    try:
        await drafting.send_for_review(who, code, _number(form, "edition"))
    except Invalid as wrong:
        shown = await drafting.view_draft(who, code)
        return await _draft(request, shown, wrong.faults)
    except Conflict:
        return await _changed(request, who_code=code)
    return _back(code)


async def take_back(request: Request) -> Response:
    """Take the draft back, or drop it."""
    who, code = await practitioner_of(request), _code(request)
    form = await read_form(request)
    drop = form.text("press") == "drop"
    try:
        await drafting.take_back(who, code, _number(form, "edition"), drop=drop)
    except Conflict:
        return await _changed(request, who_code=code)
    return RedirectResponse("/agreements", status_code=303) if drop else _back(code)


async def take_away(request: Request) -> Response:
    """Give the version in force as one file."""
    who, code = await practitioner_of(request), _code(request)
    text = await drafting.export_isa(who, code)
    answer = PlainTextResponse(text, media_type="application/json")
    answer.headers["content-disposition"] = 'attachment; filename="agreement.json"'
    return with_safe_headers(request, answer)


async def _new(
    request: Request, form: Form, faults: Mapping[str, str] | None = None, *, status: int = 422
) -> Response:
    return await page(
        request,
        "isa/new.html",
        status=status if faults else 200,
        typed=form,
        templates=choices(TEMPLATES),
        faults=[{"text": text, "href": "#file"} for text in (faults or {}).values()],
    )


async def _draft(
    request: Request,
    shown: ShownDraft,
    faults: Mapping[str, str] | None = None,
    *,
    status: int = 422,
) -> Response:
    return await page(
        request,
        "isa/draft.html",
        status=status if faults else 200,
        draft=head(shown.draft),
        rows=grid(shown),
        parties=parties(shown.draft, shown.agencies),
        wrong=[one.words for one in shown.faults if one.row is None],
        is_ready=not shown.faults,
        may_write=(await practitioner_of(request)).office == "ig_officer",
        faults=[{"text": text, "href": "#rules"} for text in (faults or {}).values()],
    )


async def _text(
    request: Request, shown: ShownDraft, faults: Mapping[str, str] | None = None
) -> Response:
    words = catalogue()
    return await page(
        request,
        "isa/draft_text.html",
        status=422 if faults else 200,
        draft=head(shown.draft),
        isa=shown.draft.isa,
        parties=[str(one) for one in shown.draft.file.parties],
        agencies=[{"value": str(one.code), "text": one.name} for one in shown.agencies],
        categories=choices(words.categories),
        purposes=choices(words.purposes),
        faults=[{"text": text, "href": "#title"} for text in (faults or {}).values()],
    )


async def _rule(
    request: Request,
    shown: ShownDraft,
    rule: Rule | None,
    faults: Mapping[str, str] | None = None,
) -> Response:
    return await page(
        request,
        "isa/draft_rule.html",
        status=422 if faults else 200,
        draft=head(shown.draft),
        row=request.path_params["row"],
        is_new=request.path_params["row"] == NEW,
        **rule_form(rule, shown),
        faults=[{"text": text, "href": "#ref"} for text in (faults or {}).values()],
    )


async def _changed(request: Request, *, who_code: str) -> Response:
    who = await practitioner_of(request)
    shown = await drafting.view_draft(who, who_code)
    return await _draft(request, shown, {"draft": CHANGED}, status=409)


def _rule_at(request: Request, shown: ShownDraft) -> Rule | None:
    row = _row(request)
    rules = rules_of(shown.draft.isa)
    if row is not None and row >= len(rules):
        raise NotFound
    return None if row is None else rules[row]


def _row(request: Request) -> int | None:
    typed = request.path_params["row"]
    if typed == NEW:
        return None
    if not (typed.isascii() and typed.isdigit() and len(typed) < 6):  # noqa: PLR2004  no draft has so many
        raise NotFound
    return int(typed)


def _number(form: Form, name: str) -> int:
    typed = form.text(name)
    return int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 10 else 0  # noqa: PLR2004  as stored


def _code(request: Request) -> str:
    return str(request.path_params["isa"])


def _back(code: str) -> Response:
    return RedirectResponse(f"/agreements/{code}/draft", status_code=303)


_ONE = "/agreements/{isa}"
_DRAFT = f"{_ONE}/draft"

ROUTES: list[BaseRoute] = [
    gated("/agreements/new", show_new, act=Act.PREPARE_DRAFT),
    gated("/agreements/new", begin_new, act=Act.BEGIN_DRAFT, methods=("POST",)),
    gated(f"{_ONE}/file", take_away, act=Act.EXPORT_ISA),
    gated(_DRAFT, show_draft, act=Act.VIEW_DRAFT),
    gated(_DRAFT, begin, act=Act.BEGIN_DRAFT, methods=("POST",)),
    gated(f"{_DRAFT}/text", show_text, act=Act.PREPARE_DRAFT),
    gated(f"{_DRAFT}/text", write_text, act=Act.EDIT_DRAFT, methods=("POST",)),
    gated(f"{_DRAFT}/rules/{{row}}", show_rule, act=Act.PREPARE_DRAFT),
    gated(f"{_DRAFT}/rules/{{row}}", write_rule, act=Act.EDIT_DRAFT, methods=("POST",)),
    gated(f"{_DRAFT}/send", send, act=Act.SEND_DRAFT, methods=("POST",)),
    gated(f"{_DRAFT}/back", take_back, act=Act.TAKE_BACK_DRAFT, methods=("POST",)),
]
