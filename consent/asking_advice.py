"""Asking for advice without names: nothing is kept of it, and no name of the family stands in it.

Rule: Information sharing advice for practitioners (DfE, 2024), golden rule 4: seek advice if in
any doubt, without disclosing the identity of the person where possible.
"""

import re
from collections.abc import Mapping

from consent import gate
from consent.form import LONGEST_WORDS
from consent.naming import family_of
from policies.act import Act
from policies.facts import Kind, label_of_room
from server.directory import store as directory
from server.directory.member import Member
from server.kernel.database import writing
from server.kernel.errors import Invalid
from server.kernel.ids import RoomId

_WORD = re.compile(r"[\w’'-]+")


async def prepare_advice(who: Member, room: RoomId) -> None:
    """Let somebody who may decide about sharing ask for advice first.

    Raises:
        Refused: `who` has no place in the room that lets her decide.
    """
    async with writing() as tx:
        await gate.require(tx, who, Act.PREPARE_DECISION, label_of_room(room, Kind.DECISION))


async def look_for_names(who: Member, room: RoomId, told: Mapping[str, str]) -> None:
    """See that what somebody wrote down to ask names nobody; nothing of it is kept.

    Raises:
        Refused: `who` has no place in the room that lets her decide.
        Invalid: a field names somebody of the family or the room, or is too long, or all are empty.
    """
    async with writing() as tx:
        await gate.require(tx, who, Act.PREPARE_DECISION, label_of_room(room, Kind.DECISION))
        names = {(await directory.get_team(tx, room)).reference.casefold()}
        for person in (await family_of(tx, room)).people:
            names |= {part.casefold() for part in _WORD.findall(person.name)}
    faults = {field: fault for field, words in told.items() if (fault := _fault(words, names))}
    if not any(words.strip() for words in told.values()):
        faults["worry"] = "Write what worries you, without names"
    if faults:
        raise Invalid(faults)


def _fault(words: str, names: set[str]) -> str:
    if len(words) > LONGEST_WORDS:
        return f"Use {LONGEST_WORDS} letters or fewer"
    for word in _WORD.findall(words):
        plain = word.casefold().removesuffix("'s").removesuffix("’s")
        if plain in names:
            return f"Take out ‘{word}’: it tells who this is about"
    return ""
