"""Bells: news after a commit that something of a room changed, with the label of what did.

A bell carries its label so that it rings only where the label may be seen; it never carries
words. A page that hears one fetches the fragment anew, through the gate.

Rule: ADR-0008: a bell without its label would tell an outsider that something exists.
"""

from dataclasses import dataclass
from enum import StrEnum
from functools import partial

from policies.facts import Label
from server.kernel import notices
from server.kernel.database import Tx
from server.kernel.ids import AgencyCode


class What(StrEnum):
    """What a page looks at again when it hears the bell."""

    SECTIONS = "sections"
    ACTIONS = "actions"
    DOCUMENTS = "documents"
    PEOPLE = "people"
    ACCESS = "access"
    ROOM = "room"


@dataclass(frozen=True, slots=True)
class Bell:
    """Something under this label changed. It rings for those who may see it, and nobody else.

    `told` are the organisations for which an answer of the family changed: then it rings for them
    and for the lead alone. None: what changed is the same for all who may see it.
    """

    label: Label
    what: What
    told: frozenset[AgencyCode] | None = None


def ring(tx: Tx, label: Label, what: What, *, told: frozenset[AgencyCode] | None = None) -> None:
    """Leave a bell to be rung once the transaction is durable."""
    tx.after_commit(partial(notices.tell, Bell(label, what, told)))
