"""Where parents answered differently about the same child. Pure, no I/O.

One yes is enough to share, and one no undoes no yes (ADR-0008). So that nobody wins in silence,
the lead is told where they differ; neither parent is.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from consent.consent import Capacity, Choice, ConsentLine, live_lines
from policies.catalogue import catalogue
from server.kernel.ids import AgencyCode, PersonId


@dataclass(frozen=True, slots=True)
class Difference:
    """Of one child, topic and organisation: which parents said yes, and which did not."""

    subject: PersonId
    topic: str
    agency: AgencyCode
    yes: frozenset[PersonId]
    no: frozenset[PersonId]


def differences(lines: Iterable[ConsentLine], at: datetime) -> list[Difference]:
    """Return where the newest answers of parents about a child are a yes and no yes.

    What the child answered herself counts alone: then there is nothing to differ about.
    """
    newest = [
        line for line in live_lines(lines) if at < line.until or line.choice is not Choice.YES
    ]
    own = {(line.subject, line.category) for line in newest if line.giver == line.subject}
    said: dict[tuple[PersonId, str, AgencyCode], dict[PersonId, bool]] = {}
    for line in newest:
        topic = catalogue().topic_of(line.category)
        is_parents = line.capacity is Capacity.PARENT_WITH_PR and line.giver != line.subject
        if topic is None or not is_parents or (line.subject, line.category) in own:
            continue
        of_all = said.setdefault((line.subject, topic.code, line.agency), {})
        is_yes = line.choice is Choice.YES
        of_all[line.giver] = of_all.get(line.giver, False) or is_yes
    return [
        Difference(
            subject,
            topic,
            agency,
            yes=frozenset(giver for giver, is_yes in of_all.items() if is_yes),
            no=frozenset(giver for giver, is_yes in of_all.items() if not is_yes),
        )
        for (subject, topic, agency), of_all in sorted(said.items())
        if len(set(of_all.values())) > 1
    ]
