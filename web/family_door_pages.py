"""The family's own door: a first visit by a code, and coming again."""

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from server.identity import coming_in
from server.identity.failing import SignInFailed, TooOften
from server.kernel.settings import settings
from web.errors import on_the_beat
from web.forms import read_form, summary
from web.language import _
from web.navigation import home_of
from web.rendering import page
from web.route import Public, public
from web.session import SESSION_COOKIE, address_of, session_of, set_cookie

WRONG = 422
TOO_OFTEN = 429


async def by_code(request: Request) -> Response:
    """Ask for the code of a first visit; who is signed in goes on to her own first page."""
    session = session_of(request)
    if session is not None:
        return RedirectResponse(home_of(session.member), status_code=303)
    if request.method != "POST":
        return await _ask_code(request)
    form = await read_form(request)
    try:
        token = await coming_in.come_by_code(
            form.text("code"),
            address=address_of(request),
            replacing=request.cookies.get(SESSION_COOKIE),
        )
    except SignInFailed as fault:
        # One answer for wrong, ended, used and unknown, and at the same beat of the clock.
        return await on_the_beat(request, await _ask_code(request, fault))
    return _let_in(token, "/y/home")


async def _ask_code(request: Request, fault: SignInFailed | None = None) -> Response:
    wrong = {}
    if fault is not None:
        wrong["code"] = _too_often() if isinstance(fault, TooOften) else _wrong_code()
    provider = settings().family_provider
    return await page(
        request,
        "family/code.html",
        status=_status(fault),
        wrong=wrong,
        faults=summary(wrong),
        provider={"name": provider.name, "code": provider.code} if provider else None,
    )


def _wrong_code() -> str:
    return _("This code did not work. Check it, or ask your contact for a new one.")


def _too_often() -> str:
    return _("That was tried too often from here. Wait 5 minutes, then try again.")


def _status(fault: SignInFailed | None) -> int:
    if fault is None:
        return 200
    return TOO_OFTEN if isinstance(fault, TooOften) else WRONG


def _let_in(token: str, to: str) -> Response:
    answer = RedirectResponse(to, status_code=303)
    set_cookie(answer, SESSION_COOKIE, token)
    return answer


ROUTES = [
    public("/y", by_code, why=Public.SIGN_IN, methods=("GET", "POST")),
]
