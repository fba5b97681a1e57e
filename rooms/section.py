"""Parts of a family's plan: the headings of every plan, and the sections under them. Pure.

Headings are the same in every plan and are data. Under a heading stands any number of sections;
a section has one label (whom it is about, which topics, from whom) and is one live document.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from policies.facts import Label
from server.kernel.ids import MemberId, RoomId, SectionId

HEADING_LENGTH = 120
"""How long the heading of a section may be, in characters."""

FIRST_WORDS_LENGTH = 20_000
"""How long the first words of a section may be, in characters."""


class Heading(StrEnum):
    """The headings of a plan, in the order in which they stand: the child's words come first."""

    CHILDS_WORDS = "childs_words"
    WORKING_WELL = "working_well"
    WORRIED_ABOUT = "worried_about"
    WANT_TO_CHANGE = "want_to_change"
    IF_WORRIES_GROW = "if_worries_grow"

    @property
    def words(self) -> str:
        """Return the heading as it stands on the page."""
        return _WORDS[self][0]

    @property
    def question(self) -> str:
        """Return the question that helps to write under it."""
        return _WORDS[self][1]


_WORDS = {
    Heading.CHILDS_WORDS: (
        "In the child’s own words",
        "What does the child say, in words or in another way? Write it as it was said.",
    ),
    Heading.WORKING_WELL: (
        "What is working well",
        "What is going well for this family, and who makes it so?",
    ),
    Heading.WORRIED_ABOUT: (
        "What we are worried about",
        "What has happened, and what does it mean for the child? Keep to what was seen or said.",
    ),
    Heading.WANT_TO_CHANGE: (
        "What we want to change",
        "What will be different, for whom, and how will everybody notice?",
    ),
    Heading.IF_WORRIES_GROW: (
        "If worries grow",
        "What would make us more worried, and who then does what, the same day?",
    ),
}


@dataclass(frozen=True, slots=True)
class Section:
    """One part of a plan. `heading` are its own words, `under` the plan's heading it stands under.

    `seq` counts the changes stored; `epoch` is the room's access epoch that a change must match;
    `generation` counts how often words were taken back from it.
    """

    id: SectionId
    room: RoomId
    under: Heading
    heading: str
    label: Label
    position: int
    seq: int
    epoch: int
    made_by: MemberId
    made_at: datetime
    generation: int = 0
