"""Reviewing, signing, approving and narrowing a sharing agreement; what a draft would change."""

from collections.abc import Mapping
from datetime import datetime

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute

from consent import activating, drafting, foreseeing_policy, replaying, signing, suspending
from consent import effect as effects
from consent.signing import ToSign
from policies.act import Act
from policies.draft import Mark
from policies.isa import PartyState
from server.directory.member import Office
from server.kernel.clock import london_instant
from server.kernel.errors import Conflict, Invalid
from server.kernel.ids import AgencyCode
from web.confirming_sign_in import fresh_of, typed_before
from web.days import read_day, typed_day
from web.draft_words import head, parties
from web.effect_words import effect_words, past_words, people_words
from web.example_words import example_words
from web.forms import Form, read_form
from web.isa_pages import PARTY_STATES, rules_in_force
from web.rendering import page
from web.room_frame import practitioner_of, time_words
from web.route import gated
from web.session import keepers_of

STAND_BACK = {"suspend": PartyState.SUSPENDED, "leave": PartyState.WITHDRAWN}
OTHER_PEOPLE = (
    "People have come to rooms or left since you opened this, so it now reaches others. Read who"
    " would gain or lose what before you go on."
)
ANOTHER_TEXT = "It has been changed since you opened it. Read what stands now before you go on."


async def show_to_sign(request: Request) -> Response:
    """Show the version that waits for signatures, or the one in force, and what one may do."""
    return await _to_sign(request)


async def sign(request: Request) -> Response:
    """Review or sign for one's own organisation."""
    who, code = await practitioner_of(request), code_of(request)
    form = await read_form(request)
    try:
        await signing.sign(who, code, form.text("digest"), fresh=fresh_of(request))
    except Invalid as wrong:
        return await _to_sign(request, wrong.faults)
    except Conflict:
        return await _to_sign(request, {"sign": ANOTHER_TEXT}, status=409)
    return RedirectResponse(f"/agreements/{code}/sign", status_code=303)


async def stand_back(request: Request) -> Response:
    """Suspend one's own organisation's part, or leave."""
    who, code = await practitioner_of(request), code_of(request)
    form = await read_form(request)
    state = STAND_BACK.get(form.text("press"), PartyState.INVITED)
    try:
        await signing.stand_back(who, code, state)
    except Invalid as wrong:
        return await _to_sign(request, wrong.faults)
    return RedirectResponse(f"/agreements/{code}", status_code=303)


async def invite(request: Request) -> Response:
    """Ask another organisation to join what is in force."""
    who, code = await practitioner_of(request), code_of(request)
    form = await read_form(request)
    try:
        await signing.invite_party(who, code, AgencyCode(form.text("agency")))
    except Invalid as wrong:
        return await _narrow(request, wrong.faults)
    return RedirectResponse(f"/agreements/{code}", status_code=303)


async def show_effect(request: Request) -> Response:
    """Show what a draft would change."""
    who, code = await practitioner_of(request), code_of(request)
    try:
        effect = await effects.view_effect(who, code)
    except Invalid as wrong:
        return await page(
            request, "isa/effect.html", status=422, code=code, faults=listed(wrong.faults)
        )
    people = await foreseeing_policy.foresee_effect(
        who, effect, keepers=keepers_of(request), as_signed=False
    )
    return await page(
        request,
        "isa/effect.html",
        code=code,
        effect=effect_words(effect),
        people=people_words(people),
        may_look_back=who.office is Office.IG_OFFICER,
    )


async def show_past(request: Request) -> Response:
    """Show which decisions of the last 30 days would be others under the draft."""
    who, code = await practitioner_of(request), code_of(request)
    try:
        done = await replaying.replay_open(who, code)
    except Invalid as wrong:
        return await page(
            request, "isa/past.html", status=422, code=code, faults=listed(wrong.faults)
        )
    return await page(request, "isa/past.html", code=code, past=past_words(done))


async def show_approval(request: Request) -> Response:
    """Show what one is asked to approve."""
    return await _approval(request, await typed_before(request))


async def approve(request: Request) -> Response:
    """Approve a draft over the difference that was shown."""
    who, code = await practitioner_of(request), code_of(request)
    form = await read_form(request)
    try:
        at = await activating.approve_isa(
            who,
            code,
            effect=form.text("effect"),
            how_far=form.text("how_far"),
            keepers=keepers_of(request),
            fresh=fresh_of(request),
            at=_instant(form),
        )
    except Invalid as wrong:
        return await _approval(request, form, wrong.faults)
    except activating.PeopleMoved:
        return await _approval(request, form, {"approve": OTHER_PEOPLE}, status=409)
    except Conflict:
        return await _approval(request, form, {"approve": ANOTHER_TEXT}, status=409)
    return await page(request, "isa/approved.html", code=code, at=time_words(at))


async def show_narrow(request: Request) -> Response:
    """Show what may be taken away at once, and who could be asked to join."""
    return await _narrow(request)


async def narrow(request: Request) -> Response:
    """Take one rule out of what is in force, or suspend all of it."""
    who, code = await practitioner_of(request), code_of(request)
    form = await read_form(request)
    done = "suspended" if form.text("press") == "suspend" else "narrowed"
    try:
        if done == "suspended":
            await suspending.suspend_isa(who, code)
        else:
            row, version = number_in(form, "row"), number_in(form, "version")
            await activating.narrow_isa(who, code, version=version, row=row)
    except Invalid as wrong:
        return await _narrow(request, wrong.faults)
    except Conflict:
        return await _narrow(request, {"row": ANOTHER_TEXT}, status=409)
    return RedirectResponse(f"/agreements/{code}?done={done}", status_code=303)


async def _to_sign(
    request: Request, faults: Mapping[str, str] | None = None, *, status: int = 422
) -> Response:
    shown = await signing.prepare_signature(await practitioner_of(request), code_of(request))
    names = {str(one.code): one.name for one in shown.agencies}
    return await page(
        request,
        "isa/sign.html",
        status=status if faults else 200,
        draft=head(shown.draft),
        is_draft=shown.is_draft,
        rules=rules_in_force(shown.draft.isa),
        parties=parties(shown.draft, shown.agencies) if shown.is_draft else [],
        examples=[example_words(one, names) for one in shown.draft.isa.examples],
        mine=_mine(shown),
        standing=PARTY_STATES[shown.standing][0] if shown.standing else "",
        may_stand_back=shown.standing in (PartyState.SIGNED, PartyState.SUSPENDED)
        and shown.may_stand_back,
        is_suspended=shown.standing is PartyState.SUSPENDED,
        faults=listed(faults or {}),
    )


def _mine(shown: ToSign) -> dict[str, str] | None:
    match shown.mine:
        case Mark.REVIEWED:
            return {
                "words": "I have reviewed this text and these rules for my organisation",
                "hint": "Your signing officer can sign after that.",
            }
        case Mark.SIGNED:
            return {
                "words": "Sign for my organisation",
                "hint": "What is kept: your name, the time, your organisation, and the fingerprint"
                " of this text and these rules.",
            }
        case _:
            return None


async def _approval(
    request: Request, form: Form, faults: Mapping[str, str] | None = None, *, status: int = 422
) -> Response:
    code = code_of(request)
    who = await practitioner_of(request)
    effect = await effects.view_effect(who, code, to_approve=True)
    people = await foreseeing_policy.foresee_effect(
        who, effect, keepers=keepers_of(request), as_signed=True
    )
    return await page(
        request,
        "isa/approve.html",
        status=status if faults else 200,
        code=code,
        effect=effect_words(effect),
        people=people_words(people),
        draft=head(effect.draft),
        is_own=who.agency in {agency for _, agency in effect.draft.authors},
        typed=typed_day(form, "at"),
        faults=listed(faults or {}),
    )


async def _narrow(
    request: Request, faults: Mapping[str, str] | None = None, *, status: int = 422
) -> Response:
    shown = await drafting.view_in_force(await practitioner_of(request), code_of(request))
    isa, asked = shown.draft.isa, shown.draft.file.parties
    return await page(
        request,
        "isa/narrow.html",
        status=status if faults else 200,
        code=isa.code,
        title=isa.title,
        version=isa.version,
        rules=[
            {"value": str(row), "text": f"{one['ref']}: {one['about']}"}
            for row, one in enumerate(rules_in_force(isa))
        ],
        others=[
            {"value": str(one.code), "text": one.name}
            for one in shown.agencies
            if one.code not in asked
        ],
        faults=listed(faults or {}),
    )


def _instant(form: Form) -> datetime | None:
    try:
        day = read_day(list(typed_day(form, "at").values()))
    except Invalid:
        return None
    return london_instant(day) if day else None


def listed(faults: Mapping[str, str]) -> list[dict[str, str]]:
    """Return faults as a page of agreements takes them."""
    return [{"text": text, "href": "#main-content"} for text in faults.values()]


def number_in(form: Form, name: str) -> int:
    """Return a whole number of a form; -1 if there is none."""
    typed = form.text(name)
    return int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 10 else -1  # noqa: PLR2004  as stored


def code_of(request: Request) -> str:
    """Return the code of the agreement in the address."""
    return str(request.path_params["isa"])


_ONE = "/agreements/{isa}"

ROUTES: list[BaseRoute] = [
    gated(f"{_ONE}/sign", show_to_sign, act=Act.PREPARE_SIGNATURE),
    gated(f"{_ONE}/sign", sign, act=Act.SIGN_ISA, methods=("POST",)),
    gated(f"{_ONE}/stand-back", stand_back, act=Act.STAND_BACK, methods=("POST",)),
    gated(f"{_ONE}/parties", invite, act=Act.INVITE_PARTY, methods=("POST",)),
    gated(f"{_ONE}/effect", show_effect, act=Act.VIEW_EFFECT),
    gated(f"{_ONE}/effect/past", show_past, act=Act.REPLAY_POLICY),
    gated(f"{_ONE}/approve", show_approval, act=Act.PREPARE_APPROVAL),
    gated(f"{_ONE}/approve", approve, act=Act.APPROVE_ISA, methods=("POST",)),
    gated(f"{_ONE}/narrow", show_narrow, act=Act.PREPARE_DRAFT),
    gated(f"{_ONE}/narrow", narrow, act=Act.NARROW_ISA, methods=("POST",)),
]
