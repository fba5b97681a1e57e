"""The demo's door: made-up people to open the pages as, each under a host name of her own."""

from starlette.requests import Request
from starlette.responses import Response

from server.demo.installing import PERSONAS, SIGN_IN_NAMES, origin_of, provider_of
from server.demo.partnership import AGENCIES, PRACTITIONERS, WHAT_TO_LOOK_FOR
from server.demo.story import PEOPLE
from server.kernel.settings import settings
from web.rendering import page
from web.route import Public, PublicRoute, public

FAMILY_WORDS = {
    "tamsin": "Mother of Juno, Otis and Pip",
    "juno": "14, decides for herself",
    "dorran": "Father of Otis and Pip, lives apart",
}
SIGNATORIES = [
    one.code for one in PRACTITIONERS if one.office in {"dpo_caldicott", "signing_officer"}
]
APART = {*FAMILY_WORDS, *SIGNATORIES}


def routes() -> list[PublicRoute]:
    """Return the demo's own lines of the route table."""
    return [public("/demo", show, why=Public.DEMO)]


async def show(request: Request) -> Response:
    """Show who can be opened, with one line each on what to look for."""
    port = settings().port
    return await page(
        request,
        "demo_door.html",
        organisations=list(SIGN_IN_NAMES.values()),
        groups=[
            {"title": title, "people": [_shown(one, port) for one in codes]}
            for title, codes in (
                ("Practitioners", [one for one in PERSONAS if one not in APART]),
                ("The family", list(FAMILY_WORDS)),
                ("Who review and sign the sharing agreement", SIGNATORIES),
            )
        ],
    )


def _shown(code: str, port: int) -> dict[str, str]:
    return {
        "name": _name(code),
        "who": _who(code),
        "look_for": WHAT_TO_LOOK_FOR[code],
        "href": f"{origin_of(code, port)}/sign-in/begin?with={provider_of(code)}&as={code}",
        "by_code": f"{origin_of(code, port)}/y" if code in FAMILY_WORDS else "",
    }


def _name(code: str) -> str:
    everybody = {one.code: one.name for one in (*PRACTITIONERS, *PEOPLE)}
    return everybody[code]


def _who(code: str) -> str:
    if code in FAMILY_WORDS:
        return FAMILY_WORDS[code]
    practitioner = next(one for one in PRACTITIONERS if one.code == code)
    agency = next((one.name for one in AGENCIES if one.code == practitioner.agency), None)
    if agency is None:
        return f"{practitioner.role_title}, placed in no organisation"
    return f"{practitioner.role_title}, {agency}"
