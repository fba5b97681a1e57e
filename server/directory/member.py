"""Members: practitioners of an agency and members of a family, once they can sign in."""

from dataclasses import dataclass
from enum import StrEnum

from server.directory.agency import FAMILY
from server.kernel.ids import AgencyCode, MemberId, PersonId
from server.kernel.language import Language


class Office(StrEnum):
    """A standing duty outside any room; it gives no sight of any family's words."""

    AGENCY_MANAGER = "agency_manager"
    COORDINATOR = "coordinator"
    DPO_CALDICOTT = "dpo_caldicott"
    SIGNING_OFFICER = "signing_officer"
    IG_OFFICER = "ig_officer"
    QA_AUDITOR = "qa_auditor"
    ANALYST = "analyst"
    SYSTEM_ADMIN = "system_admin"


@dataclass(frozen=True, slots=True)
class Practitioner:
    """Somebody who works for an agency.

    The agency comes from the sign-in provider and its claim, never from the person.
    """

    id: MemberId
    agency: AgencyCode
    name: str
    role_title: str
    work_mail: str
    office: Office | None = None


@dataclass(frozen=True, slots=True)
class FamilyMember:
    """Somebody of a family who can sign in; `person` is the same human in the family's record.

    `language` is what she chose to read in, if she ever did; `easy_read` that she wants the short
    form with pictures where there is one.
    """

    id: MemberId
    person: PersonId
    name: str
    language: Language | None = None
    easy_read: bool = False

    @property
    def agency(self) -> AgencyCode:
        """Return the code of the family, which is no agency."""
        return FAMILY


Member = Practitioner | FamilyMember
