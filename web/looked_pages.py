"""Who looked at what is about somebody of a family: role and organisation, day and why."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from consent import looked
from policies.act import Act
from policies.catalogue import catalogue
from server.directory.member import FamilyMember
from server.kernel.errors import NotFound
from server.kernel.settings import settings
from web.agreement_words import joined
from web.rendering import page, print_of
from web.room_frame import day_words
from web.route import gated
from web.session import keepers_of, member_of
from web.spoken_words import plain


async def show(request: Request) -> Response:
    """Show who looked in the last weeks, newest first."""
    who = await member_of(request)
    if not isinstance(who, FamilyMember):
        raise NotFound
    found = await looked.who_looked(who, keepers=keepers_of(request))
    known = catalogue().purposes
    return await page(
        request,
        "family/looked.html",
        **print_of(request),
        since=day_words(found.since),
        looks=[
            {
                "day": day_words(one.day),
                "title": one.title,
                "agency": one.agency,
                "why": joined(plain(known[code]) for code in one.purposes if code in known),
            }
            for one in found.looks
        ],
        contact=settings().contact,
    )


ROUTES: list[BaseRoute] = [gated("/y/looked", show, act=Act.LIST_ROOMS)]
