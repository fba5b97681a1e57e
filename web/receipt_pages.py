"""The receipt of what somebody agreed, to be read, heard, printed and kept."""

from dataclasses import replace
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from consent import receipt
from consent.consent import ConsentState
from consent.receipt import Receipt, ReceiptVersion
from policies.act import Act
from server.directory.agency import FAMILY
from server.directory.member import FamilyMember
from server.kernel import clock
from server.kernel.errors import NotFound
from server.kernel.ids import PersonId, read_id
from server.kernel.settings import settings
from web.agreement_words import joined, purpose_words, shown_consent
from web.language import _, ngettext, speaking
from web.rendering import page, print_of, sheet
from web.room_frame import day_words, practitioner_of, room_frame, room_of
from web.route import gated
from web.session import member_of
from web.spoken_words import capacity_words, practitioner_shown, written

HERE = "/agreement"


async def show_own(request: Request) -> Response:
    """Show somebody of the family the receipt of her own answers; names after a tap."""
    who = await member_of(request)
    if not isinstance(who, FamilyMember):
        raise NotFound
    room = room_of(request)
    own = await receipt.read_receipt(who, room)
    with_names = request.query_params.get("show") == "yes"
    return await page(
        request,
        "family/receipt.html",
        room_hex=room.hex,
        is_open=with_names,
        **print_of(request),
        **_words(own, with_names=with_names),
    )


async def show_for_lead(request: Request) -> Response:
    """Show the lead the same receipt, to print it and hand it over."""
    who, room = await practitioner_of(request), room_of(request)
    giver = PersonId(read_id(request.path_params["person"]))
    found = await receipt.read_receipt(who, room, giver)
    wishes = print_of(request)
    with speaking(wishes["sheet_language"]):
        handed = sheet("agreement/receipt_sheet.html", **_words(found, with_names=True))
    return await page(
        request,
        "agreement/receipt.html",
        person_hex=giver.hex,
        sheet=handed,
        **wishes,
        **room_frame(room, HERE),
    )


def _words(own: Receipt | None, *, with_names: bool) -> dict[str, Any]:
    return {
        "receipt": _shown(own, with_names=with_names) if own else None,
        "purposes": purpose_words(),
        "printed_on": day_words(clock.today()),
        "contact": written(settings().contact),
    }


def _shown(own: Receipt, *, with_names: bool) -> dict[str, Any]:
    newest, *earlier = own.versions
    return {
        # Enough to be told apart on the telephone; the id itself is in the log.
        "number": own.id.hex[:8].upper(),
        "giver": own.giver if with_names else "",
        "as_what": capacity_words(own.capacity, "you"),
        "lead": _place(own.contact) if own.contact else None,
        "newest": _version(newest, with_names=with_names),
        "earlier": [_version(one, with_names=with_names) for one in earlier],
    }


def _version(one: ReceiptVersion, *, with_names: bool) -> dict[str, Any]:
    said = one.said
    if not with_names:
        # Somebody else may be looking: an answer for one of the family by name waits for a tap.
        staff = {code: name for code, name in said.agencies.items() if code != FAMILY}
        said = replace(said, agencies=staff)
    words = shown_consent(said, to_family=True)
    return {
        "number": one.number,
        "state": words["state"],
        "said_no": said.state is ConsentState.REFUSED,
        "is_over": said.state is ConsentState.LAPSED,
        "given_on": words["given_on"],
        "review_on": words["review_on"],
        "how": words["how"],
        "recorded_by": _place(one.recorded_by) if one.recorded_by else None,
        "for_whom": _for_whom(one, with_names=with_names),
        "topics": words["topics"],
        "unsigned": words["unsigned"],
        "explained": words["explained"],
        "had_interpreter": bool(said.interpreter),
        "had_witness": bool(said.witness),
    }


def _for_whom(one: ReceiptVersion, *, with_names: bool) -> str:
    others = list(one.others)
    if others and not with_names:
        count = len(others)
        words = ngettext("%(num)s child of yours", "%(num)s children of yours", count)
        others = [words % {"num": count}]
    return joined([*([_("yourself")] if one.is_for_self else []), *others])


def _place(place: tuple[str, str]) -> dict[str, str]:
    """Return somebody by what they are and where."""
    title, agency = place
    return {"who": practitioner_shown(title), "agency": agency}


ROUTES: list[BaseRoute] = [
    gated("/y/choices/{room}/receipt", show_own, act=Act.READ_RECEIPT),
    gated("/rooms/{room}/agreement/receipt/{person}", show_for_lead, act=Act.READ_RECEIPT),
]
