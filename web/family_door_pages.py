"""The family's own door: a first visit by a code, and coming again by a passkey or a PIN."""

from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from server.identity import coming_again, coming_in, signing_in
from server.identity.coming_again import AskedDevice
from server.identity.failing import SignInFailed, TooOften
from server.kernel.settings import settings
from web.errors import on_the_beat
from web.forms import Form, read_form, summary
from web.language import N_
from web.navigation import home_of
from web.origin import origin_of
from web.rendering import page
from web.route import Public, public
from web.session import SESSION_COOKIE, SIGN_IN_COOKIE, address_of, session_of, set_cookie

WRONG = 422
TOO_OFTEN = 429
ANSWER_WITHIN_S = 600
WRONG_CODE = N_("This code did not work. Check it, or ask your contact for a new one.")
WRONG_NAME = N_("This did not work. Check the name and the PIN, or ring: we can help you.")
TRIED_TOO_OFTEN = N_("That was tried too often from here. Wait 5 minutes, then try again.")
HOME, FIRST = "/y/home", "/y/safe"


async def by_code(request: Request) -> Response:
    """Ask for the code of a first visit; who is signed in goes on to her own first page."""
    session = session_of(request)
    if session is not None:
        return RedirectResponse(home_of(session.member), status_code=303)
    if request.method != "POST":
        return await _ask_code(request, Form())
    form = await read_form(request, may_turn=True)
    if form.is_turned:
        return await _ask_code(request, form)
    try:
        token = await coming_in.come_by_code(
            form.text("code"),
            address=address_of(request),
            replacing=request.cookies.get(SESSION_COOKIE),
        )
    except SignInFailed as fault:
        # One answer for wrong, ended, used and unknown, and at the same beat of the clock.
        return await on_the_beat(request, await _ask_code(request, form, fault))
    return _let_in(token, FIRST)


async def again(request: Request) -> Response:
    """Let somebody in who has been here before."""
    session = session_of(request)
    if session is not None:
        return RedirectResponse(home_of(session.member), status_code=303)
    if request.method != "POST":
        return await _ask_who(request, Form(), _wanted(request.query_params.get("to", "")))
    form = await read_form(request, may_turn=True)
    to = _wanted(form.text("to"))
    if form.is_turned:
        return await _ask_who(request, form, to)
    try:
        token = await _come(request, form)
    except SignInFailed as fault:
        return await on_the_beat(request, await _ask_who(request, form, to, fault))
    return _let_in(token, to)


async def _come(request: Request, form: Form) -> str:
    address, replacing = address_of(request), request.cookies.get(SESSION_COOKIE)
    if form.is_ticked("answer"):
        return await coming_again.come_by_passkey(
            form.text("answer"),
            origin=origin_of(request) or "",
            browser_token=request.cookies.get(SIGN_IN_COOKIE),
            address=address,
            replacing=replacing,
        )
    return await coming_again.come_by_pin(
        form.text("name"), form.text("pin"), address=address, replacing=replacing
    )


async def _ask_code(request: Request, form: Form, fault: SignInFailed | None = None) -> Response:
    wrong = form.faults
    if fault is not None:
        wrong["code"] = TRIED_TOO_OFTEN if isinstance(fault, TooOften) else WRONG_CODE
    provider = settings().family_provider
    return await page(
        request,
        "family/code.html",
        status=_status(fault),
        # Every wrong code has one answer, byte by byte: only what was not tried yet comes back.
        typed={"code": "" if fault else form.text("code")},
        wrong=wrong,
        faults=summary(wrong),
        to_again=_with("/y/in", request.query_params.get("to", "")),
        provider={"name": provider.name, "code": provider.code} if provider else None,
    )


async def _ask_who(
    request: Request, form: Form, to: str, fault: SignInFailed | None = None
) -> Response:
    # A PIN is never written into a page, so it alone does not come back.
    wrong = form.faults
    if fault is not None:
        wrong["name"] = TRIED_TOO_OFTEN if isinstance(fault, TooOften) else WRONG_NAME
    asked = await _asked_device(request)
    answer = await page(
        request,
        "family/again_in.html",
        status=_status(fault),
        typed={"name": "" if fault else form.text("name")},
        wrong=wrong,
        faults=summary(wrong),
        to=to,
        options=asked.options if asked else "",
    )
    if asked is not None:
        set_cookie(answer, SIGN_IN_COOKIE, asked.browser_token, lasts_s=ANSWER_WITHIN_S)
    return answer


async def _asked_device(request: Request) -> AskedDevice | None:
    """Ask for a passkey; nothing where too many were asked for here lately: a PIN does as well."""
    try:
        return await coming_again.ask_device(
            address_of(request),
            request.cookies.get(SIGN_IN_COOKIE),
            origin=origin_of(request) or "",
        )
    except TooOften:
        return None


def _status(fault: SignInFailed | None) -> int:
    if fault is None:
        return 200
    return TOO_OFTEN if isinstance(fault, TooOften) else WRONG


def _wanted(to: str) -> str:
    """Return where she wanted to go, if that is a page of ours; else her own first page."""
    own = signing_in.own_address(to)
    return own if own != "/" else HOME


def _with(address: str, to: str) -> str:
    own = signing_in.own_address(to)
    return f"{address}?to={quote(own)}" if own != "/" else address


def _let_in(token: str, to: str) -> Response:
    answer = RedirectResponse(to, status_code=303)
    set_cookie(answer, SESSION_COOKIE, token)
    return answer


ROUTES = [
    public("/y", by_code, why=Public.SIGN_IN, methods=("GET", "POST")),
    public("/y/in", again, why=Public.SIGN_IN, methods=("GET", "POST")),
]
