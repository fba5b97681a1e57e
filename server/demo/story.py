"""The demo family's own story: who they are, what they agreed, their plan. Everything is made up.

Days count from the demo's first day.
"""

from dataclasses import dataclass

YES, NO = "yes", "no"


@dataclass(frozen=True, slots=True)
class DemoPerson:
    """Somebody of the family; `months` is the age on the demo's first day."""

    code: str
    name: str
    months: int
    nhs_number: str | None = None
    upn: str | None = None


PEOPLE = (
    DemoPerson("tamsin", "Tamsin Samplewick", 34 * 12),
    DemoPerson("juno", "Juno Samplewick", 14 * 12 + 2, "999 731 4018", "G000999916011"),
    DemoPerson("otis", "Otis Samplewick", 9 * 12 + 5, "999 731 4026", "Q000999921042"),
    DemoPerson("pip", "Pip Samplewick", 3 * 12 + 1, "999 731 4034"),
    DemoPerson("dorran", "Dorran Fictonby", 36 * 12),
)
PARENTAL_RESPONSIBILITY = {
    "tamsin": ("juno", "otis", "pip"),
    "dorran": ("otis", "pip"),
}

TOPICS = (
    "school",
    "health",
    "child_feelings",
    "adult_health",
    "home",
    "money",
    "safety_nearby",
    "family_life",
    "address",
)

TAMSINS_ANSWERS: dict[str, dict[str, str]] = {
    # topic: answer by organisation, or by person where only she or he is named
    "school": {
        "tansy_vale": YES,
        "quillmere_hv": YES,
        "quillmere_sn": YES,
        "bramblegate": NO,
        "quillmere_police": NO,
        "lantern_thread": NO,
    },
    "health": {
        "tansy_vale": YES,
        "quillmere_hv": YES,
        "quillmere_sn": YES,
        "bramblegate": NO,
        "quillmere_police": NO,
        "lantern_thread": NO,
    },
    "child_feelings": {
        "imara": YES,
        "bronagh": YES,
        "ketan": YES,
        "bramblegate": NO,
        "quillmere_police": NO,
        "lantern_thread": NO,
    },
    "adult_health": {
        "imara": YES,
        "bronagh": YES,
        "bramblegate": NO,
        "quillmere_police": NO,
        "lantern_thread": NO,
    },
    "home": {
        "tansy_vale": YES,
        "bronagh": YES,
        "bramblegate": YES,
        "quillmere_police": NO,
        "lantern_thread": NO,
    },
    "money": {
        "tansy_vale": YES,
        "bronagh": YES,
        "bramblegate": YES,
        "quillmere_police": NO,
        "lantern_thread": NO,
    },
    "safety_nearby": {
        "tansy_vale": YES,
        "quillmere_hv": NO,
        "quillmere_sn": NO,
        "bramblegate": YES,
        "quillmere_police": YES,
        "lantern_thread": NO,
    },
    "family_life": {
        "tansy_vale": YES,
        "quillmere_hv": YES,
        "quillmere_sn": YES,
        "bramblegate": YES,
        "quillmere_police": NO,
        "lantern_thread": YES,
    },
    "address": {
        "imara": YES,
        "bronagh": YES,
        "leona": YES,
        "quillmere_police": NO,
        "lantern_thread": NO,
    },
}
JUNOS_ANSWERS: dict[str, dict[str, str]] = {
    "school": {
        "tansy_vale": YES,
        "ketan": YES,
        "tamsin": YES,
        "bramblegate": NO,
        "quillmere_police": NO,
    },
    "child_feelings": {"ketan": YES, "imara": YES},
    "family_life": {
        "tansy_vale": YES,
        "quillmere_hv": YES,
        "quillmere_sn": YES,
        "bramblegate": YES,
        "quillmere_police": NO,
    },
}
EXPLAINED = (
    "Privacy notice 4. We may have to share without asking if someone may be hurt. "
    "No is fine and costs you nothing."
)
TAMSINS_OWN_WORDS = "Nobody tells Dorran where we are. Not by accident either."
JUNOS_OWN_WORDS = "Mum can know that I see Ketan, not what we say."
DORRANS_OWN_WORDS = (
    "No. Housing and police don't get to share anything about me. I'll talk to the school "
    "about Otis."
)
COMPETENCE_NOTE = "explained back who would see what, and what she could change"
WITHDRAWAL_WORDS = "I don't want Bramblegate knowing about my benefits."


@dataclass(frozen=True, slots=True)
class DemoDecision:
    """A decision about sharing: which part, to whom, or (without a part) not to.

    `reviewed` is the day on which the second person found it right.
    """

    day: int
    reviewed: int
    decided_by: str
    ground: str
    part: str | None
    to: tuple[str, ...]
    why: str
    asked_as: str
    asked: str
    told_as: str
    told: str
    proportion: str = ""
    basis: str = ""
    condition: str = ""
    criminal_condition: str = ""
    detriment: str = ""
    advice: str = ""


DECISIONS = (
    DemoDecision(
        day=-20,
        reviewed=-19,
        decided_by="imara",
        ground="s16la_duty",
        part="S15",
        to=("bronagh", "ketan"),
        why="Health must know what to do the same day if worries grow.",
        asked_as="agreed",
        asked="Written with Tamsin.",
        told_as="told",
        told="Written with Tamsin.",
        proportion="Only what to do and whom to ring; nothing of how the family lives.",
        basis="legal_obligation",
        condition="safeguarding",
        detriment="Not to share would be worse: nobody would act on the day.",
    ),
    DemoDecision(
        day=-16,
        reviewed=-15,
        decided_by="gethin",
        ground="public_task",
        part="S14",
        to=("imara", "bronagh"),
        why="Those who see the family each week must know of the order.",
        asked_as="unsafe",
        asked="Dorran was not asked: asking could put Tamsin at risk.",
        told_as="told",
        told="Tamsin was told in person.",
        proportion="The order itself and what to do on a breach, to the two who meet her weekly.",
        basis="public_task",
        criminal_condition="safeguarding",
    ),
    DemoDecision(
        day=-12,
        reviewed=-11,
        decided_by="gethin",
        ground="public_task",
        part=None,
        to=(),
        why="About a third person, not needed for the plan, and could show where people have "
        "moved; told to the school's safeguarding line by phone instead.",
        asked_as="unsafe",
        asked="Asking could show where people have moved.",
        told_as="not",
        told="The same: it could show where people have moved.",
        advice="Advice from the information governance officer.",
    ),
)
DECISIONS_END = 140
"""The last day on which the decisions to share hold."""


@dataclass(frozen=True, slots=True)
class DemoMarker:
    """What keeps the father from somebody, whatever else is open."""

    kind: str
    basis: str
    protects: str


NO_CONTACT = DemoMarker(
    kind="no_contact",
    basis="An order made this year: no contact with Tamsin, and not near her home.",
    protects="tamsin",
)
