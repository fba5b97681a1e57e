"""How a page is read, its language and easy read, and the notice that everybody may read.

A press keeps the place one was at, and what was typed there: the press sends the form itself, and
the browser sends it on to its own page, which gives it back as it was typed.
"""

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute

from policies.act import Act
from rooms.family_page import choose_reading
from server.directory.member import FamilyMember
from server.identity.signing_in import own_address
from server.kernel.errors import NotFound
from server.kernel.language import Language
from web.forms import TURNED, Form, read_form
from web.rendering import page
from web.route import Public, gated, public
from web.session import LANGUAGE_COOKIE, member_of

KEPT_S = 365 * 24 * 60 * 60
EASY = {"yes": True, "no": False}


async def choose_before(request: Request) -> Response:
    """Keep the language in this browser, for somebody who has not signed in."""
    return _back(request, await read_form(request))


async def choose(request: Request) -> Response:
    """Keep for somebody of the family how she reads; the browser keeps the language too."""
    who = await member_of(request)
    if not isinstance(who, FamilyMember):
        raise NotFound
    form = await read_form(request)
    easy = request.query_params.get("easy") or form.text("easy")
    await choose_reading(who, language=_language(request, form), easy_read=EASY.get(easy))
    return _back(request, form)


async def show_privacy(request: Request) -> Response:
    """Say what is kept about a family, and why."""
    return await page(request, "privacy.html")


async def show_privacy_easy(request: Request) -> Response:
    """Say the same in easy read."""
    return await page(request, "privacy_easy.html")


async def show_privacy_young(request: Request) -> Response:
    """Say to young people what is theirs to decide, and who sees what."""
    return await page(request, "privacy_young.html")


def _language(request: Request, form: Form) -> Language | None:
    chosen = request.query_params.get("language") or form.text("language")
    return Language(chosen) if chosen in set(Language) else None


def _back(request: Request, form: Form) -> Response:
    typed_on = request.query_params.get("to")
    if typed_on is None:
        answer = RedirectResponse(own_address(form.text("to")), status_code=303)
    else:
        # Without a fragment, or the mark would stand in it and never arrive.
        page = own_address(typed_on).partition("#")[0]
        sign = "&" if "?" in page else "?"
        # 307: the browser sends the same form there; marked, so that nothing is done with it.
        answer = RedirectResponse(f"{page}{sign}{TURNED}=yes", status_code=307)
    language = _language(request, form)
    if language is not None:
        # So that the page after signing out, and the door she comes back to, speak it as well.
        answer.set_cookie(
            LANGUAGE_COOKIE, language, max_age=KEPT_S, secure=True, httponly=True, samesite="lax"
        )
    return answer


ROUTES: list[BaseRoute] = [
    public("/privacy", show_privacy, why=Public.NOTICE),
    public("/privacy/easy", show_privacy_easy, why=Public.NOTICE),
    public("/privacy/young", show_privacy_young, why=Public.NOTICE),
    public("/language", choose_before, why=Public.LANGUAGE, methods=("POST",)),
    gated("/y/reading", choose, act=Act.CHOOSE_READING, methods=("POST",)),
]
