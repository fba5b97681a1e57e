"""The demo family's plan, actions and documents, in the words of the story. All made up.

Days count from the demo's first day; `{-20}` in words is that day, written out. A word that ends
in `canary` stands in one place only: the tests look for it in every byte that a persona gets.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Addition:
    """Words that somebody wrote on in a part, on a later day."""

    day: int
    writer: str
    words: str


@dataclass(frozen=True, slots=True)
class DemoPart:
    """One part of the plan: `writer` put it in on `day`, `origin` is where it came from.

    `added` is what was written on later; the first meeting is on day -20.
    """

    code: str
    title: str
    about: tuple[str, ...]
    categories: tuple[str, ...]
    origin: str
    writer: str
    words: str
    named: tuple[str, ...] = ()
    restricted: bool = False
    shown_to: tuple[str, ...] = ()
    heading: str = "worried_about"
    day: int = -20
    added: tuple[Addition, ...] = ()


FAMILY_AS_ONE = ("tamsin", "juno", "otis", "pip")
HOUSEHOLD = ("tamsin", "otis", "pip")
"""Those for whom the mother answered: Juno was not asked about home, money or the address."""

PARTS = (
    DemoPart(
        "S1",
        "In Otis's own words",
        ("otis",),
        ("child_voice",),
        "tansy_vale",
        "imara",
        "\"I like Mondays because it is football. I don't like it when Mum has to wake me up lots "
        "of times. I want my bed not to be in the front room because it smells and Pip wakes "
        'me."\nSaid while drawing, to Imara, {-20}.',
        heading="childs_words",
    ),
    DemoPart(
        "S2",
        "What is working well",
        FAMILY_AS_ONE,
        ("family_relationships", "parenting"),
        "tansy_vale",
        "imara",
        "Tamsin gets all three children fed and out on most days, alone and without a car. Otis "
        'is kind to younger children. Juno reads to Pip at bedtime and Pip asks for "one more".',
        shown_to=("tamsin", "juno"),
        heading="working_well",
        day=-18,
    ),
    DemoPart(
        "S3",
        "Otis at school",
        ("otis",),
        ("education_attendance",),
        "tansy_vale",
        "imara",
        "Otis came on 31 of the last 38 school days",
        added=(
            Addition(-9, "imara", "; 5 of the 7 missed days were Mondays."),
            Addition(
                -9,
                "bronagh",
                " When he is here by 9 he joins in and his reading is at the level for his age.",
            ),
        ),
    ),
    DemoPart(
        "S4",
        "Pip's health and growth",
        ("pip",),
        ("health_development",),
        "quillmere_hv",
        "bronagh",
        "Pip understands what is said to her and points to what she wants, but uses about 20 "
        "single words where we would hope for short sentences. Hearing checked: fine. Speech "
        "drop-in agreed. plumcanary",
    ),
    DemoPart(
        "S5",
        "Tamsin's health",
        ("tamsin",),
        ("mental_health_adult",),
        "quillmere_hv",
        "bronagh",
        "Tamsin has been low since the summer and sleeps 4 to 5 hours. She has seen her doctor "
        "and started treatment. She asks that only Bronagh and Imara know. velvetcanary",
        named=("imara", "bronagh"),
    ),
    DemoPart(
        "S6",
        "Home and repairs",
        HOUSEHOLD,
        ("housing_tenancy",),
        "bramblegate",
        "leona",
        "Two bedrooms for four. Damp in the front room where Otis sleeps; fan broken since spring.",
        added=(Addition(-14, "leona", " Surveyor came {-14}; fan and treatment ordered."),),
    ),
    DemoPart(
        "S7",
        "Money",
        HOUSEHOLD,
        ("finance_employment",),
        "tansy_vale",
        "imara",
        "Free school meals not claimed for Otis because a letter is missing. Rent two weeks "
        "behind. coppercanary",
    ),
    DemoPart(
        "S8",
        "Around the estate",
        HOUSEHOLD,
        ("asb",),
        "quillmere_police",
        "gethin",
        "Noise and a broken gate on three evenings in the last month. Patrol agreed for two "
        "evenings. Nobody in this family is suspected of anything.",
    ),
    DemoPart(
        "S9",
        "Juno: how things feel",
        ("juno",),
        ("mental_health_child",),
        "quillmere_sn",
        "ketan",
        "\"I'm the one who hears Pip at night so I'm tired and then I snap. I don't want Mum to "
        'feel bad about it." Ketan sees Juno on Thursdays. mothcanary',
        named=("imara", "ketan"),
        day=-18,
    ),
    DemoPart(
        "S10",
        "Juno's plan",
        ("juno",),
        ("education_attainment",),
        "tansy_vale",
        "imara",
        "Juno sees Ketan on Thursdays. She may leave the room for five minutes when she needs "
        "to; teachers know, no questions asked.",
        heading="want_to_change",
        day=-18,
    ),
    DemoPart(
        "S11",
        "Safe contact",
        HOUSEHOLD,
        ("address_confidential",),
        "tansy_vale",
        "imara",
        "14 Herongate-canary Row, Quillmere ZX1 4QT. Text, never ring. Nothing by post to the "
        "old address.",
        named=("imara", "bronagh", "leona"),
    ),
    DemoPart(
        "S12",
        "What we want to change",
        FAMILY_AS_ONE,
        ("family_relationships",),
        "tansy_vale",
        "imara",
        '1 "Mornings without shouting" (Tamsin): Otis in by 9 on four days of five, for six '
        'weeks.\n2 "A dry place to sleep" (Otis).\n3 "Talk so the others can understand me" (for '
        "Pip, in Tamsin's words).",
        shown_to=("tamsin", "juno"),
        heading="want_to_change",
        day=-18,
    ),
    DemoPart(
        "S13",
        "Otis and his dad",
        ("otis",),
        ("family_relationships",),
        "tansy_vale",
        "imara",
        "Dorran may write to Otis once a fortnight, by the school office. Imara tells him about "
        "Otis's reading each half term.",
        named=("imara", "tamsin", "dorran"),
        restricted=True,
        shown_to=("dorran",),
        day=-17,
    ),
    DemoPart(
        "S14",
        "Court order",
        ("tamsin",),
        ("domestic_abuse",),
        "quillmere_police",
        "gethin",
        "An order made this year says Dorran must not contact Tamsin or come near her home. Ring "
        "999 on a breach. ironcanary",
        named=("imara", "bronagh"),
        day=-16,
    ),
    DemoPart(
        "S15",
        "If worries grow",
        ("tamsin", "otis"),
        ("safeguarding_concern",),
        "tansy_vale",
        "imara",
        "If Otis misses a third Monday running, or Tamsin feels she can't keep going: Imara rings "
        "Tamsin the same day, and asks Perrin about speaking to children's social care.",
        named=("imara", "bronagh", "ketan", "tamsin"),
        restricted=True,
        heading="if_worries_grow",
    ),
)


READERS = ("imara", "bronagh", "ketan", "leona", "gethin", "tamsin", "juno")
"""Who read the plan ten days before the demo's first day."""

INVITED_TO_SAFEGUARD = ("bronagh", "ketan")


@dataclass(frozen=True, slots=True)
class DemoAction:
    """One action: for which part, whose, due on which day, and where it stands."""

    what: str
    owner: str
    due: int
    part: str
    given: int
    state: str = "open"
    moved: int | None = None
    carried_to: int | None = None
    why: str | None = None


ACTIONS = (
    DemoAction("Mend the fan and treat the damp", "leona", -2, "S6", -20),
    DemoAction(
        "Text Imara by 8.15 if the morning has gone wrong",
        "tamsin",
        15,
        "S3",
        -20,
        "in_progress",
        -19,
    ),
    DemoAction("Breakfast club for Otis, Monday to Thursday", "imara", -12, "S3", -20, "done", -13),
    DemoAction(
        "Book the speech drop-in and go together", "bronagh", 4, "S4", -20, "in_progress", -18
    ),
    DemoAction("Keep Thursdays before lunch for Juno", "ketan", 15, "S9", -18, "in_progress", -17),
    DemoAction("Walk round on two evenings, tell Imara", "gethin", -5, "S8", -20, "done", -5),
    DemoAction(
        "Claim free school meals with Tamsin",
        "imara",
        -8,
        "S7",
        -20,
        "carried",
        -8,
        carried_to=6,
        why="waiting for a letter",
    ),
    DemoAction("Choose: keep top maths set or a term's rest", "juno", 3, "S10", -10),
    DemoAction("Write to Otis, hand it in at the school office", "dorran", 15, "S13", -10),
)


@dataclass(frozen=True, slots=True)
class DemoDocument:
    """One document: put in by whom, on which day, labelled as which part of the plan.

    The scan of a form that somebody signed is for the lead alone, whatever its part.
    """

    title: str
    kind: str
    writer: str
    day: int
    part: str
    lines: tuple[str, ...]
    signed_by: str | None = None


DOCUMENTS = (
    DemoDocument(
        "Attendance summary",
        "pdf",
        "imara",
        -22,
        "S3",
        ("Otis: 31 of 38 school days.", "Five of the seven missed days were Mondays."),
    ),
    DemoDocument(
        "Development review letter",
        "pdf",
        "bronagh",
        -19,
        "S4",
        ("Pip: understands what is said; about 20 single words.", "Hearing checked: fine."),
    ),
    DemoDocument(
        "Damp survey", "pdf", "leona", -14, "S6", ("Front room: damp on the outer wall.",)
    ),
    DemoDocument("Damp survey, photo", "png", "leona", -14, "S6", ()),
    DemoDocument(
        "Note of a talk", "docx", "ketan", -11, "S9", ("Juno talked about nights and mornings.",)
    ),
    DemoDocument("Order, front page", "pdf", "gethin", -16, "S14", ("An order made this year.",)),
    DemoDocument(
        "Signed agreement form",
        "pdf",
        "imara",
        -25,
        "S12",
        ("Scan of the form, signed at school.",),
        signed_by="tamsin",
    ),
)
