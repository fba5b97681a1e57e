"""Officers of the demo's organisations, made for tests, and an agreement drafted and signed."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta

from consent import activating, drafting, signing
from consent.drafting import FromForce, Text
from policies.draft import Draft, Rule, rules_of
from policies.isa import Passage, Recipient
from server.directory import store as directory
from server.directory.member import Office, Practitioner
from server.identity.fresh import FreshSignIn, proof_of
from server.identity.sessions import Session
from server.kernel import clock
from server.kernel.database import reading, writing
from server.kernel.ids import AgencyCode, MemberId, new_id

PURPOSE = (Passage("Purpose and why sharing is needed", "To help families early."),)
SCHOOL, HEALTH = AgencyCode("tansy_vale"), AgencyCode("quillmere_hv")
LANTERN, HOMES = AgencyCode("lantern_thread"), AgencyCode("bramblegate")


async def officer(agency: AgencyCode, office: Office) -> Practitioner:
    """Whoever holds this office in an organisation, enrolled if nobody does."""
    async with reading() as tx:
        for there in await directory.list_members(tx, agency):
            if there.office is office:
                return there
    one = Practitioner(
        MemberId(new_id()),
        agency,
        f"{office.value} of {agency}".replace("_", " ").title(),
        office.value.replace("_", " "),
        f"{office.value}@{agency.replace('_', '-')}.example",
        office=office,
    )
    async with writing() as tx:
        await directory.add_member(tx, one)
    return one


def confirmed(who: Practitioner, *, ago: timedelta = timedelta()) -> FreshSignIn | None:
    """The proof that somebody has signed in again, as a session of hers carries it."""
    at = clock.now()
    session = Session(who, None, b"", "", "p1", at, at, at, proved_at=at - ago)
    return proof_of(session)


async def draft_of(who: Practitioner, code: str = "QEH") -> Draft:
    """The open draft."""
    return (await drafting.view_draft(who, code)).draft


async def began(noor: Practitioner) -> Draft:
    """A draft begun from what is in force, with a text, and so without faults."""
    await drafting.begin_draft(noor, FromForce("QEH"))
    draft = await draft_of(noor)
    isa = draft.isa
    text = Text(
        title=isa.title,
        starts=isa.starts,
        ends=isa.ends,
        review_on=isa.review_on,
        parties=draft.file.parties,
        passages=PURPOSE,
    )
    await drafting.write_text(noor, "QEH", draft.edition, text)
    return await draft_of(noor)


async def widened(noor: Practitioner, draft: Draft) -> Draft:
    """The same draft in which housing may see how a child does at school."""
    rules = rules_of(draft.isa)
    school = next(rule for rule in rules if rule.ref == "QEH/3.2")
    term = replace(
        school.term,
        recipients=(Recipient("grp_seat", "sec_housing"),),
        categories=("education_attendance",),
        verbs=("view",),
    )
    rule = Rule("QEH/3.11", "Housing may see attendance.", school.lawful_basis, "", "", term)
    await drafting.put(noor, "QEH", draft.edition, None, rule)
    return await draft_of(noor)


async def sent(noor: Practitioner, draft: Draft) -> Draft:
    """The same draft, with its parties."""
    await drafting.send_for_review(noor, "QEH", draft.edition)
    return await draft_of(noor)


async def signed(draft: Draft, agencies: Iterable[AgencyCode]) -> None:
    """Have these organisations review and sign a draft."""
    for agency in agencies:
        for office in (Office.DPO_CALDICOTT, Office.SIGNING_OFFICER):
            who = await officer(agency, office)
            await signing.sign(who, draft.isa.code, draft.digest, fresh=confirmed(who))


async def approved(who: Practitioner, effect: str, at: datetime | None = None) -> datetime:
    """Approve the draft over this difference, where nothing is kept and nobody is touched."""
    return await activating.approve_isa(
        who, "QEH", effect=effect, how_far="0:", keepers=(), fresh=confirmed(who), at=at
    )
