"""The demo family's room for tests: everybody in place, everything agreed, all parts labelled.

It is built by the operations themselves; only places and labels are put in directly.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from consent import confirming_duty, deciding, enrolling, giving, second_person
from consent.consent import Capacity, Choice
from consent.decision_form import DecisionForm, Way
from consent.form import MUST_EXPLAIN, ConsentForm, TopicAnswer
from consent.recording_family import FamilyForm, PersonForm
from consent.sharing_decision import LawfulBasis, LegalGround, Named, Review
from consent.store import families
from policies.facts import Confidentiality, Label
from rooms import opening
from server.demo import partnership, plan, story
from server.directory import store as directory
from server.directory.agency import FAMILY, Agency
from server.directory.member import FamilyMember, Member, Office, Practitioner
from server.directory.team import Role, Seat
from server.kernel import clock
from server.kernel.database import reading, writing
from server.kernel.ids import (
    AgencyCode,
    MemberId,
    PersonId,
    RoomId,
    SeatId,
    new_id,
)
from server.keys import kms
from tests.fakes.family_room import accepted
from tests.fakes.keeper import KeeperInMemory
from tests.policies.quillmere import lay_quillmere

SAFEGUARDING = frozenset({"plan", "deliver", "review", "safeguard"})
ORDINARY = frozenset({"plan", "deliver", "review"})
PLACES: Mapping[str, tuple[Role, frozenset[str]]] = {
    "bronagh": (Role.TAC_MEMBER, SAFEGUARDING),
    "ketan": (Role.TAC_MEMBER, SAFEGUARDING),
    "leona": (Role.TAC_MEMBER, ORDINARY),
    "gethin": (Role.TAC_MEMBER, ORDINARY),
    "tamsin": (Role.PARENT_CARER, frozenset()),
    "juno": (Role.YOUNG_PERSON, frozenset()),
    "dorran": (Role.PARENT_CARER, frozenset()),
}
DUTY_FROM = confirming_duty.FIRST_DAY
HEALTH = (AgencyCode("quillmere_hv"), AgencyCode("quillmere_sn"))


@dataclass
class Samplewick:
    """The room with everybody and everything of it, by the codes of the demo."""

    members: dict[str, Member]
    people: dict[str, PersonId] = field(default_factory=dict)
    room: RoomId = field(default_factory=lambda: RoomId(new_id()))
    keeper: KeeperInMemory = field(default_factory=KeeperInMemory)

    def practitioner(self, code: str) -> Practitioner:
        """The practitioner of this code."""
        member = self.members[code]
        assert isinstance(member, Practitioner)
        return member

    def label(self, part: str) -> Label:
        """The label of a part of the plan, by its number (`S1`)."""
        return self.keeper.kept[part]

    def form(
        self,
        giver: str,
        subjects: Iterable[str],
        answers: Mapping[str, Mapping[str, str]],
        *,
        capacity: Capacity,
        engaged: bool = True,
        own_words: str = "",
        competence: str = "",
    ) -> ConsentForm:
        """The form as filled in with the demo's answers."""
        now = clock.now()
        return ConsentForm(
            giver=self.people[giver],
            capacity=capacity,
            subjects=frozenset(self.people[one] for one in subjects),
            engaged=engaged,
            answers=self.answers(answers),
            explained=frozenset(MUST_EXPLAIN),
            how="signed_paper",
            given_at=now,
            review_on=clock.london_day(now) + timedelta(days=155),
            own_words=own_words,
            competence=competence,
        )

    def answers(
        self, told: Mapping[str, Mapping[str, str]]
    ) -> dict[tuple[str, AgencyCode], TopicAnswer]:
        """The demo's answers, in which a person stands beside organisations, as the form's."""
        found: dict[tuple[str, AgencyCode], TopicAnswer] = {}
        for topic, towards in told.items():
            for code, choice in towards.items():
                if code not in self.members:
                    found[topic, AgencyCode(code)] = TopicAnswer(Choice(choice))
                    continue
                member = self.members[code]
                key = (topic, member.agency)
                before = found.get(key, TopicAnswer(Choice(choice)))
                found[key] = TopicAnswer(
                    Choice(choice),
                    before.members | ({member.id} if member.agency != FAMILY else set()),
                    before.people | ({self.people[code]} if member.agency == FAMILY else set()),
                )
        return found


async def propose(folder: Path) -> Samplewick:
    """The partnership at work, and a room that waits for the family's agreement."""
    kms.bind(kms.LocalKms(folder / "keys"))
    enrolled = [
        Practitioner(
            MemberId(new_id()),
            AgencyCode(one.agency),
            one.name,
            one.role_title,
            f"{one.code}@{one.mail_domain}",
            office=Office(one.office) if one.office else None,
        )
        for one in partnership.PRACTITIONERS
        if one.agency is not None
    ]
    await enrolling.start_house(
        [Agency(AgencyCode(one.code), one.name, one.sector) for one in partnership.AGENCIES],
        enrolled,
    )
    await lay_quillmere(with_agencies=False)
    codes = [one.code for one in partnership.PRACTITIONERS if one.agency is not None]
    world = Samplewick(members=dict(zip(codes, enrolled, strict=True)))
    await confirming_duty.confirm_duty(world.members["noor"], DUTY_FROM)
    await accepted(*enrolled)
    world.room = await opening.open_room(world.practitioner("imara"), _family_form())
    async with reading() as tx:
        team = await directory.get_team(tx, world.room)
        family = await families.get_family(tx, team.family)
    world.people = {
        one.code: person.id for one, person in zip(story.PEOPLE, family.people, strict=True)
    }
    return world


def _family_form() -> FamilyForm:
    today = clock.today()
    codes = [one.code for one in story.PEOPLE]
    return FamilyForm(
        tuple(
            PersonForm(
                one.name,
                born=today - timedelta(days=int(one.months * 30.5)),
                answers_for=tuple(
                    codes.index(child) for child in story.PARENTAL_RESPONSIBILITY.get(one.code, ())
                ),
            )
            for one in story.PEOPLE
        )
    )


async def settle(folder: Path) -> Samplewick:
    """The room on the demo's day D but for the withdrawal: all places, answers and decisions."""
    world = await propose(folder)
    await _seat_family(world)
    keepers = [world.keeper]
    imara = world.members["imara"]
    await giving.record_consent(imara, world.room, tamsins(world), keepers=keepers)
    await _seat_practitioners(world)
    _label_parts(world)
    await giving.record_consent(imara, world.room, junos(world), keepers=keepers)
    await giving.record_consent(imara, world.room, dorrans_no(world), keepers=keepers)
    ada = world.members["ada"]
    for by, told in decided(world):
        await deciding.decide(world.members[by], world.room, told, keepers=keepers)
        await second_person.review(ada, told.id, Review.RIGHT, words="", keepers=keepers)
    return world


def tamsins(world: Samplewick) -> ConsentForm:
    """What Tamsin agreed, for herself, Otis and Pip."""
    return world.form(
        "tamsin",
        ("tamsin", "otis", "pip"),
        story.TAMSINS_ANSWERS,
        capacity=Capacity.PARENT_WITH_PR,
        own_words=story.TAMSINS_OWN_WORDS,
    )


def junos(world: Samplewick) -> ConsentForm:
    """What Juno agreed, for herself."""
    return world.form(
        "juno",
        ("juno",),
        story.JUNOS_ANSWERS,
        capacity=Capacity.CHILD_COMPETENT_UNDER_16,
        competence=story.COMPETENCE_NOTE,
        own_words=story.JUNOS_OWN_WORDS,
    )


def dorrans_no(world: Samplewick) -> ConsentForm:
    """Dorran's refusal."""
    return world.form(
        "dorran",
        ("dorran",),
        {},
        capacity=Capacity.ADULT_FOR_SELF,
        engaged=False,
        own_words=story.DORRANS_OWN_WORDS,
    )


async def _seat_family(world: Samplewick) -> None:
    for code in ("tamsin", "juno", "dorran"):
        member = FamilyMember(MemberId(new_id()), world.people[code], code.title())
        async with writing() as tx:
            await directory.add_member(tx, member)
        world.members[code] = member


async def _seat_practitioners(world: Samplewick) -> None:
    async with writing() as tx:
        for code, (role, purposes) in PLACES.items():
            member = world.members[code]
            seat = Seat(
                SeatId(new_id()), world.room, member.id, member.agency, role, purposes, tx.at
            )
            await directory.add_seat(tx, seat)
        await directory.bump_epoch(tx, world.room)


def _label_parts(world: Samplewick) -> None:
    for part in plan.PARTS:
        world.keeper.kept[part.code] = Label(
            thing=new_id(),
            room=world.room,
            categories=frozenset(part.categories),
            origins=frozenset({AgencyCode(part.origin)}),
            subjects=frozenset(world.people[one] for one in part.about),
            confidentiality=(
                Confidentiality.RESTRICTED if part.restricted else Confidentiality.NORMAL
            ),
            named=frozenset(world.members[one].id for one in part.named),
            shown_to=frozenset(world.members[one].id for one in part.shown_to),
            author=world.members[part.writer].id,
        )


def decided(world: Samplewick) -> list[tuple[str, DecisionForm]]:
    """What was decided about sharing, and by whom."""
    return [
        (
            "imara",
            decision_form(
                world,
                "S15",
                ("tamsin", "otis"),
                frozenset(Named(agency) for agency in HEALTH),
                legal_ground=LegalGround.S16LA_DUTY,
                condition="safeguarding",
                duty=True,
                detriment="Not to share would be worse",
            ),
        ),
        (
            "gethin",
            decision_form(
                world,
                "S14",
                ("tamsin",),
                frozenset(
                    Named(world.members[code].agency, world.members[code].id)
                    for code in ("imara", "bronagh")
                ),
                criminal_condition="safeguarding",
            ),
        ),
    ]


def decision_form(
    world: Samplewick, part: str, about: Iterable[str], to: frozenset[Named], **more: Any
) -> DecisionForm:
    """A decision to share a part, as it is filled in."""
    told = DecisionForm(
        id=new_id(),
        way=Way.HERE,
        subjects=frozenset(world.people[one] for one in about),
        things=frozenset({world.label(part).thing}),
        recipients=to,
        purpose="safeguard",
        legal_ground=LegalGround.PUBLIC_TASK,
        lawful_basis=LawfulBasis.PUBLIC_TASK,
        duty=False,
        why="Made up for the tests",
        proportion="Only this",
        asked_as="unsafe",
        asked="Asking could hurt",
        told_as="told",
        last_day=clock.today() + timedelta(days=30),
    )
    return replace(told, **more)
