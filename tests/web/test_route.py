"""The route table: no line without its act or its named reason."""

import pytest
from starlette.requests import Request
from starlette.responses import Response
from starlette.websockets import WebSocket

from policies.act import Act
from web.route import GatedRoute, Public, PublicRoute, gated, gated_socket, public
from web.routes import ROUTES, STATIC, application


async def page(request: Request) -> Response:
    raise AssertionError(request)


async def socket(websocket: WebSocket) -> None:
    raise AssertionError(websocket)


@pytest.mark.parametrize("act", [None, "room:view", Public.STATIC, Act])
def test_a_route_without_an_act_cannot_be_built(act):
    with pytest.raises(TypeError, match="needs its Act"):
        gated("/x", page, act=act)
    with pytest.raises(TypeError, match="needs its Act"):
        gated_socket("/x", socket, act=act)


@pytest.mark.parametrize("why", [None, "because", Act.VIEW_ROOM])
def test_a_public_route_without_a_named_reason_cannot_be_built(why):
    with pytest.raises(TypeError, match="needs its Public"):
        public("/x", page, why=why)


def test_a_route_carries_what_it_was_built_with():
    assert gated("/x", page, act=Act.VIEW_ROOM).act is Act.VIEW_ROOM
    assert gated_socket("/x", socket, act=Act.VIEW_ROOM).act is Act.VIEW_ROOM
    assert public("/x", page, why=Public.DEMO).why is Public.DEMO


def test_a_gated_route_takes_only_the_methods_it_names():
    assert gated("/x", page, act=Act.INVITE, methods=("POST",)).methods == {"POST"}
    assert gated("/x", page, act=Act.VIEW_ROOM).methods == {"GET", "HEAD"}


def test_no_address_has_two_meanings():
    seen = set()
    for route in ROUTES:
        key = (getattr(route, "path", None), frozenset(getattr(route, "methods", None) or ()))
        assert key not in seen
        seen.add(key)


def test_the_application_serves_the_whole_table():
    served = application().router.routes
    assert all(route in served for route in ROUTES)
    assert served[-1] is STATIC
    assert any(isinstance(route, GatedRoute | PublicRoute) for route in served)
