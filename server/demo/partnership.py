"""The demo's partnership: organisations, practitioners and offices. Everything is made up."""

from dataclasses import dataclass
from datetime import date, timedelta

SATURDAY = 5


@dataclass(frozen=True, slots=True)
class DemoAgency:
    """An organisation, the provider its people sign in by, and the claim that tells it apart.

    `signed` is the day it signed the sharing agreement, counted from the demo's first day.
    """

    code: str
    name: str
    sector: str
    provider: int
    mail_domain: str
    signed: int | None


@dataclass(frozen=True, slots=True)
class DemoPractitioner:
    """A made-up practitioner; `agency` None means her claim is mapped to no organisation."""

    code: str
    name: str
    role_title: str
    agency: str | None
    mail_domain: str
    office: str | None = None


AGENCIES = (
    DemoAgency("tansy_vale", "Tansy Vale School", "education", 1, "tansyvale.example", -60),
    DemoAgency(
        "quillmere_hv",
        "Quillmere 0 to 19 Health, health visitors",
        "health_visiting",
        2,
        "quillhealth.example",
        -58,
    ),
    DemoAgency(
        "quillmere_sn",
        "Quillmere 0 to 19 Health, school nurses",
        "school_nursing",
        2,
        "quillhealth.example",
        -58,
    ),
    DemoAgency("bramblegate", "Bramblegate Homes", "housing", 3, "bramblegate.example", -55),
    DemoAgency(
        "quillmere_police",
        "Quillmere Police, neighbourhood team",
        "police",
        4,
        "quillpolice.example",
        -52,
    ),
    DemoAgency("lantern_thread", "Lantern Thread", "voluntary", 5, "lanternthread.example", None),
    DemoAgency(
        "quillmere_council", "Quillmere County Council", "host", 6, "quillmere.example", -60
    ),
)

PRACTITIONERS = (
    DemoPractitioner("imara", "Imara Testwell", "Pastoral lead", "tansy_vale", "tansyvale.example"),
    DemoPractitioner(
        "perrin", "Perrin Trialman", "Safeguarding lead", "tansy_vale", "tansyvale.example"
    ),
    DemoPractitioner(
        "bronagh", "Bronagh Exampleton", "Health visitor", "quillmere_hv", "quillhealth.example"
    ),
    DemoPractitioner(
        "ketan", "Ketan Placeholme", "School nurse", "quillmere_sn", "quillhealth.example"
    ),
    DemoPractitioner(
        "leona", "Leona Mockingham", "Tenancy support officer", "bramblegate", "bramblegate.example"
    ),
    DemoPractitioner(
        "gethin", "Gethin Inventon", "Police constable", "quillmere_police", "quillpolice.example"
    ),
    DemoPractitioner(
        "saskia",
        "Saskia Fabriczek",
        "Mentor coordinator",
        "lantern_thread",
        "lanternthread.example",
    ),
    DemoPractitioner(
        "noor",
        "Noor Specimen",
        "Information governance officer",
        "quillmere_council",
        "quillmere.example",
        office="ig_officer",
    ),
    DemoPractitioner(
        "ada",
        "Ada Dummerfield",
        "Early help manager",
        "quillmere_council",
        "quillmere.example",
        office="coordinator",
    ),
    DemoPractitioner(
        "yusuf",
        "Yusuf Mockley",
        "System administrator",
        "quillmere_council",
        "quillmere.example",
        office="system_admin",
    ),
    DemoPractitioner(
        "maren",
        "Maren Smallprint",
        "Data protection lead",
        "tansy_vale",
        "tansyvale.example",
        office="dpo_caldicott",
    ),
    DemoPractitioner(
        "alder",
        "Alder Penandink",
        "Headteacher",
        "tansy_vale",
        "tansyvale.example",
        office="signing_officer",
    ),
    DemoPractitioner(
        "isolde",
        "Isolde Hushworthy",
        "Caldicott guardian",
        "quillmere_hv",
        "quillhealth.example",
        office="dpo_caldicott",
    ),
    DemoPractitioner(
        "bram",
        "Bram Undersign",
        "Chief officer",
        "quillmere_hv",
        "quillhealth.example",
        office="signing_officer",
    ),
    DemoPractitioner(
        "tegan",
        "Tegan Paperlight",
        "Data protection lead",
        "lantern_thread",
        "lanternthread.example",
        office="dpo_caldicott",
    ),
    DemoPractitioner(
        "rufus",
        "Rufus Dottedline",
        "Director",
        "lantern_thread",
        "lanternthread.example",
        office="signing_officer",
    ),
    DemoPractitioner("wren", "Wren Sampleford", "Speech therapist", None, "quillhealth.example"),
)

WHAT_TO_LOOK_FOR = {
    "imara": "One late action, a review in two weeks. Invite Saskia and read why nothing is sent.",
    "bronagh": "Types with Imara in 'Otis at school'; both names stand on the changes.",
    "ketan": "Juno's part, and nothing of money or home.",
    "leona": "The room without 'Money'; then Tamsin stops 'Family life' for housing, and three "
    "parts go within a second. What Bramblegate put in stays.",
    "gethin": "A room for one topic.",
    "saskia": "You are not in any rooms.",
    "wren": "Signed in, but not set up yet.",
    "tamsin": "Who can see what, and one button to stop.",
    "juno": "Her own words, and what Mum can see.",
    "dorran": "His own page: one part of the plan, one action, and nothing of the others.",
    "noor": "Every act above, the stopped invitation and the refusal, the decisions, and whether "
    "the log is whole.",
    "yusuf": "Looks after the service and sees nothing of any family.",
    "maren": "Reviews an agreement for the school once Noor has sent a draft; then Alder signs.",
    "alder": "Signs for the school, after signing in again, what Maren has reviewed.",
    "isolde": "Reviews for health visiting. She may suspend their part of the agreement at once.",
    "bram": "Signs for health visiting. Two organisations must sign before anything changes.",
    "tegan": "Reviews for Lantern Thread. She may approve what Noor drafted: she wrote none of it.",
    "rufus": "Signs for Lantern Thread once Tegan has reviewed. Seconds later Imara can invite "
    "Saskia.",
}


def demo_day(first: date, offset: int) -> date:
    """Return the day `offset` days from the demo's first day; a weekend moves to its Friday."""
    day = first + timedelta(days=offset)
    return day - timedelta(days=max(0, day.weekday() - SATURDAY + 1))
