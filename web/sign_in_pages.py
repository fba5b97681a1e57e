"""Signing in and out: start, find your organisation, the way to the provider and back."""

from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response

from server.directory.member import Practitioner
from server.identity import sessions, signing_in
from server.identity.failing import NotPlaced, SignInFailed, TooOften
from server.identity.signing_in import Again, Begun
from server.kernel.errors import NotFound, NotSignedIn
from server.kernel.settings import Provider, settings
from web.confirming_sign_in import confirm_page
from web.forms import read_form, summary
from web.language import N_, _
from web.navigation import home_of
from web.origin import origin_of
from web.rendering import page
from web.route import Public, public
from web.session import SESSION_COOKIE, SIGN_IN_COOKIE, address_of, session_of, set_cookie

SIGN_IN_COOKIE_S = 600
TOO_OFTEN = 429
RETRY_AFTER_S = 300


async def start(request: Request) -> Response:
    """Show the two doors; a member who is signed in goes on to her own first page."""
    session = session_of(request)
    if session is not None:
        return RedirectResponse(home_of(session.member), status_code=303)
    return await page(request, "start.html", to=_wanted(request))


async def find_organisation(request: Request) -> Response:
    """Ask for the work mail, by whose domain the sign-in service is found."""
    if request.method != "POST":
        return await page(request, "find_organisation.html", work_mail="", to=_wanted(request))
    form = await read_form(request, may_turn=True)
    work_mail, to = form.text("work_mail"), signing_in.own_address(form.text("to"))
    provider = settings().provider_of_mail(work_mail)
    if provider is not None and not form.is_turned:
        return await page(
            request,
            "to_provider.html",
            provider_name=provider.name,
            address_of_provider=_door(provider, to),
        )
    if form.is_turned:
        faults = form.faults
    elif "@" not in work_mail:
        faults = {"work_mail": N_("Enter your work email address, such as name@school.example")}
    else:
        fault = _("We do not know this organisation. Ask %(contact)s.", contact=settings().contact)
        faults = {"work_mail": fault}
    return await page(
        request,
        "find_organisation.html",
        status=422 if faults else 200,
        faults=summary(faults),
        wrong=faults,
        work_mail=work_mail,
        to=to,
    )


async def confirm(request: Request) -> Response:
    """Have somebody who is signed in prove again that it is she, and come back as she was."""
    session = session_of(request)
    if session is None:
        raise NotSignedIn
    if request.method != "POST":
        return await confirm_page(request, to=_wanted(request))
    form = await read_form(request)
    provider = settings().provider(session.provider)
    if provider is None:
        raise NotFound
    to, typed = signing_in.own_address(form.text("to")), form.text("typed")
    who = session.member
    again = Again(who, f"{to}?{typed}" if typed else "")
    hint = who.work_mail if isinstance(who, Practitioner) else None
    try:
        begun = await _begun(request, provider, to, hint=hint, again=again)
    except SignInFailed as fault:
        return await _not_signed_in(request, fault, status=503)
    # A page, not a redirect: a form may not lead to another site.
    answer = await page(
        request,
        "to_provider.html",
        provider_name=provider.name,
        address_of_provider=begun.address,
        is_again=True,
    )
    set_cookie(answer, SIGN_IN_COOKIE, begun.browser_token, lasts_s=SIGN_IN_COOKIE_S)
    return answer


async def begin(request: Request) -> Response:
    """Send the browser to a sign-in service."""
    provider = settings().provider(request.query_params.get("with", ""))
    if provider is None:
        raise NotFound
    return await _begin(request, provider)


async def back(request: Request) -> Response:
    """Take the answer of a sign-in service, and let the member in if it proves who she is."""
    provider = settings().provider(request.path_params["provider"])
    if provider is None:
        raise NotFound
    try:
        signed_in = await signing_in.finish(
            provider,
            dict(request.query_params),
            browser_token=request.cookies.get(SIGN_IN_COOKIE),
            address=address_of(request),
            replacing=request.cookies.get(SESSION_COOKIE),
        )
    except NotPlaced as fault:
        where = urlencode({"with": fault.provider.code})
        return RedirectResponse(f"/sign-in/not-ready?{where}", status_code=303)
    except SignInFailed as fault:
        return await _not_signed_in(request, fault, status=400)
    to = signed_in.return_to if signed_in.return_to != "/" else home_of(signed_in.member)
    answer = RedirectResponse(to, status_code=303)
    set_cookie(answer, SESSION_COOKIE, signed_in.token)
    set_cookie(answer, SIGN_IN_COOKIE, "", lasts_s=0)
    return answer


async def not_ready(request: Request) -> Response:
    """Say that somebody is signed in but not set up, and whom to ask."""
    provider = settings().provider(request.query_params.get("with", ""))
    return await page(
        request,
        "not_ready.html",
        provider_name=provider.name if provider else None,
        who_to_ask=(provider.contact if provider else None) or settings().contact,
    )


async def sign_out(request: Request) -> Response:
    """End the session and every page and socket that is open with it."""
    token = request.cookies.get(SESSION_COOKIE)
    if token:
        await sessions.end_session(token)
    answer = RedirectResponse("/signed-out", status_code=303)
    set_cookie(answer, SESSION_COOKIE, "", lasts_s=0)
    return answer


async def signed_out(request: Request) -> Response:
    """Say that nobody is signed in here any more; it would be untrue to somebody who is."""
    session = session_of(request)
    if session is not None:
        return RedirectResponse(home_of(session.member), status_code=303)
    return await page(request, "signed_out.html")


async def healthz(request: Request) -> Response:
    """Say that the process runs."""
    del request
    return PlainTextResponse("well\n")


async def readyz(request: Request) -> Response:
    """Say whether everything that the service stands on answers, and what does not.

    `app.state.readiness` maps a name to a question that answers True when all is well;
    `app.state.without` does so for what the service goes on without, only more slowly.
    """
    unwell = [name for name, ask in request.app.state.readiness.items() if not await ask()]
    if unwell:
        return PlainTextResponse("not ready: " + ", ".join(unwell) + "\n", status_code=503)
    gone = [name for name, ask in request.app.state.without.items() if not await ask()]
    return PlainTextResponse("ready\n" + "".join(f"{name}: down\n" for name in gone))


async def _begin(request: Request, provider: Provider) -> Response:
    try:
        # The demo's door opens as one of its made-up people; a real provider asks.
        hint = request.query_params.get("as") if settings().demo else None
        begun = await _begun(request, provider, _wanted(request), hint=hint)
    except SignInFailed as fault:
        return await _not_signed_in(request, fault, status=503)
    answer = RedirectResponse(begun.address, status_code=303)
    set_cookie(answer, SIGN_IN_COOKIE, begun.browser_token, lasts_s=SIGN_IN_COOKIE_S)
    return answer


async def _begun(
    request: Request,
    provider: Provider,
    to: str,
    *,
    hint: str | None,
    again: Again | None = None,
) -> Begun:
    return await signing_in.begin(
        provider,
        redirect_uri=f"{origin_of(request)}/sign-in/back/{provider.code}",
        return_to=to,
        browser_token=request.cookies.get(SIGN_IN_COOKIE),
        address=address_of(request),
        hint=hint,
        again=again,
    )


async def _not_signed_in(request: Request, fault: SignInFailed, *, status: int) -> Response:
    is_too_often = isinstance(fault, TooOften)
    answer = await page(
        request,
        "not_signed_in.html",
        status=TOO_OFTEN if is_too_often else status,
        sentence=fault.sentence,
        is_still_in=session_of(request) is not None,
    )
    if is_too_often:
        answer.headers["retry-after"] = str(RETRY_AFTER_S)
    return answer


def _wanted(request: Request) -> str:
    return signing_in.own_address(request.query_params.get("to", "/"))


def _door(provider: Provider, to: str) -> str:
    return "/sign-in/begin?" + urlencode({"with": provider.code, "to": to})


ROUTES = [
    public("/", start, why=Public.SIGN_IN),
    public("/sign-in", find_organisation, why=Public.SIGN_IN, methods=("GET", "POST")),
    public("/sign-in/begin", begin, why=Public.SIGN_IN),
    public("/sign-in/confirm", confirm, why=Public.SIGN_IN, methods=("GET", "POST")),
    public("/sign-in/back/{provider}", back, why=Public.SIGN_IN),
    public("/sign-in/not-ready", not_ready, why=Public.SIGN_IN),
    public("/sign-out", sign_out, why=Public.SIGN_IN, methods=("POST",)),
    public("/signed-out", signed_out, why=Public.SIGN_IN),
    public("/healthz", healthz, why=Public.HEALTH),
    public("/readyz", readyz, why=Public.HEALTH),
]
