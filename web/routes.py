"""The whole route table.

Every page module brings its lines; each has its act, or says by name why it is everybody's.
"""

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import BaseRoute, Mount
from starlette.staticfiles import StaticFiles

from rooms.live_rooms import LiveRooms
from web import (
    action_pages,
    advice_pages,
    agreement_pages,
    decision_pages,
    document_pages,
    door_pages,
    draft_pages,
    duty_pages,
    emergency_pages,
    example_pages,
    family_door_pages,
    family_pages,
    home_pages,
    isa_pages,
    log_pages,
    looked_pages,
    marker_pages,
    naming_pages,
    objection_pages,
    opening_pages,
    own_door_pages,
    own_rule_pages,
    people_pages,
    plan_pages,
    protection_pages,
    reading_pages,
    receipt_pages,
    recording_pages,
    renewing_pages,
    review_pages,
    room_pages,
    room_socket,
    rule_pages,
    safe_pages,
    scan_pages,
    sign_in_pages,
    sign_pages,
    standing_pages,
    statement_pages,
    stopping_pages,
    take_back_pages,
    version_pages,
    visiting_pages,
)
from web.entrance import Entrance
from web.errors import HANDLERS

STATIC = Mount("/static", StaticFiles(packages=[("web", "static")]), name="static")

ROUTES: list[BaseRoute] = [
    *sign_in_pages.ROUTES,
    *family_door_pages.ROUTES,
    *reading_pages.ROUTES,
    *home_pages.ROUTES,
    *opening_pages.ROUTES,
    *room_pages.ROUTES,
    *statement_pages.ROUTES,
    *people_pages.ROUTES,
    *door_pages.ROUTES,
    *plan_pages.ROUTES,
    *version_pages.ROUTES,
    *take_back_pages.ROUTES,
    *objection_pages.ROUTES,
    *action_pages.ROUTES,
    *document_pages.ROUTES,
    *agreement_pages.ROUTES,
    *receipt_pages.ROUTES,
    *recording_pages.ROUTES,
    *scan_pages.ROUTES,
    *renewing_pages.ROUTES,
    *stopping_pages.ROUTES,
    # Before the decisions themselves: `advice` is the id of none.
    *advice_pages.ROUTES,
    *decision_pages.ROUTES,
    *review_pages.ROUTES,
    *emergency_pages.ROUTES,
    *visiting_pages.ROUTES,
    *duty_pages.ROUTES,
    *protection_pages.ROUTES,
    *rule_pages.ROUTES,
    *marker_pages.ROUTES,
    *naming_pages.ROUTES,
    *family_pages.ROUTES,
    *own_rule_pages.ROUTES,
    *own_door_pages.ROUTES,
    *safe_pages.ROUTES,
    *looked_pages.ROUTES,
    # Before the agreements themselves: `new` is the code of none.
    *draft_pages.ROUTES,
    *example_pages.ROUTES,
    *sign_pages.ROUTES,
    *standing_pages.ROUTES,
    *isa_pages.ROUTES,
    *log_pages.ROUTES,
    *room_socket.ROUTES,
]
"""In the order they are tried."""


def application(*more: BaseRoute) -> Starlette:
    """Return the pages as an ASGI application.

    `more` are the demo's own routes. The caller sets `state.keepers` (who keeps what),
    `state.live_rooms` and `state.readiness` (name to question, see `/readyz`).
    """
    app = Starlette(
        routes=[*ROUTES, *more, STATIC],
        middleware=[Middleware(Entrance)],
        exception_handlers=HANDLERS,
    )
    app.router.redirect_slashes = False
    app.state.keepers = ()
    app.state.live_rooms = LiveRooms()
    app.state.readiness = {}
    app.state.without = {}
    return app
