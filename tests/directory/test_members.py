"""Who is who: agencies, members, and whose sign-in is whose."""

import pytest

from server.directory import store
from server.directory.agency import Agency
from server.directory.member import FamilyMember, Office, Practitioner
from server.kernel.database import writing
from server.kernel.errors import Conflict, NotFound
from server.kernel.ids import AgencyCode, MemberId, PersonId, new_id

SCHOOL = Agency(AgencyCode("tansy_vale"), "Tansy Vale School", "education")
HOMES = Agency(AgencyCode("bramblegate"), "Bramblegate Homes", "housing")
ISSUER = "https://provider.example/1"

pytestmark = pytest.mark.usefixtures("database")


def practitioner(agency=SCHOOL, mail="imara@tansyvale.example", name="Imara Testwell", office=None):
    return Practitioner(MemberId(new_id()), agency.code, name, "pastoral lead", mail, office)


async def enrol(*members):
    async with writing() as tx:
        for agency in (SCHOOL, HOMES):
            if await store.find_agency(tx, agency.code) is None:
                await store.add_agency(tx, agency)
        for member in members:
            await store.add_member(tx, member)


async def test_a_member_is_found_as_she_was_added():
    imara = practitioner(office=Office.COORDINATOR)
    tamsin = FamilyMember(MemberId(new_id()), PersonId(new_id()), "Tamsin Samplewick")
    await enrol(imara, tamsin)

    async with writing() as tx:
        assert await store.get_member(tx, imara.id) == imara
        assert await store.get_member(tx, tamsin.id) == tamsin
        assert await store.find_by_person(tx, tamsin.person) == tamsin
        assert await store.find_members(tx, [imara.id, MemberId(new_id())]) == {imara.id: imara}
        assert await store.list_members(tx, SCHOOL.code) == [imara]
        assert await store.list_agencies(tx) == [HOMES, SCHOOL]


async def test_nobody_is_found_under_an_unknown_id():
    async with writing() as tx:
        with pytest.raises(NotFound):
            await store.get_member(tx, MemberId(new_id()))
        with pytest.raises(NotFound):
            await store.get_agency(tx, AgencyCode("nowhere"))


async def test_a_work_mail_is_one_person_however_it_is_written():
    imara = practitioner(mail="Imara@TansyVale.example")
    await enrol(imara)

    async with writing() as tx:
        found = await store.find_by_work_mail(tx, SCHOOL.code, " imara@tansyvale.EXAMPLE ")
        assert found is not None
        assert found.id == imara.id
        assert await store.find_by_work_mail(tx, HOMES.code, imara.work_mail) is None
        with pytest.raises(Conflict):
            await store.add_member(tx, practitioner(mail="IMARA@tansyvale.example"))


async def test_a_pending_member_is_claimed_once():
    imara = practitioner()
    await enrol(imara)
    async with writing() as tx:
        assert await store.find_by_claim(tx, ISSUER, "first") is None
        await store.claim_member(tx, imara.id, issuer=ISSUER, subject="first")

    async with writing() as tx:
        assert await store.find_by_claim(tx, ISSUER, "first") == imara
        with pytest.raises(Conflict):
            await store.claim_member(tx, imara.id, issuer=ISSUER, subject="second")
        assert await store.find_by_claim(tx, ISSUER, "second") is None


async def test_a_sign_in_is_never_bound_to_a_second_member():
    imara, leona = practitioner(), practitioner(HOMES, "leona@bramblegate.example", "Leona")
    await enrol(imara, leona)
    async with writing() as tx:
        await store.claim_member(tx, imara.id, issuer=ISSUER, subject="hers")

    async with writing() as tx:
        with pytest.raises(Conflict):
            await store.claim_member(tx, leona.id, issuer=ISSUER, subject="hers")


async def test_the_same_subject_at_another_provider_is_somebody_else():
    imara = practitioner()
    await enrol(imara)
    async with writing() as tx:
        await store.claim_member(tx, imara.id, issuer=ISSUER, subject="1")
        assert await store.find_by_claim(tx, "https://provider.example/2", "1") is None
