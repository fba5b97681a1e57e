"""The second person's pages: which decisions about sharing wait, and one of them."""

from collections.abc import Mapping
from uuid import UUID

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute

from consent import second_person
from consent.sharing_decision import Review
from policies.act import Act
from server.directory.member import Office
from server.kernel.errors import Conflict, Invalid
from server.kernel.ids import read_id
from web.decision_words import shown_decision
from web.forms import Form, read_form, summary
from web.rendering import page
from web.room_frame import practitioner_of
from web.route import gated
from web.session import keepers_of

HERE = "/desk/decisions"
DONE = {
    "right": "Your review is recorded: the decision is right.",
    "challenged": "Your challenge is recorded. What it shared in the room is closed again.",
    "before": "Somebody had reviewed it already.",
}


async def show_list(request: Request) -> Response:
    """Show what waits for a second person, longest waiting first, and what was reviewed last."""
    who = await practitioner_of(request)
    reviews = await second_person.list_reviews(who)
    return await page(
        request,
        "decisions/reviews.html",
        waiting=[shown_decision(one) for one in reviews.waiting],
        reviewed=[shown_decision(one) for one in reviews.done],
        confirms_duty=who.office is Office.IG_OFFICER,
        done=DONE.get(request.query_params.get("done", ""), ""),
    )


async def show(request: Request) -> Response:
    """Show one decision whole, but for the words of the plan."""
    return await _show(request, Form())


async def review(request: Request) -> Response:
    """Record what the second person found."""
    who, decision = await practitioner_of(request), _decision_of(request)
    form = await read_form(request)
    found = {one.value: one for one in Review}.get(form.text("review"))
    try:
        await second_person.review(
            who, decision, found, words=form.text("words"), keepers=keepers_of(request)
        )
    except Invalid as wrong:
        return await _show(request, form, wrong.faults)
    except Conflict:
        return RedirectResponse(f"{HERE}?done=before", status_code=303)
    return RedirectResponse(f"{HERE}?done={form.text('review')}", status_code=303)


async def _show(request: Request, form: Form, faults: Mapping[str, str] | None = None) -> Response:
    who = await practitioner_of(request)
    shown = await second_person.view_for_review(who, _decision_of(request))
    return await page(
        request,
        "decisions/review.html",
        status=422 if faults else 200,
        one=shown_decision(shown),
        typed={name: form.text(name) for name in ("review", "words")},
        faults=summary(faults or {}),
        wrong=faults or {},
    )


def _decision_of(request: Request) -> UUID:
    return read_id(request.path_params["decision"])


_ONE = "/desk/decisions/{decision}"

ROUTES: list[BaseRoute] = [
    gated(HERE, show_list, act=Act.LIST_REVIEWS),
    gated(_ONE, show, act=Act.PREPARE_REVIEW),
    gated(_ONE, review, act=Act.REVIEW_DECISION, methods=("POST",)),
]
