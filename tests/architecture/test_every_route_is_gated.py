"""Every route and socket declares its act or its named reason, and none is open to a stranger."""

from collections.abc import AsyncIterator

import httpx2
import pytest
from starlette.routing import BaseRoute

from policies.act import Act
from server.kernel.ids import new_id
from tests.identity.house import ORIGIN, bind_settings, providers
from web.route import GatedRoute, GatedSocketRoute, Public, PublicRoute
from web.routes import ROUTES, STATIC, application

GATED = [route for route in ROUTES if isinstance(route, GatedRoute)]
FOR_ALL = {
    "/",
    "/y",
    "/y/in",
    "/sign-in",
    "/sign-in/begin",
    "/sign-in/confirm",
    "/sign-in/back/{provider}",
    "/sign-in/not-ready",
    "/sign-out",
    "/signed-out",
    "/language",
    "/privacy",
    "/privacy/easy",
    "/privacy/young",
    "/healthz",
    "/readyz",
}


@pytest.fixture
async def stranger() -> AsyncIterator[httpx2.AsyncClient]:
    """A browser in which nobody is signed in, on an application that has no store at all."""
    bind_settings(*providers("https://provider.example"))
    async with httpx2.AsyncClient(
        transport=httpx2.ASGITransport(application()),
        base_url=ORIGIN,
        headers={"origin": ORIGIN, "sec-fetch-site": "same-origin"},
    ) as client:
        yield client


def address_of(route: GatedRoute) -> str:
    address = route.path
    while "{" in address:
        before, _, rest = address.partition("{")
        address = before + new_id().hex + rest.partition("}")[2]
    return address


@pytest.mark.parametrize("route", ROUTES, ids=repr)
def test_a_route_declares_what_it_asks_the_gate_or_why_it_asks_nothing(route: BaseRoute):
    assert isinstance(route, GatedRoute | GatedSocketRoute | PublicRoute)
    if isinstance(route, PublicRoute):
        assert isinstance(route.why, Public)
    else:
        assert isinstance(route.act, Act)


def test_only_sign_in_language_health_and_style_are_for_all():
    assert {route.path for route in ROUTES if isinstance(route, PublicRoute)} == FOR_ALL
    assert application().routes == [*ROUTES, STATIC]


@pytest.mark.parametrize("route", GATED, ids=repr)
async def test_a_stranger_is_led_to_a_door_before_any_store_is_asked(
    stranger: httpx2.AsyncClient, route: GatedRoute
):
    for method in sorted((route.methods or set()) - {"HEAD"}):
        answer = await stranger.request(method, address_of(route))
        assert answer.status_code == 303
        door = "/y/in" if route.path.startswith("/y/") else "/"
        assert answer.headers["location"].partition("?")[0] == door
        assert answer.text == ""
