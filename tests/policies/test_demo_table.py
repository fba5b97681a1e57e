"""The demo family's plan: fifteen parts, eight people, who may read and who may edit."""

from dataclasses import dataclass, field

import pytest

from policies.facts import Kind
from policies.question import Cell, Live, Question
from server.kernel.ids import AgencyCode
from tests.policies.asking import AGREED, DAY, DECIDED, NOTHING, OWN, STANDING, demo_book

EVERYBODY = ("imara", "bronagh", "ketan", "leona", "gethin", "tamsin", "juno", "dorran")
PLACES = {
    "imara": ("lead_professional", "tansy_vale"),
    "bronagh": ("tac_member", "quillmere_hv"),
    "ketan": ("tac_member", "quillmere_sn"),
    "leona": ("tac_member", "bramblegate"),
    "gethin": ("tac_member", "quillmere_police"),
    "tamsin": ("parent_carer", "family"),
    "juno": ("young_person", "family"),
    "dorran": ("parent_carer", "family"),
}
PLAN = ("plan", "deliver", "review")
WITH_SAFEGUARD = (*PLAN, "safeguard")


@dataclass(frozen=True)
class Part:
    """A part of the plan, with who agreed to what by hand: the recipients of a live yes, of a
    decision, those named, the only ones let in, those of the family whom it is about or shown."""

    number: int
    category: str
    origin: str
    expected: str
    agreed: tuple[str, ...] = ()
    decided: tuple[str, ...] = ()
    named: tuple[str, ...] = ()
    restricted: tuple[str, ...] = EVERYBODY
    family: tuple[str, ...] = ()
    more: tuple[str, ...] = field(default=())


SCHOOL, VISITORS, NURSES = "tansy_vale", "quillmere_hv", "quillmere_sn"
HOMES, POLICE = "bramblegate", "quillmere_police"
HEALTH = ("bronagh", "ketan")

PARTS = (
    Part(1, "child_voice", SCHOOL, "E V V V - V - -", agreed=("imara", *HEALTH, "leona"),
         named=("imara",), family=("tamsin",)),
    Part(2, "family_relationships", SCHOOL, "E E E V - V V -",
         agreed=("imara", *HEALTH, "leona"), family=("tamsin", "juno"), more=("parenting",)),
    Part(3, "education_attendance", SCHOOL, "E E E - - V - -", agreed=("imara", *HEALTH),
         family=("tamsin",)),
    Part(4, "health_development", VISITORS, "V E E - - V - -", agreed=("imara", *HEALTH),
         family=("tamsin",)),
    Part(5, "mental_health_adult", VISITORS, "V E - - - V - -", agreed=("imara", "bronagh"),
         named=("imara", "bronagh"), family=("tamsin",)),
    Part(6, "housing_tenancy", HOMES, "V V - E - V - -", agreed=("imara", "bronagh", "leona"),
         family=("tamsin",)),
    Part(7, "finance_employment", SCHOOL, "E V - - - V - -", agreed=("imara", "bronagh"),
         family=("tamsin",)),
    Part(8, "asb", POLICE, "V - - V E V - -", agreed=("imara", "leona", "gethin"),
         family=("tamsin",)),
    Part(9, "mental_health_child", NURSES, "V - E - - - V -", agreed=("imara", "ketan"),
         named=("imara", "ketan"), family=("juno",)),
    Part(10, "education_attainment", SCHOOL, "E - E - - V V -", agreed=("imara", "ketan", "tamsin"),
         family=("juno",)),
    Part(11, "address_confidential", SCHOOL, "E V - V - V - -",
         agreed=("imara", "bronagh", "leona"), named=("imara", "bronagh", "leona"),
         family=("tamsin",)),
    Part(12, "family_relationships", SCHOOL, "E E E V - V V -",
         agreed=("imara", *HEALTH, "leona"), family=("tamsin", "juno")),
    Part(13, "family_relationships", SCHOOL, "E - - - - V - V",
         agreed=("imara", *HEALTH, "leona"), restricted=("imara", "tamsin", "dorran"),
         family=("tamsin", "dorran")),
    Part(14, "domestic_abuse", POLICE, "V V - - E - - -", decided=("imara", "bronagh"),
         named=("imara", "bronagh", "gethin"), family=("tamsin",)),
    Part(15, "safeguarding_concern", SCHOOL, "E E E - - V - -", decided=HEALTH,
         restricted=("imara", *HEALTH, "tamsin"), family=("tamsin",)),
)  # fmt: skip


def _grounds(part: Part, person: str) -> frozenset[Live]:
    dst = PLACES[person][1]
    grounds = STANDING
    grounds |= AGREED if person in part.agreed else NOTHING
    grounds |= DECIDED if person in part.decided else NOTHING
    own = person in part.family if dst == "family" else dst == part.origin
    return grounds | (OWN if own else NOTHING)


def _question(part: Part, person: str, verb: str) -> Question:
    role, dst = PLACES[person]
    purposes = WITH_SAFEGUARD if person in ("imara", "bronagh", "ketan") else PLAN
    shut_out = "no" if person in part.restricted else "list"
    cells = tuple(
        Cell(
            category,
            AgencyCode(part.origin),
            _grounds(part, person),
            person in part.named,
            shut_out,
        )
        for category in (part.category, *part.more)
    )
    return Question(role, AgencyCode(dst), purposes, verb, Kind.CONTENT, cells, DAY)


def _seen(part: Part, person: str) -> str:
    book = demo_book()
    if book.answer(_question(part, person, "edit")).allowed:
        return "E"
    return "V" if book.answer(_question(part, person, "view")).allowed else "-"


@pytest.mark.parametrize("person", EVERYBODY)
@pytest.mark.parametrize("part", PARTS, ids=lambda part: f"S{part.number}")
def test_each_sees_of_the_demo_plan_what_the_family_and_the_agreement_say(part, person):
    expected = part.expected.split()[EVERYBODY.index(person)]

    assert _seen(part, person) == expected


@pytest.mark.parametrize("part", PARTS, ids=lambda part: f"S{part.number}")
def test_an_agency_that_has_not_signed_sees_nothing_of_the_plan_whatever_was_agreed(part):
    saskia = Question(
        "tac_member",
        AgencyCode("lantern_thread"),
        WITH_SAFEGUARD,
        "view",
        Kind.CONTENT,
        (Cell(part.category, AgencyCode(part.origin), AGREED | DECIDED | STANDING, named=True),),
        DAY,
    )

    assert not demo_book().answer(saskia).allowed
    assert demo_book().verbs(saskia) == frozenset()
