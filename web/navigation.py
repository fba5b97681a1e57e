"""The links at the top of a member's pages, and where she begins."""

from server.directory.member import FamilyMember, Member, Office, Practitioner
from server.identity.sessions import Session
from web.language import N_

Link = dict[str, str]

_LOG_READERS = frozenset({Office.IG_OFFICER})
_REVIEWERS = frozenset(
    {Office.IG_OFFICER, Office.COORDINATOR, Office.DPO_CALDICOTT, Office.AGENCY_MANAGER}
)
_LOOK_AFTER_EMERGENCIES = frozenset({Office.IG_OFFICER, Office.COORDINATOR, Office.DPO_CALDICOTT})
_ASK_IN_EMERGENCY = _LOOK_AFTER_EMERGENCIES | {None, Office.AGENCY_MANAGER}
_NO_AGREEMENTS = frozenset({Office.SYSTEM_ADMIN, Office.QA_AUDITOR, Office.ANALYST})

_PRACTITIONER = (
    {"text": "My day", "href": "/home"},
    {"text": "My rooms", "href": "/rooms"},
    {"text": "My actions", "href": "/actions"},
)
_AGREEMENTS = ({"text": "Sharing agreements", "href": "/agreements"},)
_REVIEWS = ({"text": "Decisions to review", "href": "/desk/decisions"},)
_EMERGENCIES = ({"text": "Emergency access", "href": "/desk/emergency"},)
_PROTECTION = ({"text": "What protects people", "href": "/desk/protection"},)
_LOG = (
    {"text": "Log", "href": "/log"},
    {"text": "Is the log whole?", "href": "/log/check"},
)
_FAMILY = (
    {"text": N_("Your page"), "href": "/y/home"},
    {"text": N_("Your plan"), "href": "/y/plan"},
    {"text": N_("What you agreed"), "href": "/y/choices"},
)


def is_family(member: Member) -> bool:
    """Whether this is somebody of a family, who has pages of her own."""
    return isinstance(member, FamilyMember)


def links_for(member: Member) -> list[Link]:
    """Return the pages that this member has at the top."""
    if isinstance(member, FamilyMember):
        return list(_FAMILY)
    return [
        *_PRACTITIONER,
        *(_AGREEMENTS if member.office not in _NO_AGREEMENTS else ()),
        *(_REVIEWS if member.office in _REVIEWERS else ()),
        *(_EMERGENCIES if member.office in _LOOK_AFTER_EMERGENCIES else ()),
        *(_PROTECTION if member.office in _LOG_READERS else ()),
        *(_LOG if member.office in _LOG_READERS else ()),
    ]


def asks_in_emergency(member: Practitioner) -> bool:
    """Return whether this is somebody who may ask for emergency access."""
    return member.office in _ASK_IN_EMERGENCY


def home_of(member: Member) -> str:
    """Return the page on which this member begins."""
    return "/y/home" if is_family(member) else "/home"


def shown(session: Session) -> dict[str, object]:
    """Return the member as pages name her."""
    return {
        "id": session.member.id,
        "name": session.member.name,
        "agency_name": session.agency_name,
        "is_family": is_family(session.member),
    }
