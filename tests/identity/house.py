"""What the tests of signing in share: a house, its sign-in service, and browsers."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2
from sqlalchemy import select
from starlette.applications import Starlette

from server.audit.tables import audit_entry
from server.directory import store as directory
from server.directory.agency import Agency
from server.directory.member import FamilyMember, Member, Office, Practitioner
from server.identity import limits, published
from server.kernel import settings as kernel_settings
from server.kernel.database import Database, reading, writing
from server.kernel.ids import AgencyCode, MemberId, PersonId, new_id
from server.keys import kms
from server.keys.kms import LocalKms
from tests.fakes.sign_in_service import CLIENT, SECRET, SignInService, serving
from web.routes import application

HOST = "tacroom.example"
ORIGIN = f"https://{HOST}"
SCHOOL = Agency(AgencyCode("tansy_vale"), "Tansy Vale School", "education")
HOMES = Agency(AgencyCode("bramblegate"), "Bramblegate Homes", "housing")


@dataclass
class House:
    """The running application and who is known in it."""

    app: Starlette
    service: SignInService
    imara: Practitioner
    tamsin: FamilyMember

    def browser(self) -> httpx2.AsyncClient:
        """A browser of its own, with its own cookies; it says where its forms come from."""
        return httpx2.AsyncClient(
            transport=httpx2.ASGITransport(self.app, raise_app_exceptions=False),
            base_url=ORIGIN,
            headers={"origin": ORIGIN, "sec-fetch-site": "same-origin"},
        )

    async def way_back(self, browser: httpx2.AsyncClient, begin: str) -> str:
        """Begin a sign-in, go through the provider, and give the address it leads back to."""
        begun = await browser.get(begin)
        assert begun.status_code == 303, begun.text
        async with httpx2.AsyncClient() as elsewhere:
            answer = await elsewhere.get(begun.headers["location"])
        assert answer.status_code == 303, answer.text
        return str(answer.headers["location"])

    async def prepare_family(self, issuer: str, subject: str) -> None:
        """Prepare Tamsin's own sign-in, as the family's contact does."""
        async with writing() as tx:
            await directory.claim_member(tx, self.tamsin.id, issuer=issuer, subject=subject)

    async def sign_in(
        self, browser: httpx2.AsyncClient, begin: str = "/sign-in/begin?with=p1"
    ) -> httpx2.Response:
        """Sign in as whoever the provider says, all the way."""
        return await browser.get(await self.way_back(browser, begin))


def providers(issuer: str) -> list[dict[str, object]]:
    """One door for practitioners, whose claim places them in a school or with the homes."""
    return [
        {
            "code": "p1",
            "name": "Quillmere sign-in",
            "issuer": issuer,
            "client_id": CLIENT,
            "client_secret": SECRET,
            "mail_domains": ["tansyvale.example", "bramblegate.example"],
            "agency_claim": "organisation",
            "agencies": {"school": "tansy_vale", "homes": "bramblegate"},
            "contact": "Perrin Trialman",
        }
    ]


def bind_settings(*doors: Mapping[str, Any], **more: Any) -> None:
    """Bind settings with these sign-in services."""
    kernel_settings.bind(
        kernel_settings.read(
            {
                "council_name": "Quillmere County Council",
                "contact": "the early help desk",
                "safety_day": "01632 960100",
                "safety_night": "01632 960101",
                "database_url": "sqlite+aiosqlite:///unused.sqlite",
                "data_folder": "unused",
                "public_origins": [ORIGIN, "https://other.example"],
                "providers": list(doors),
                **more,
            }
        )
    )


async def enrol(*members: Member) -> None:
    """Add the agencies and these members."""
    async with writing() as tx:
        for agency in (SCHOOL, HOMES):
            if await directory.find_agency(tx, agency.code) is None:
                await directory.add_agency(tx, agency)
        for member in members:
            await directory.add_member(tx, member)


def practitioner(
    name: str, mail: str, agency: Agency = SCHOOL, office: Office | None = None
) -> Practitioner:
    """A practitioner, not yet added."""
    return Practitioner(MemberId(new_id()), agency.code, name, "", mail, office)


@asynccontextmanager
async def opened_house(database: Database, folder: Path) -> AsyncIterator[House]:
    """Open a house on the store of the test."""
    del database
    kms.bind(LocalKms(folder / "keys"))
    published.forget()
    limits.forget()
    imara = practitioner("Imara Testwell", "imara@tansyvale.example")
    tamsin = FamilyMember(MemberId(new_id()), PersonId(new_id()), "Tamsin Samplewick")
    service = SignInService()
    async with serving(service.application()) as port:
        service.issuer = f"http://127.0.0.1:{port}"
        bind_settings(*providers(service.issuer))
        await enrol(imara, tamsin)
        yield House(application(), service, imara, tamsin)
    published.forget()


async def recorded() -> list[tuple[str, str]]:
    """Kind and outcome of every entry in the log, in the order they were written."""
    async with reading() as tx:
        rows = await tx.rows(select(audit_entry.c.kind, audit_entry.c.outcome, audit_entry.c.at_ms))
    return [(row.kind, row.outcome) for row in sorted(rows, key=lambda row: row.at_ms)]


def state_in(address: str) -> str:
    """The state in an address."""
    return parse_qs(urlsplit(address).query)["state"][0]
