"""Entries of the log and the form in which they stand in the tree for ever.

A leaf names nobody: actors, agencies and rooms stand in it as pseudonyms, and what else there is
to tell (clause, lawful basis, consents, factors) as a commitment that says nothing once the
sealed details are erased.

Rule: ADR-0004 (the log is an RFC 6962 tree). A released form is never changed, only followed by
one with a higher version.
"""

import hashlib
import hmac
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal
from uuid import UUID

from server.kernel.canonical_json import Json
from server.kernel.ids import AgencyCode, MemberId, RoomId

Outcome = Literal["allowed", "refused", "noted"]
"""The gate's yes, its no, or something that happened without a question (a sign-in)."""

LEAF_VERSION = 1
LEAF_BYTES_AT_MOST = 4096
DETAILS_BYTES_AT_MOST = 65_536
_KIND = re.compile(r"[a-z]+(-[a-z]+)*:[a-z]+(-[a-z]+)*")
_PURPOSE = re.compile(r"[a-z_]+")
_WORD_LENGTH_AT_MOST = 80


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing to record. `kind` is the past form of an act, `<thing>:<what happened>`.

    `details` are sealed: clause, lawful_basis, condition, ground, isa, isa_revision, consent,
    sharing_decision, categories, subjects, why, factors, count. Sealed `by_house` they stand
    under the house's key though the entry tells of a room: what a stranger tried is kept when
    the room goes, and an unknown room costs no look for a key that a known one does not.
    """

    kind: str
    outcome: Outcome
    who: MemberId | None = None
    agency: AgencyCode | None = None
    room: RoomId | None = None
    thing: UUID | None = None
    purpose: str | None = None
    details: Mapping[str, Json] = field(default_factory=dict)
    by_house: bool = False

    def __post_init__(self) -> None:
        """Refuse words that are no codes: no name and no sentence ever stands in a leaf."""
        _must_be_code(_KIND, self.kind)
        if self.purpose is not None:
            _must_be_code(_PURPOSE, self.purpose)


@dataclass(frozen=True, slots=True)
class Leaf:
    """What of an entry goes into the tree, version 1.

    Ids and pseudonyms are 16 bytes; `at_ms` is milliseconds of UTC since 1970; `count` is how
    often the same refusal happened; `commitment` is 32 bytes.
    """

    id: bytes
    at_ms: int
    kind: str
    outcome: str
    actor: bytes | None
    agency: bytes | None
    room: bytes | None
    thing: bytes | None
    purpose: str | None
    count: int
    commitment: bytes
    v: int = LEAF_VERSION

    def as_row(self) -> dict[str, Any]:
        """Return the parts by name, as they are stored."""
        return {name: getattr(self, name) for name in self.__slots__}

    def in_bytes(self) -> bytes:
        """Return the bytes that the tree hashes: canonical JSON, at most 4 KiB.

        The keys stand in canonical order and every value has one spelling, so this is written
        out rather than sorted anew a million times when the log is checked.

        Rule: RFC 8785 (JSON Canonicalization Scheme).
        """
        return (
            f'{{"actor":{_hex(self.actor)},"agency":{_hex(self.agency)},'
            f'"commitment":{_hex(self.commitment)},"count":{self.count:d},"id":{_hex(self.id)},'
            f'"kind":{_word(self.kind)},"object":{_hex(self.thing)},'
            f'"outcome":{_word(self.outcome)},"purpose":{_word(self.purpose)},'
            f'"room":{_hex(self.room)},"time":{self.at_ms:d},"v":{self.v:d}}}'
        ).encode()


def commitment_to(k_event: bytes, details: bytes) -> bytes:
    """Return 32 bytes that bind an entry to its details and tell nothing of them.

    A plain hash of a name could be guessed; with its own random key, erased together with the
    details, it cannot.
    """
    return hmac.digest(k_event, details, hashlib.sha256)


def _hex(value: bytes | None) -> str:
    return "null" if value is None else f'"{value.hex()}"'


def _word(value: str | None) -> str:
    return "null" if value is None else json.dumps(value, ensure_ascii=False)


def _must_be_code(pattern: re.Pattern[str], word: str) -> None:
    if len(word) > _WORD_LENGTH_AT_MOST or not pattern.fullmatch(word):
        message = f"not a code of the log: {word!r}"
        raise ValueError(message)
