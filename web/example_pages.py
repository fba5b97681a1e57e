"""The sentences that have to hold of a draft agreement: shown with how they stand, written here."""

from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute

from consent import examples
from policies.act import Act
from policies.catalogue import catalogue
from policies.examples import Tried
from policies.isa import ANY, Example, Recipient
from server.kernel.errors import Conflict, Invalid
from web.draft_words import GROUNDS, choices, head, places
from web.example_words import tried_words
from web.forms import Form, read_form
from web.rendering import page
from web.room_frame import practitioner_of
from web.route import gated
from web.sign_pages import ANOTHER_TEXT, code_of, number_in

MAY = {"may": "may", "may never": "may never"}


async def show(request: Request) -> Response:
    """Show the sentences of a draft."""
    return await _shown(request, Form())


async def write(request: Request) -> Response:
    """Add a sentence, or take one out."""
    who, code = await practitioner_of(request), code_of(request)
    form = await read_form(request)
    edition = number_in(form, "edition")
    try:
        if form.text("press").isdecimal():
            await examples.take_example(who, code, edition, number_in(form, "press"))
        else:
            await examples.put_example(who, code, edition, _read(form))
    except Invalid as wrong:
        return await _shown(request, form, wrong.faults)
    except Conflict:
        return await _shown(request, form, {"verb": ANOTHER_TEXT}, status=409)
    return RedirectResponse(f"/agreements/{code}/draft/tests", status_code=303)


def _read(form: Form) -> Example:
    return Example(
        Recipient(form.text("role"), form.text("at")),
        form.text("may") == "may",
        form.text("verb"),
        form.text("category"),
        form.text("ground"),
        form.text("source"),
    )


async def _shown(
    request: Request, form: Form, faults: Mapping[str, str] | None = None, *, status: int = 422
) -> Response:
    shown = await examples.view_examples(await practitioner_of(request), code_of(request))
    words = catalogue()
    names = {str(one.code): one.name for one in shown.agencies}
    tried = shown.tried or tuple(Tried(one, holds=False) for one in shown.draft.isa.examples)
    groups = {code: text for code, text in words.group_words.items() if code[:4] == "cat_"}
    roles = {**words.roles, "grp_seat": words.group_words["grp_seat"], ANY: "anybody"}
    return await page(
        request,
        "isa/draft_tests.html",
        status=status if faults else 200,
        draft=head(shown.draft),
        tried=tried_words(tried, names),
        can_be_tried=shown.tried is not None,
        typed=form,
        roles=choices(roles),
        places=places(shown.agencies),
        may=choices(MAY),
        verbs=choices(words.verb_words),
        categories=choices({**words.categories, **groups}),
        grounds=choices({**GROUNDS, ANY: "Whatever the ground"}),
        faults=[{"text": text, "href": "#role"} for text in (faults or {}).values()],
    )


ROUTES: list[BaseRoute] = [
    gated("/agreements/{isa}/draft/tests", show, act=Act.PREPARE_DRAFT),
    gated("/agreements/{isa}/draft/tests", write, act=Act.EDIT_DRAFT, methods=("POST",)),
]
