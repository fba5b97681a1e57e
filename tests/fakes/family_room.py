"""A room with its real rules in force: Tamsin's family, what she agreed, and who has a place.

Made by the operations of the product, a week before the test. Imara (school) leads; Bronagh
(health) and Leona (housing) are in, Gethin (police) too; Saskia has no place. The family agreed
that school and health share 'School and learning', and school, health and housing 'Family life'.
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

import httpx2
from starlette.applications import Starlette

from actions.keeping import ActionKeeper
from consent.activating import activate_isa, lay_house_rules
from consent.confirming_duty import FIRST_DAY
from consent.consent import Capacity, Choice
from consent.enrolling import start_house
from consent.form import ConsentForm, TopicAnswer
from consent.giving import record_consent
from consent.keeper import Keeper
from consent.recording_family import FamilyForm, PersonForm
from consent.statement import statement
from consent.store import duties, families
from consent.withdrawing import Withdrawal, withdraw
from documents.keeping import DocumentKeeper
from policies.facts import Confidentiality, Label
from policies.isa import Party, PartyState
from policies.packs import find_pack
from rooms import store as rooms_store
from rooms.inviting import Invitation, invite, seat_family_member
from rooms.keeping import SectionKeeper
from rooms.live_rooms import LiveRooms
from rooms.opening import open_room
from server.directory import statement_store
from server.directory import store as directory
from server.directory.agency import Agency
from server.directory.member import FamilyMember, Member, Practitioner
from server.identity import sessions
from server.kernel import clock
from server.kernel import settings as kernel_settings
from server.kernel.database import writing
from server.kernel.ids import AgencyCode, MemberId, PersonId, RoomId, SectionId, new_id
from server.keys import kms
from web.routes import application
from web.session import SESSION_COOKIE

HOST = "tacroom.example"
ORIGIN = f"https://{HOST}"
KEEPERS: Sequence[Keeper] = (SectionKeeper(), DocumentKeeper(), ActionKeeper())
AGENCIES = (
    Agency(AgencyCode("tansy_vale"), "Tansy Vale School", "education"),
    Agency(AgencyCode("quillmere_hv"), "Quillmere 0 to 19 Health", "health_visiting"),
    Agency(AgencyCode("bramblegate"), "Bramblegate Homes", "housing"),
    Agency(AgencyCode("quillmere_police"), "Quillmere Police", "police"),
    Agency(AgencyCode("lantern_thread"), "Lantern Thread", "voluntary"),
)
SIGNED = ("tansy_vale", "quillmere_hv", "bramblegate", "quillmere_police")


@dataclass
class FamilyRoom:
    """The room, its members and its family, and the pages over it."""

    app: Starlette
    room: RoomId
    imara: Practitioner
    bronagh: Practitioner
    leona: Practitioner
    gethin: Practitioner
    saskia: Practitioner
    tamsin: FamilyMember
    people: dict[str, PersonId]
    folder: Path

    async def add_section(
        self,
        by: Practitioner,
        heading: str,
        *,
        category: str = "education_attendance",
        about: Sequence[str] = ("Otis",),
        named: Sequence[Member] = (),
    ) -> SectionId:
        """A part of the plan, from its author's own organisation."""
        thing = SectionId(new_id())
        label = Label(
            thing=thing,
            room=self.room,
            categories=frozenset({category}),
            origins=frozenset({by.agency}),
            subjects=frozenset(self.people[name] for name in about),
            confidentiality=Confidentiality.RESTRICTED if named else Confidentiality.NORMAL,
            named=frozenset(one.id for one in named),
            author=by.id,
        )
        async with writing() as tx:
            await rooms_store.add_section(tx, self.room, heading, label, ["Words"], by=by.id)
        return thing

    async def stop(self, topic: str, agency: str) -> None:
        """Tamsin stops a topic for an organisation, on her own page."""
        await withdraw(
            self.tamsin,
            self.room,
            Withdrawal(
                giver=self.people["Tamsin"],
                topics=frozenset({topic}),
                agencies=frozenset({AgencyCode(agency)}),
            ),
            keepers=KEEPERS,
        )

    async def browser(self, who: Member, *, fresh: bool = False) -> httpx2.AsyncClient:
        """A browser in which somebody is signed in; `fresh`: her service has just asked her."""
        token = await self.token(who, fresh=fresh)
        return httpx2.AsyncClient(
            transport=httpx2.ASGITransport(self.app, raise_app_exceptions=False),
            base_url=ORIGIN,
            headers={"origin": ORIGIN, "sec-fetch-site": "same-origin"},
            cookies={SESSION_COOKIE: token},
        )

    async def token(self, who: Member, *, fresh: bool = False) -> str:
        """The token of a new session of somebody."""
        async with writing() as tx:
            proved_at = tx.at if fresh else None
            return await sessions.begin_session(
                tx, who, provider="p1", replacing=None, proved_at=proved_at
            )


@dataclass(frozen=True)
class LaidRoom:
    """What laying the room made: whose places, which room, which family."""

    room: RoomId
    practitioners: dict[str, Practitioner]
    tamsin: FamilyMember
    people: dict[str, PersonId]


@asynccontextmanager
async def opened_family_room(folder: Path, **settings: object) -> AsyncIterator[FamilyRoom]:
    """Lay the room on the store of the test, with keys and files in `folder`, and open it."""
    kms.bind(kms.LocalKms(folder / "keys"))
    bind_settings(folder, **settings)
    yield open_laid_room(await lay_family_room(), folder)


def open_laid_room(laid: LaidRoom, folder: Path) -> FamilyRoom:
    """The pages over a room that was laid on the store of the test."""
    app = application()
    app.state.keepers = KEEPERS
    app.state.live_rooms = LiveRooms(keepers=KEEPERS)
    return FamilyRoom(
        app=app,
        room=laid.room,
        tamsin=laid.tamsin,
        people=dict(laid.people),
        folder=folder,
        **laid.practitioners,
    )


async def lay_family_room() -> LaidRoom:
    """Lay the room on the bound store: house, agreement, family, what it agreed, places."""
    people = {
        name: Practitioner(
            MemberId(new_id()), AgencyCode(agency), full, title, f"{name}@{agency}.example"
        )
        for name, agency, full, title in (
            ("imara", "tansy_vale", "Imara Testwell", "Pastoral lead"),
            ("bronagh", "quillmere_hv", "Bronagh Exampleton", "Health visitor"),
            ("leona", "bramblegate", "Leona Mockingham", "Tenancy support officer"),
            ("gethin", "quillmere_police", "Gethin Inventon", "Police constable"),
            ("saskia", "lantern_thread", "Saskia Fabriczek", "Mentor coordinator"),
        )
    }
    with clock.moved_to(clock.now() - timedelta(days=7)):
        await start_house(AGENCIES, list(people.values()))
        async with writing() as tx:
            await duties.add_duty_start(tx, FIRST_DAY, by=people["imara"].id)
        await accepted(*people.values())
        await lay_house_rules()
        await _sign_the_agreement()
    with clock.moved_to(clock.now() - timedelta(days=6)):
        room = await open_room(people["imara"], _family())
        async with writing() as tx:
            team = await directory.get_team(tx, room)
            family = await families.get_family(tx, team.family)
        of = {person.name.split()[0]: person.id for person in family.people}
        await record_consent(people["imara"], room, _agreed(of), keepers=KEEPERS)
        for name in ("bronagh", "leona", "gethin"):
            admitted = await invite(
                people["imara"], room, Invitation(people[name].id), keepers=KEEPERS
            )
            assert admitted.passes, admitted
        tamsin = await seat_family_member(people["imara"], room, of["Tamsin"], keepers=KEEPERS)
    return LaidRoom(room, people, tamsin, of)


def bind_settings(folder: Path, **more: object) -> None:
    """Settings of a house whose files lie in `folder`."""
    kernel_settings.bind(
        kernel_settings.read(
            {
                "council_name": "Quillmere County Council",
                "contact": "the early help desk",
                "safety_day": "01632 960100",
                "safety_night": "01632 960101",
                "database_url": "sqlite+aiosqlite:///unused.sqlite",
                "data_folder": str(folder / "data"),
                "public_origins": [ORIGIN],
                "providers": [
                    {
                        "code": "p1",
                        "name": "Quillmere sign-in",
                        "issuer": "https://signin.example",
                        "client_id": "tacroom",
                        "client_secret": "made up",
                        "agency": "tansy_vale",
                    }
                ],
                **more,
            }
        )
    )


async def accepted(*members: Member) -> None:
    """Have these accept the confidentiality statement, as in some other room before."""
    async with writing() as tx:
        for one in members:
            await statement_store.add_acceptance(
                tx, one.id, RoomId(new_id()), version=statement().version
            )


async def _sign_the_agreement() -> None:
    today = clock.today()
    signed_at = clock.now() - timedelta(days=1)
    await activate_isa(
        find_pack("qeh_3"),
        starts=today - timedelta(days=30),
        ends=today + timedelta(days=300),
        review_on=today + timedelta(days=270),
        parties=[Party(AgencyCode(code), PartyState.SIGNED, signed_at) for code in SIGNED],
    )


def _family() -> FamilyForm:
    today = clock.today()
    return FamilyForm(
        (
            PersonForm("Tamsin Samplewick", _born(today, 34), answers_for=(1, 2)),
            PersonForm("Otis Samplewick", _born(today, 9)),
            PersonForm("Pip Samplewick", _born(today, 3)),
        )
    )


def _born(today: date, age: int) -> date:
    return date(today.year - age, 1, 1)


def _agreed(of: dict[str, PersonId]) -> ConsentForm:
    yes = {
        "school": ("tansy_vale", "quillmere_hv"),
        "health": ("tansy_vale", "quillmere_hv"),
        "family_life": ("tansy_vale", "quillmere_hv", "bramblegate"),
        "home": ("tansy_vale", "bramblegate"),
        "safety_nearby": ("tansy_vale", "bramblegate", "quillmere_police"),
    }
    given_at: datetime = clock.now()
    return ConsentForm(
        giver=of["Tamsin"],
        capacity=Capacity.PARENT_WITH_PR,
        subjects=frozenset(of.values()),
        engaged=True,
        answers={
            (topic, AgencyCode(agency)): TopicAnswer(Choice.YES)
            for topic, agencies in yes.items()
            for agency in agencies
        },
        explained=frozenset({"privacy_notice", "sharing_without_asking", "no_is_fine"}),
        how="in_person",
        given_at=given_at,
        review_on=clock.today() + timedelta(days=155),
    )
