"""Confirm it is you: a fresh sign-in for what binds an organisation; what was typed comes back."""

from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response

from server.identity import sessions
from server.identity.fresh import FreshSignIn, proof_of
from server.kernel.errors import NotFresh
from web.forms import Form, form_from
from web.rendering import page
from web.session import SESSION_COOKIE, session_of

FORBIDDEN = 403


def fresh_of(request: Request) -> FreshSignIn | None:
    """Return the proof that whoever asks has signed in lately; None if there is none."""
    return proof_of(session_of(request))


async def ask_to_confirm(request: Request, fault: NotFresh) -> Response:
    """Ask somebody to sign in again before she goes on with what she has just sent."""
    del fault
    form: Form = getattr(request.state, "form", Form())
    typed = [(name, one) for name, some in form.values.items() for one in some if name != "csrf"]
    to: str = getattr(request.state, "stands_on", request.url.path)
    return await confirm_page(request, to=to, typed=urlencode(typed))


async def confirm_page(request: Request, *, to: str, typed: str = "") -> Response:
    """Return the page that leads to the sign-in service and back to `to`."""
    return await page(
        request,
        "confirm_sign_in.html",
        status=FORBIDDEN if request.method == "POST" else 200,
        to=to,
        typed=typed,
    )


async def typed_before(request: Request) -> Form:
    """Return what she had sent from this page before she was asked to sign in again, once."""
    session, token = session_of(request), request.cookies.get(SESSION_COOKIE, "")
    if session is None or not session.has_typed:
        return Form()
    path, _, typed = (await sessions.take_typed(token) or "").partition("?")
    return form_from(typed.encode("ascii", "ignore")) if path == request.url.path else Form()
