"""What is done in the demo's story, one step each, by the product's own operations."""

import re
from collections.abc import Callable
from contextlib import suppress
from datetime import date, time, timedelta
from uuid import UUID

from actions.action import State, Step
from actions.assigning import Assignment, assign
from actions.progressing import progress
from consent.accepting import answer_statement
from consent.activating import activate_isa
from consent.confirming_duty import confirm_duty
from consent.deciding import decide
from consent.decision_form import DecisionForm, Way
from consent.enrolling import give_sign_in, start_house
from consent.form import ConsentForm
from consent.giving import record_consent
from consent.keeper import Keepers
from consent.overseeing import Sought, search_log
from consent.protecting import protect
from consent.protection import SafetyMarker
from consent.recording_family import FamilyForm, PersonForm
from consent.second_person import list_reviews, review
from consent.sharing_decision import Named, Review
from consent.withdrawing import (
    Withdrawal,
    answer_less_safe,
    list_questions,
    record_confirmation,
    withdraw,
)
from documents.description import Description
from documents.evidence import keep_scan
from documents.uploading import receiving
from documents.viewing import view_document
from policies.isa import Party, PartyState
from policies.packs import find_pack
from rooms.adding import NewPart, add_part
from rooms.inviting import Invitation, invite, seat_family_member
from rooms.joining import join_room
from rooms.live_rooms import LiveRooms
from rooms.meetings import schedule_meeting
from rooms.opening import check_register, open_room
from rooms.reading import read_plan
from rooms.viewing import family_people
from server.demo import papers, plan, story, writing
from server.demo.cast import Cast, months_before, practitioner
from server.demo.partnership import AGENCIES, PRACTITIONERS, demo_day
from server.directory.agency import Agency
from server.kernel import clock
from server.kernel.errors import NotFound, Refused
from server.kernel.ids import AgencyCode, RoomId, new_id
from server.kernel.settings import settings

ISA_ENDS, ISA_REVIEW = 306, 275
CALL_LINK = "https://call.example/7k4p"
REFERENCE = "7K4P"
MEETING_AT = time(10)
A_DAY = re.compile(r"\{(-?\d+)\}")


class Steps:
    """The story's cast, and what its people do."""

    def __init__(self, first: date, *, keepers: Keepers, family_issuer: str) -> None:
        """Begin with nobody; `first` is the day the demo starts.

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

    # ------------------------------------------------------------ the beginning

    async def start_house(self) -> None:
        """Enrol organisations and their people."""
        enrolled = {one.code: practitioner(one) for one in PRACTITIONERS if one.agency}
        self.cast.members.update(enrolled)
        await start_house(
            [Agency(AgencyCode(one.code), one.name, one.sector) for one in AGENCIES],
            list(enrolled.values()),
        )

    async def activate_agreement(self) -> None:
        """Bring the sharing agreement into force; one organisation has not signed."""
        parties = [
            Party(
                agency=AgencyCode(one.code),
                state=PartyState.DPO_REVIEWED if one.signed is None else PartyState.SIGNED,
                since=clock.london_instant(self.day(one.signed or -40), 12),
            )
            for one in AGENCIES
        ]
        await activate_isa(
            find_pack("qeh_3"),
            starts=self.day(-52),
            ends=self._first + timedelta(days=ISA_ENDS),
            review_on=self._first + timedelta(days=ISA_REVIEW),
            parties=parties,
            by=self.cast.practitioner("noor"),
        )

    async def confirm_duty(self) -> None:
        """Confirm from when the duty to share applies: before the story, whatever the year."""
        expected = settings().duty_expected_from
        await confirm_duty(self.cast.practitioner("noor"), min(expected, self.day(-53)))

    async def check_register(self) -> None:
        """Ask whether the family has a plan already."""
        await check_register(self.cast.practitioner("imara"), self._family_form())

    async def open_room(self) -> None:
        """Propose the room; it waits for the family."""
        imara = self.cast.practitioner("imara")
        self.room = await open_room(imara, self._family_form(), draw=lambda: REFERENCE)
        await answer_statement(imara, self.room, accepts=True)
        codes = [person.code for person in story.PEOPLE]
        people = await family_people(imara, self.room)
        self.cast.people.update(zip(codes, (person.id for person in people), strict=True))

    async def agree(self, code: str, told: Callable[[Cast, date], ConsentForm]) -> None:
        """Record what somebody of the family said, and give her a page of her own."""
        imara, person = self.cast.members["imara"], self.cast.people[code]
        await record_consent(imara, self.room, told(self.cast, self._first), keepers=self._keepers)
        self.cast.members[code] = await seat_family_member(
            imara, self.room, person, keepers=self._keepers
        )
        await give_sign_in(imara, self.room, person, issuer=self._family_issuer, subject=code)

    async def keep_from_dorran(self, told: story.DemoMarker) -> None:
        """Record what keeps the father from somebody, whatever else is open."""
        marker = SafetyMarker(
            id=new_id(),
            room=self.room,
            kind=told.kind,
            basis=told.basis,
            protects=self.cast.people[told.protects],
            person=self.cast.people["dorran"],
            review_on=self.day(155),
        )
        await protect(self.cast.members["imara"], self.room, marker, keepers=self._keepers)

    # ------------------------------------------------------------ the team and its plan

    async def invite(self, code: str) -> None:
        """Invite somebody to the team; it is checked before anything is sent."""
        invitation = Invitation(
            self.cast.members[code].id, safeguard=code in plan.INVITED_TO_SAFEGUARD
        )
        await invite(self.cast.members["imara"], self.room, invitation, keepers=self._keepers)

    async def join(self, code: str) -> None:
        """Accept the confidentiality statement, and come into the room."""
        await answer_statement(self.cast.members[code], self.room, accepts=True)
        await join_room(self.cast.members[code], self.room)

    async def add_part(self, part: plan.DemoPart) -> None:
        """Write a part of the plan."""
        made = NewPart(
            id=new_id(),
            under=part.heading,
            heading=part.title,
            about=frozenset(self.cast.people[code] for code in part.about),
            categories=frozenset(part.categories),
            words=self._dated(part.words),
            named=self.cast.ids(part.named),
            restricted=part.restricted,
            shown_to=self.cast.ids(part.shown_to),
        )
        writer = self.cast.members[part.writer]
        self.cast.parts[part.code] = await add_part(writer, self.room, made)

    async def write_on(self, part: plan.DemoPart, added: plan.Addition) -> None:
        """Go on writing in a part, live."""
        writer, section = self.cast.members[added.writer], self.cast.parts[part.code]
        rooms = LiveRooms(keepers=self._keepers)
        await rooms.start()
        try:
            await writing.write(rooms, writer, self.room, section, self._dated(added.words))
        finally:
            await rooms.stop()

    async def schedule_review(self) -> None:
        """Set the next meeting."""
        await schedule_meeting(
            self.cast.members["imara"],
            self.room,
            day=self.day(15),
            at=MEETING_AT,
            call_link=CALL_LINK,
        )

    async def give(self, action: plan.DemoAction) -> None:
        """Give somebody an action."""
        part = next(one for one in plan.PARTS if one.code == action.part)
        made = Assignment(
            id=new_id(),
            serves=self.cast.parts[action.part],
            what=action.what,
            owner=self.cast.members[action.owner].id,
            due=self.day(action.due),
        )
        self.cast.actions[action.what] = await assign(
            self.cast.members[part.writer], self.room, made, keepers=self._keepers
        )

    # ------------------------------------------------------------ looking, and stopping

    async def read_plan(self, code: str) -> None:
        """Look at the plan."""
        await read_plan(self.cast.members[code], self.room)

    async def ask_for_the_letter(self) -> None:
        """Somebody types the address of a document that is not hers; she learns nothing."""
        letter = self.cast.documents["Development review letter"]
        with suppress(Refused, NotFound):
            await view_document(self.cast.members["leona"], self.room, letter)

    async def look_at_refusals(self) -> None:
        """Look at the month's refusals in the log."""
        refusals = Sought(outcome="refused", since=self.day(-28))
        await search_log(self.cast.practitioner("noor"), refusals)

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
        await withdraw(imara, self.room, stopped, keepers=self._keepers)
        for question in await list_questions(imara, self.room):
            await answer_less_safe(imara, self.room, question.id, less_safe=False)

    async def confirm_stop(self) -> None:
        """Record that housing has stopped using what was taken back."""
        await record_confirmation(
            self.cast.members["imara"],
            self.room,
            self.cast.people["tamsin"],
            agency=AgencyCode("bramblegate"),
            note="Stopped; receipt given on paper.",
        )

    # ------------------------------------------------------------ one step each

    def _family_form(self) -> FamilyForm:
        return FamilyForm(tuple(self._person_form(person) for person in story.PEOPLE))

    def _dated(self, words: str) -> str:
        """Write out the days that stand in words as `{-20}`."""
        return A_DAY.sub(lambda found: f"{self.day(int(found[1])):%-d %B}", words)

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

    async def decide(self, told: story.DemoDecision) -> None:
        """Decide about sharing: a part with its documents, or, without a part, not to share."""
        about = next((one.about for one in plan.PARTS if one.code == told.part), ("tamsin",))
        form = DecisionForm(
            id=new_id(),
            way=Way.HERE if told.part else Way.NOT,
            subjects=frozenset(self.cast.people[code] for code in about),
            things=frozenset(self._things(told.part)),
            categories=frozenset() if told.part else frozenset({"third_party"}),
            recipients=frozenset(
                Named(self.cast.members[code].agency, self.cast.members[code].id)
                for code in told.to
            ),
            purpose="safeguard",
            legal_ground=told.ground,
            lawful_basis=told.basis,
            condition=told.condition,
            criminal_condition=told.criminal_condition,
            duty=bool(told.detriment),
            detriment=told.detriment,
            why=told.why,
            proportion=told.proportion,
            asked_as=told.asked_as,
            asked=told.asked,
            told_as=told.told_as,
            told=told.told,
            advice=told.advice,
            last_day=self.day(story.DECISIONS_END),
        )
        decider = self.cast.members[told.decided_by]
        await decide(decider, self.room, form, keepers=self._keepers)

    async def review_decisions(self) -> None:
        """Look at what waits for a second person; all of it is right."""
        ada = self.cast.members["ada"]
        for waiting in (await list_reviews(ada)).waiting:
            await review(ada, waiting.id, Review.RIGHT, words="", keepers=self._keepers)

    def _things(self, part: str | None) -> list[UUID]:
        """Return the part and the documents that a decision about it covers."""
        if part is None:
            return []
        titles = [one.title for one in plan.DOCUMENTS if one.part == part]
        return [self.cast.parts[part], *(self.cast.documents[title] for title in titles)]

    async def move(self, action: plan.DemoAction) -> None:
        """Say how an action stands."""
        step = Step(
            to=State(action.state),
            version=1,
            reason=action.why or "",
            due=self.day(action.carried_to) if action.carried_to is not None else None,
        )
        owner = self.cast.members[action.owner]
        await progress(owner, self.room, self.cast.actions[action.what], step=step)

    async def upload(self, document: plan.DemoDocument) -> None:
        """Put a document in."""
        part = next(one for one in plan.PARTS if one.code == document.part)
        writer = self.cast.members[document.writer]
        described = Description(
            category=part.categories[0],
            subjects=frozenset(self.cast.people[code] for code in part.about),
            purpose="plan",
            named=self.cast.ids(part.named),
            is_for_named_only=part.restricted,
        )
        content = {
            "pdf": papers.pdf(document.title, document.lines),
            "docx": papers.word(document.title, document.lines),
            "png": papers.picture(),
        }[document.kind]
        name = f"{document.title}.{document.kind}"
        async with receiving(writer, self.room, new_id()) as arrival:
            await arrival.write(content)
            if document.signed_by is None:
                kept = await arrival.keep(name, described)
            else:
                giver = self.cast.people[document.signed_by]
                kept = await keep_scan(arrival, writer, self.room, name, giver=giver)
        self.cast.documents[document.title] = kept
