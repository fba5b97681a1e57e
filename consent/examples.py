"""The sentences that have to hold of a draft's rules: written, taken out, and tried.

Rule: ADR-0013: they are part of what the parties sign; a failing one stops the approval.
"""

import asyncio
from dataclasses import dataclass, replace

from consent import gate
from consent.drafting import LABEL, change_draft
from policies import draft_store, revision
from policies.act import Act
from policies.catalogue import catalogue
from policies.draft import Draft
from policies.examples import Tried, try_examples
from policies.isa import Example
from policies.isa_file import IsaFile
from server.directory import store as directory
from server.directory.agency import Agency
from server.directory.member import Practitioner
from server.kernel.database import writing
from server.kernel.errors import Invalid, NotFound


@dataclass(frozen=True, slots=True)
class ShownExamples:
    """A draft with each of its sentences and whether it holds; None: the rules have faults."""

    draft: Draft
    tried: tuple[Tried, ...] | None
    agencies: tuple[Agency, ...]


async def view_examples(who: Practitioner, code: str) -> ShownExamples:
    """Return the sentences of the open draft, each tried on its rules.

    Raises:
        Refused: `who` is no information governance officer.
        NotFound: no draft of it is open.
    """
    async with writing() as tx:
        await gate.require(tx, who, Act.PREPARE_DRAFT, LABEL)
        draft = await draft_store.find_open(tx, code)
        if draft is None:
            raise NotFound
        agencies = tuple(await directory.list_agencies(tx))
    try:
        matrices = await revision.compile_isa(draft.isa)
    except Invalid:
        return ShownExamples(draft, None, agencies)
    sectors = {one.code: one.sector for one in agencies}
    tried = await asyncio.to_thread(try_examples, draft.isa, matrices, catalogue(), sectors)
    return ShownExamples(draft, tried, agencies)


async def put_example(who: Practitioner, code: str, edition: int, example: Example) -> None:
    """Add a sentence to a draft, as its last one.

    Raises:
        Refused: `who` is no information governance officer.
        NotFound: no draft is open.
        Conflict: it has been changed since, or it is with the parties.
        Invalid: the sentence names what is not known.
    """

    def change(file: IsaFile) -> IsaFile:
        isa = replace(file.isa, examples=(*file.isa.examples, example))
        return IsaFile(isa, file.parties)

    await change_draft(who, code, edition, change)


async def take_example(who: Practitioner, code: str, edition: int, row: int) -> None:
    """Take the sentence of that row out; what it raises is as for `put_example`."""

    def change(file: IsaFile) -> IsaFile:
        if not 0 <= row < len(file.isa.examples):
            raise NotFound
        kept = (*file.isa.examples[:row], *file.isa.examples[row + 1 :])
        return IsaFile(replace(file.isa, examples=kept), file.parties)

    await change_draft(who, code, edition, change)
