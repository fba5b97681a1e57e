"""Pages from templates, and the headers that every answer carries.

No page runs anything but our own script, none is kept by a browser or framed by another page.
"""

import secrets
from collections.abc import Mapping
from functools import cache
from typing import Any

from jinja2 import ChoiceLoader, Environment, PackageLoader, PrefixLoader
from markupsafe import Markup
from starlette.requests import HTTPConnection, Request
from starlette.responses import HTMLResponse, Response

from server.kernel.language import Language
from server.kernel.settings import settings
from web import language, live_stamp, navigation
from web.navigation import is_family
from web.origin import origin_of
from web.session import session_of
from web.spoken_words import by_law, law_of, said, written

NONCE_BYTES = 16
LARGE = "large"
# "same-origin", not "no-referrer": with the latter browsers write `Origin: null` on our own
# forms, and the Origin check would have to let that pass. Neither tells another site anything.
SAFE_HEADERS = {
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "x-frame-options": "DENY",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), display-capture=(), geolocation=(), microphone=(), usb=()",
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'; base-uri 'none';"
    " form-action 'none'; sandbox",
}
HTTPS_HEADERS = {"strict-transport-security": "max-age=63072000; includeSubDomains"}


@cache
def templates() -> Environment:
    """Return the templates: ours, and GOV.UK Frontend's under their own name."""
    govuk = PrefixLoader({"govuk_frontend_jinja": PackageLoader("govuk_frontend_jinja")})
    made = Environment(
        loader=ChoiceLoader([PackageLoader("web"), govuk]),
        autoescape=True,
        # Templates are part of the release; looking at each file's date cost a millisecond a page.
        auto_reload=False,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    made.policies["ext.i18n.trimmed"] = True
    # The extension gives the environment this by name.
    made.install_gettext_callables(  # type: ignore[attr-defined]
        language.gettext, language.ngettext, newstyle=True
    )
    made.globals["zip"] = zip
    made.globals["fault_of"] = _fault_of
    made.globals["written"] = written
    made.globals["by_law"] = by_law
    made.globals["law_of"] = law_of
    return made


async def page(
    request: Request, template: str, status: int = 200, **values: object
) -> HTMLResponse:
    """Return a page: a template of ours with what it is to say, and all that every page needs."""
    nonce = secrets.token_urlsafe(NONCE_BYTES)
    # As they were found, in English, so that they can be said again in the other language.
    found = {"faults_kept": values.get("wrong") or {}}
    given = context(request) | {"cspNonce": nonce} | found | _said(values)
    text = templates().get_template(template).render(given)
    headers = safe_headers(request) | {"content-security-policy": _policy(request, nonce)}
    return HTMLResponse(text, status_code=status, headers=headers)


def _said(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return a page's values with what is wrong in a form said in the language of the page."""
    if language.spoken() is Language.ENGLISH:
        return dict(values)
    return {
        **values,
        "faults": [said(one) for one in values.get("faults", ())],
        "wrong": said(values.get("wrong") or {}),
    }


def sheet(template: str, **values: object) -> Markup:
    """Return what is to be handed over on paper, in the language that is spoken just now."""
    given = {"language": language.spoken(), **values}
    return Markup(templates().get_template(template).render(given))  # noqa: S704  escaped there


async def fragment(request: Request, template: str, **values: object) -> HTMLResponse:
    """Return a piece of a page, to take the place of an older one; it brings no script."""
    text = templates().get_template(template).render(context(request) | values)
    return HTMLResponse(text, headers=safe_headers(request))


def safe_headers(connection: HTTPConnection) -> dict[str, str]:
    """Return the headers of every answer; one that needs other ones says so itself."""
    origin = origin_of(connection) or ""
    return SAFE_HEADERS | (HTTPS_HEADERS if origin.startswith("https:") else {})


def with_safe_headers(connection: HTTPConnection, response: Response) -> Response:
    """Return the answer with every safe header that it does not set itself."""
    for name, value in safe_headers(connection).items():
        response.headers.setdefault(name, value)
    return response


def context(request: Request) -> dict[str, Any]:
    """Return what every page is given (named at the top of `templates/base.html`)."""
    session = session_of(request)
    return {
        "frame": "base_family.html" if session and is_family(session.member) else "base.html",
        "csrf": session.form_token if session else "",
        "live_token": live_stamp.of(request),
        "member": navigation.shown(session) if session else None,
        "nav": navigation.links_for(session.member) if session else [],
        "here": request.url.path,
        "this_page": _address(request),
        "easy_read": bool(session and getattr(session.member, "easy_read", False)),
        "language": language.spoken(),
        "site": site(),
        "faults": [],
    }


def _address(request: Request) -> str:
    """Return where the page stands, to come back to it."""
    asked = request.url.query if request.method == "GET" else ""
    return f"{request.url.path}?{asked}" if asked else request.url.path


def print_of(request: Request) -> dict[str, Any]:
    """Return how a page is asked for: in large print, and a sheet of paper in which language."""
    is_large = request.query_params.get("size") == LARGE
    asked = request.query_params.get("lang", "")
    return {
        "large_print": is_large,
        "size": LARGE if is_large else "",
        "sheet_language": Language(asked) if asked in set(Language) else Language.ENGLISH,
    }


def site() -> Mapping[str, Any]:
    """Return what the settings say of this installation, as pages name it."""
    own = settings()
    return {
        "service_name": own.service_name,
        "council_name": own.council_name,
        "partnership_name": own.partnership_name,
        "contact": written(own.contact),
        "lead_word": own.lead_word,
        "safety_day": own.safety_day,
        "safety_night": own.safety_night,
        "exit_url": own.exit_address,
        "closed_notice": own.closed_notice,
        "demo": own.demo,
        "footer_links": [{"text": text, "href": href} for text, href in own.footer_links.items()],
    }


def _fault_of(wrong: Mapping[str, str] | None, field: str) -> dict[str, str] | None:
    """Return what is wrong with a field as GOV.UK's macros take it; None if nothing is."""
    if not wrong or field not in wrong:
        return None
    return {"text": wrong[field], "visuallyHiddenText": language.gettext("Error")}


def _policy(request: Request, nonce: str) -> str:
    # Older Safari does not count a socket as 'self'.
    origin = origin_of(request) or ""
    socket = f" {'ws' + origin.removeprefix('http')}" if origin else ""
    return (
        "default-src 'none'; "
        f"script-src 'self' 'nonce-{nonce}'; "
        "style-src 'self'; img-src 'self'; manifest-src 'self'; "
        f"connect-src 'self'{socket}; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )
