"""Sessions: what is stored of them, how long they last, and who hears of their end."""

import secrets
from datetime import timedelta

import pytest

from server.directory.member import FamilyMember, Member, Office
from server.identity import sessions
from server.identity.tables import session as session_rows
from server.kernel import clock, notices
from server.kernel.database import reading, writing
from server.kernel.ids import MemberId, PersonId, new_id
from server.kernel.notices import SignedOut
from tests.identity.house import House, enrol, practitioner


async def begin(member) -> str:
    async with writing() as tx:
        return await sessions.begin_session(tx, member, provider="p1", replacing=None)


async def test_only_the_hash_of_a_token_is_stored(house: House):
    token = await begin(house.imara)
    async with reading() as tx:
        (row,) = await tx.rows(session_rows.select())
    assert token.encode() not in b"".join(
        value if isinstance(value, bytes) else str(value).encode() for value in row
    )
    assert row.token_hash == sessions.hash_of(token)


async def test_two_sessions_share_nothing(house: House):
    first, second = await begin(house.imara), await begin(house.imara)
    a, b = await sessions.find_session(first), await sessions.find_session(second)
    assert a is not None
    assert b is not None
    assert a.hash != b.hash
    assert a.form_token != b.form_token
    assert sessions.is_form_token(a, a.form_token.encode())
    assert not sessions.is_form_token(a, b.form_token.encode())
    assert not sessions.is_form_token(a, b"")


@pytest.mark.parametrize(
    "token", ["", "x", "x" * 42, "x" * 44, "é" * 43, secrets.token_urlsafe(32)], ids=len
)
async def test_whatever_is_no_token_finds_nobody(house: House, token):
    await begin(house.imara)
    assert await sessions.find_session(token) is None


@pytest.mark.parametrize(
    ("who", "idle_min"), [("practitioner", 30), ("officer", 15), ("family", 10)]
)
async def test_a_session_ends_when_it_was_idle_too_long(house: House, who, idle_min):
    members: dict[str, Member] = {
        "practitioner": house.imara,
        "officer": practitioner("Noor", "noor@tansyvale.example", office=Office.IG_OFFICER),
        "family": FamilyMember(MemberId(new_id()), PersonId(new_id()), "Juno Samplewick"),
    }
    member = members[who]
    if member is not house.imara:
        await enrol(member)
    token, at = await begin(member), clock.now()
    with clock.moved_to(at + timedelta(minutes=idle_min, seconds=-5)):
        assert await sessions.find_session(token) is not None
    with clock.moved_to(at + timedelta(minutes=idle_min, seconds=1)):
        assert await sessions.find_session(token) is None


async def test_a_busy_session_lasts_twelve_hours_and_no_longer(house: House):
    token, at = await begin(house.imara), clock.now()
    for minutes in range(20, 12 * 60, 20):
        with clock.moved_to(at + timedelta(minutes=minutes)):
            found = await sessions.find_session(token)
            assert found is not None
            await sessions.touch(found)
    with clock.moved_to(at + timedelta(hours=12, seconds=1)):
        assert await sessions.find_session(token) is None


async def test_being_there_is_noted_once_a_minute(house: House):
    token, at = await begin(house.imara), clock.now()
    found = await sessions.find_session(token)
    assert found is not None
    with clock.moved_to(at + timedelta(seconds=30)):
        await sessions.touch(found)
    again = await sessions.find_session(token)
    assert again is not None
    assert again.seen_at == found.seen_at
    with clock.moved_to(at + timedelta(seconds=61)):
        await sessions.touch(found)
    later = await sessions.find_session(token)
    assert later is not None
    assert later.seen_at > found.seen_at


async def test_an_ended_session_is_not_woken(house: House):
    token, at = await begin(house.imara), clock.now()
    found = await sessions.find_session(token)
    assert found is not None
    await sessions.end_session(token)
    with clock.moved_to(at + timedelta(minutes=2)):
        await sessions.touch(found)
    assert await sessions.find_session(token) is None


async def test_writing_counts_as_being_there_and_wakes_nothing(house: House):
    here, over, at = await begin(house.imara), await begin(house.imara), clock.now()
    with clock.moved_to(at + timedelta(minutes=20)):
        async with writing() as tx:
            await sessions.stay(tx, [sessions.hash_of(here)])
    with clock.moved_to(at + timedelta(minutes=40)):
        async with writing() as tx:
            await sessions.stay(tx, [sessions.hash_of(here), sessions.hash_of(over)])
        assert await sessions.find_session(here) is not None
        assert await sessions.find_session(over) is None


async def test_sockets_learn_which_sessions_live_in_one_query(house: House):
    first, second, third = [await begin(house.imara) for _ in range(3)]
    hashes = [sessions.hash_of(token) for token in (first, second, third)]
    await sessions.end_session(second)
    async with reading() as tx:
        assert await sessions.live_sessions(tx, hashes) == {hashes[0], hashes[2]}
    with clock.moved_to(clock.now() + timedelta(minutes=31)):
        async with reading() as tx:
            assert await sessions.live_sessions(tx, hashes) == frozenset()


async def test_the_end_of_a_session_is_told_once_it_is_durable(house: House):
    heard: list[SignedOut] = []
    notices.hear(SignedOut, heard.append)
    token = await begin(house.imara)
    await sessions.end_session(token)
    await sessions.end_session(token)
    assert heard == [SignedOut(sessions.hash_of(token))]


async def test_sessions_long_over_are_deleted(house: House):
    await begin(house.imara)
    with clock.moved_to(clock.now() + timedelta(days=2)):
        await begin(house.imara)
    async with reading() as tx:
        assert len(await tx.rows(session_rows.select())) == 1
