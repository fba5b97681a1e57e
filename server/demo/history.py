"""Plays four weeks of the demo family's history through the product's own operations.

Every line of it passes the gate and stands in the log at its own day, refusals too. Nothing is
written past an operation, so what the demo shows is what the product does.
"""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import date, datetime, time, timedelta
from uuid import UUID

from actions.action import State, Step
from actions.assigning import Assignment, assign
from actions.progressing import progress
from consent.activating import activate_isa, lay_house_rules
from consent.deciding import record_sharing_decision
from consent.enrolling import give_sign_in, start_house
from consent.form import ConsentForm
from consent.giving import record_consent
from consent.keeper import Keepers
from consent.overseeing import Sought, search_log
from consent.recording_family import FamilyForm, PersonForm
from consent.sharing_decision import LegalGround, Named, Outcome, Review, SharingDecision
from consent.withdrawing import (
    Withdrawal,
    answer_less_safe,
    list_questions,
    record_confirmation,
    withdraw,
)
from documents.description import Description
from documents.uploading import receiving
from documents.viewing import view_document
from policies.isa import Party, PartyState
from policies.packs import find_pack
from rooms.adding import NewPart, add_part
from rooms.inviting import Invitation, invite, seat_family_member
from rooms.joining import join_room
from rooms.meetings import schedule_meeting
from rooms.opening import check_register, open_room
from rooms.reading import read_plan
from rooms.viewing import family_people
from server.demo import agreeing, papers, plan, story
from server.demo.cast import Cast, months_before, practitioner
from server.demo.partnership import AGENCIES, PRACTITIONERS, demo_day
from server.directory.agency import Agency
from server.kernel import clock
from server.kernel.errors import NotFound, Refused
from server.kernel.ids import (
    ActionId,
    AgencyCode,
    DocumentId,
    RoomId,
    SectionId,
    SharingDecisionId,
    new_id,
)

ISA_ENDS, ISA_REVIEW, CONSENT_REVIEW = 306, 275, 155
MONTHS_A_YEAR = 12
CALL_LINK = "https://call.example/7k4p"
PART_DAYS = {"S2": -17, "S9": -18, "S10": -18, "S12": -17, "S13": -17, "S14": -17, "S15": -17}
"""When a part was written, where that was not at the first meeting."""

FIRST_MEETING = -20
WITHDRAWN_ON, CONFIRMED_ON = -6, -5


class History:
    """The story of one family, told from its first day on."""

    def __init__(self, first: date, *, keepers: Keepers, family_issuer: str) -> None:
        """Tell it so that `first` is the day the demo starts.

        `family_issuer` is the sign-in service by which the family comes in.
        """
        self._first = first
        self._keepers = keepers
        self._family_issuer = family_issuer
        self.cast = Cast()
        self.room = RoomId(new_id())

    def day(self, offset: int) -> date:
        """Return a day of the story; weekends move to the Friday before."""
        return demo_day(self._first, offset)

    @contextmanager
    def on(self, offset: int, at: time = time(10)) -> Iterator[datetime]:
        """Set the clock to a day of the story, in London time."""
        instant = clock.london_instant(self.day(offset), at.hour, at.minute)
        with clock.moved_to(instant):
            yield instant

    async def play(self) -> Cast:
        """Play all of it, in the order of its days."""
        await self.start_partnership()
        await self.open_room()
        await self.invite_team()
        await self.write_plan()
        await self.add_documents()
        await self.decide_about_sharing()
        await self.assign_actions()
        await self.withdraw_money()
        await self.look_back()
        return self.cast

    async def start_partnership(self) -> None:
        """Enrol organisations and their people, and bring the agreement into force."""
        with self.on(-62):
            await lay_house_rules()
        enrolled = {one.code: practitioner(one) for one in PRACTITIONERS if one.agency}
        self.cast.members.update(enrolled)
        with self.on(-61):
            await start_house(
                [Agency(AgencyCode(one.code), one.name, one.sector) for one in AGENCIES],
                list(enrolled.values()),
            )
        parties = [
            Party(
                agency=AgencyCode(one.code),
                state=PartyState.DPO_REVIEWED if one.signed is None else PartyState.SIGNED,
                since=clock.london_instant(self.day(one.signed or -40), 12),
            )
            for one in AGENCIES
        ]
        with self.on(-53):
            await activate_isa(
                find_pack("qeh_3"),
                starts=self.day(-53),
                ends=self._first + timedelta(days=ISA_ENDS),
                review_on=self._first + timedelta(days=ISA_REVIEW),
                parties=parties,
                by=self.cast.practitioner("noor"),
            )

    async def open_room(self) -> None:
        """Ask the register, propose the room, and record the mother's agreement."""
        imara = self.cast.practitioner("imara")
        form = FamilyForm(tuple(self._person_form(person) for person in story.PEOPLE))
        with self.on(-28, time(16, 10)):
            await check_register(imara, form)
        with self.on(-27):
            self.room = await open_room(imara, form)
            people = await family_people(imara, self.room)
        codes = [person.code for person in story.PEOPLE]
        self.cast.people.update(zip(codes, (person.id for person in people), strict=True))
        with self.on(-25, time(15, 30)):
            await self._record(agreeing.tamsins_yes(self.cast, self._first))
            await self._seat_family("tamsin")

    async def invite_team(self) -> None:
        """Invite the team; one invitation is stopped before anything is sent."""
        for code, safeguard in (("bronagh", True), ("leona", False), ("gethin", False)):
            with self.on(-24, time(9, 20)):
                await self._invite(code, safeguard=safeguard)
            with self.on(-24, time(11)):
                await join_room(self.cast.members[code], self.room)
        with self.on(-24, time(9, 40)):
            await self._invite("saskia")
        with self.on(-18, time(13)):
            await self._record(agreeing.junos_yes(self.cast, self._first))
            await self._seat_family("juno")
            await self._invite("ketan", safeguard=True)
        with self.on(-18, time(15)):
            await join_room(self.cast.members["ketan"], self.room)
        with self.on(-17, time(16)):
            await self._record(agreeing.dorrans_no(self.cast, self._first))
            await self._seat_family("dorran")

    async def write_plan(self) -> None:
        """Write the parts of the plan, each by whom and when the story says."""
        imara = self.cast.members["imara"]
        for part in sorted(plan.PARTS, key=lambda one: PART_DAYS.get(one.code, FIRST_MEETING)):
            with self.on(PART_DAYS.get(part.code, FIRST_MEETING), time(16, 30)):
                made = NewPart(
                    id=SectionId(new_id()),
                    under=part.heading,
                    heading=part.title,
                    about=frozenset(self.cast.people[code] for code in part.about),
                    categories=frozenset(part.categories),
                    words=part.words,
                    named=self.cast.ids(part.named),
                    restricted=part.restricted,
                    shown_to=self.cast.ids(part.shown_to),
                )
                writer = self.cast.members[part.writer]
                self.cast.parts[part.code] = await add_part(writer, self.room, made)
        with self.on(FIRST_MEETING, time(17)):
            await schedule_meeting(
                imara, self.room, day=self.day(15), at=time(10), call_link=CALL_LINK
            )

    async def decide_about_sharing(self) -> None:
        """Record the decisions about sharing, each with its second person's review."""
        for decision in story.DECISIONS:
            await self._decide(decision)

    async def assign_actions(self) -> None:
        """Give the actions, and move those that moved."""
        for action in sorted(plan.ACTIONS, key=lambda one: one.given):
            part = next(one for one in plan.PARTS if one.code == action.part)
            giver = self.cast.members[part.writer]
            due = self.day(action.due)
            with self.on(action.given, time(17, 30)):
                made = Assignment(
                    id=ActionId(new_id()),
                    serves=self.cast.parts[action.part],
                    what=action.what,
                    owner=self.cast.members[action.owner].id,
                    due=due,
                )
                await assign(giver, self.room, made, keepers=self._keepers)
            if action.moved is not None:
                with self.on(action.moved, time(14)):
                    await self._move(action, made.id)

    async def add_documents(self) -> None:
        """Put the documents in; one is asked for by hand by somebody who may not see it."""
        for document in sorted(plan.DOCUMENTS, key=lambda one: one.day):
            with self.on(document.day, time(12)):
                await self._upload(document)
        with self.on(-14, time(15, 5)), suppress(Refused, NotFound):
            letter = self.cast.documents["Development review letter"]
            leona = self.cast.members["leona"]
            await view_document(leona, self.room, letter)

    async def withdraw_money(self) -> None:
        """Take back 'Money and work' from housing, as the mother asked by phone."""
        imara = self.cast.members["imara"]
        stopped = Withdrawal(
            giver=self.cast.people["tamsin"],
            topics=frozenset({"money"}),
            agencies=frozenset({AgencyCode("bramblegate")}),
            how="phone",
            words=story.WITHDRAWAL_WORDS,
        )
        with self.on(WITHDRAWN_ON, time(11, 15)):
            await withdraw(imara, self.room, stopped, keepers=self._keepers)
            for question in await list_questions(imara, self.room):
                await answer_less_safe(imara, self.room, question.id, less_safe=False)
        with self.on(CONFIRMED_ON):
            await record_confirmation(
                imara,
                self.room,
                self.cast.people["tamsin"],
                agency=AgencyCode("bramblegate"),
                note="Stopped; receipt given on paper.",
            )

    async def look_back(self) -> None:
        """Let the officer look at the month's refusals, and the father at his page."""
        with self.on(-4):
            refusals = Sought(outcome="refused", since=self.day(-28))
            await search_log(self.cast.practitioner("noor"), refusals)
        with self.on(-3, time(18, 20)):
            await read_plan(self.cast.members["dorran"], self.room)

    # ------------------------------------------------------------ one step each

    def _person_form(self, person: story.DemoPerson) -> PersonForm:
        children = story.PARENTAL_RESPONSIBILITY.get(person.code, ())
        codes = [one.code for one in story.PEOPLE]
        return PersonForm(
            name=person.name,
            born=months_before(self._first, person.months),
            reach="Text only, before 14:30: 07700 900101" if person.code == "tamsin" else "",
            answers_for=tuple(codes.index(child) for child in children),
            relation="mother" if person.code == "tamsin" else "father",
        )

    async def _seat_family(self, code: str) -> None:
        imara = self.cast.members["imara"]
        person = self.cast.people[code]
        member = await seat_family_member(imara, self.room, person, keepers=self._keepers)
        self.cast.members[code] = member
        issuer = self._family_issuer
        await give_sign_in(imara, self.room, person, issuer=issuer, subject=code)

    async def _invite(self, code: str, *, safeguard: bool = False) -> None:
        invitation = Invitation(self.cast.members[code].id, safeguard=safeguard)
        await invite(self.cast.members["imara"], self.room, invitation, keepers=self._keepers)

    async def _record(self, form: ConsentForm) -> None:
        imara = self.cast.members["imara"]
        await record_consent(imara, self.room, form, keepers=self._keepers)

    async def _decide(self, told: story.DemoDecision) -> None:
        about = next((one.about for one in plan.PARTS if one.code == told.part), ("tamsin",))
        with self.on(told.day, time(15)) as decided_at:
            pass
        with self.on(told.reviewed, time(9, 30)) as reviewed_at:
            decision = SharingDecision(
                id=SharingDecisionId(new_id()),
                room=self.room,
                outcome=Outcome.SHARE if told.part else Outcome.NOT_SHARE,
                from_agency=AgencyCode(told.origin),
                purpose="safeguard",
                legal_ground=LegalGround(told.ground),
                why=told.why,
                decided_by=self.cast.members[told.decided_by].id,
                decided_at=decided_at,
                subjects=frozenset(self.cast.people[code] for code in about),
                things=frozenset(self._things(told.part)),
                recipients=frozenset(
                    Named(self.cast.members[code].agency, self.cast.members[code].id)
                    for code in told.to
                ),
                condition=told.condition,
                asked=told.asked,
                told=told.told,
                advice=told.advice,
                reviewed_by=self.cast.members["ada"].id,
                reviewed_at=reviewed_at,
                review=Review.RIGHT,
            )
            imara = self.cast.members["imara"]
            await record_sharing_decision(imara, self.room, decision, keepers=self._keepers)

    def _things(self, part: str | None) -> list[UUID]:
        """Return the part and the documents that a decision about it covers."""
        if part is None:
            return []
        titles = [one.title for one in plan.DOCUMENTS if one.part == part]
        return [self.cast.parts[part], *(self.cast.documents[title] for title in titles)]

    async def _move(self, action: plan.DemoAction, action_id: ActionId) -> None:
        step = Step(
            to=State(action.state),
            version=1,
            reason=action.why or "",
            due=self.day(action.carried_to) if action.carried_to is not None else None,
        )
        owner = self.cast.members[action.owner]
        await progress(owner, self.room, action_id, step=step)

    async def _upload(self, document: plan.DemoDocument) -> None:
        part = next(one for one in plan.PARTS if one.code == document.part)
        writer = self.cast.members[document.writer]
        described = Description(
            category=part.categories[0],
            subjects=frozenset(self.cast.people[code] for code in part.about),
            purpose="plan",
            named=frozenset({writer.id}) if document.lead_only else self.cast.ids(part.named),
            is_for_named_only=document.lead_only or part.restricted,
        )
        content = {
            "pdf": papers.pdf(document.title, document.lines),
            "docx": papers.word(document.title, document.lines),
            "png": papers.picture(),
        }[document.kind]
        made = DocumentId(new_id())
        async with receiving(writer, self.room, made) as arrival:
            await arrival.write(content)
            await arrival.keep(f"{document.title}.{document.kind}", described)
        self.cast.documents[document.title] = made
