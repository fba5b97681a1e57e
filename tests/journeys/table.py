"""The visibility table of the demo on its first day: sections, actions and documents by persona.

`E` may write, `V` may see, `-` does not know that it exists.
"""

from server.demo import plan

WHO = ("imara", "bronagh", "ketan", "leona", "gethin", "tamsin", "juno", "dorran")
PRACTITIONERS = WHO[:5]
FAMILY = WHO[5:]
OUTSIDE = ("saskia", "noor", "yusuf", "wren")
EVERYBODY = (*WHO, *OUTSIDE)

_SECTIONS = """
S1  E V V V - V - -
S2  E E E V - V V -
S3  E E E - - V - -
S4  V E E - - V - -
S5  V E - - - V - -
S6  V V - E - V - -
S7  E V - - - V - -
S8  V - - V E V - -
S9  V - E - - - V -
S10 E - E - - V V -
S11 E V - V - V - -
S12 E E E V - V V -
S13 E - - - - V - V
S14 V V - - E - - -
S15 E E E - - V - -
"""
SECTIONS = {
    row.split()[0]: dict(zip(WHO, row.split()[1:], strict=True))
    for row in _SECTIONS.strip().splitlines()
}
HEADINGS = {part.code: part.title for part in plan.PARTS}
ACTIONS = {action.what: action.part for action in plan.ACTIONS}
"""Each action with the part of the plan whose readers see it."""

DOCUMENTS = {f"{one.title}.{one.kind}": one.part for one in plan.DOCUMENTS if not one.signed_by}
LEAD_ONLY = {f"{one.title}.{one.kind}" for one in plan.DOCUMENTS if one.signed_by}
LOOK_ONLY = {"Order, front page.pdf"}


def cell(part: str, who: str) -> str:
    """What somebody may do with a part; those outside the room, nothing."""
    return SECTIONS[part].get(who, "-")


def parts_of(who: str, *cells: str) -> set[str]:
    """The parts that somebody may see (or, with "E", may write)."""
    return {part for part in SECTIONS if cell(part, who) in (cells or ("V", "E"))}


def headings_of(who: str) -> set[str]:
    """The headings that somebody may know of."""
    return {HEADINGS[part] for part in parts_of(who)}


def actions_of(who: str) -> set[str]:
    """What is to be done, as far as somebody may know."""
    return {what for what, part in ACTIONS.items() if cell(part, who) != "-"}


def documents_of(who: str) -> set[str]:
    """The documents that somebody may know of."""
    own = LEAD_ONLY if who == "imara" else set()
    return own | {name for name, part in DOCUMENTS.items() if cell(part, who) != "-"}
