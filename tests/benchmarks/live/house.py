"""A house of ours for the load: rooms with their real rules in force, and many members in each.

Laid by the operations of the product; only the many members and their places are written as rows.
"""

import asyncio
import json
import socket
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from consent.giving import record_consent
from consent.store import families
from policies.facts import Label
from rooms import store as rooms_store
from rooms.opening import open_room
from server.directory import store as directory
from server.directory.member import Practitioner
from server.directory.team import Role, Seat
from server.identity import sessions
from server.kernel import clock, migrating, notices
from server.kernel import database as kernel_database
from server.kernel import settings as kernel_settings
from server.kernel.database import Database, writing
from server.kernel.ids import AgencyCode, MemberId, RoomId, SeatId, SectionId, new_id
from server.keys import kms
from tests.fakes import family_room
from web.session import SESSION_COOKIE

SCHOOL = AgencyCode("tansy_vale")


@dataclass(frozen=True)
class House:
    """Where the settings of the server are, its port, and who may come in where."""

    settings: Path
    port: int
    rooms: list[dict[str, Any]]


def lay(folder: Path, *, rooms: int, seats: int, database_url: str | None = None) -> House:
    """Lay so many rooms, each with one section and so many members who may write it."""
    url = database_url or f"sqlite+aiosqlite:///{folder / 'tacroom.sqlite'}"
    return asyncio.run(_lay(folder, url, rooms, seats))


def lay_beside(folder: Path, *, rooms: int, seats: int) -> House:
    """Lay a house from within a running loop: in a thread, with a loop of its own."""
    with ThreadPoolExecutor(1) as beside:
        return beside.submit(lay, folder, rooms=rooms, seats=seats).result()


async def _lay(folder: Path, url: str, rooms: int, seats: int) -> House:
    port = free_port()
    origin = f"http://127.0.0.1:{port}"
    kms.bind(kms.LocalKms(folder / "data" / "keys"))
    family_room.bind_settings(
        folder, database_url=url, port=port, public_origins=[origin], session_max_min=24 * 60
    )
    await migrating.migrate(url)
    store = Database(url)
    kernel_database.bind(store)
    try:
        laid = await family_room.lay_family_room()
        imara = laid.practitioners["imara"]
        made = [await _add_room(imara, number, seats, origin) for number in range(rooms)]
    finally:
        await store.close()
        notices.forget_all()
    return House(_settings(folder), port, made)


async def _add_room(imara: Practitioner, number: int, seats: int, origin: str) -> dict[str, Any]:
    with clock.moved_to(clock.now() - timedelta(days=6)):
        room = await open_room(imara, family_room._family())
        async with writing() as tx:
            team = await directory.get_team(tx, room)
            family = await families.get_family(tx, team.family)
        of = {person.name.split()[0]: person.id for person in family.people}
        form = family_room._agreed(of)
        await record_consent(imara, room, form, keepers=family_room.KEEPERS)
    thing = SectionId(new_id())
    label = Label(
        thing=thing,
        room=room,
        categories=frozenset({"education_attendance"}),
        origins=frozenset({SCHOOL}),
        subjects=frozenset({of["Otis"]}),
        author=imara.id,
    )
    async with writing() as tx:
        await rooms_store.add_section(tx, room, "Otis at school", label, ["Words"], by=imara.id)
    tokens = [await _seat(room, f"m{number}x{place}") for place in range(seats)]
    path = f"/rooms/{room.hex}/socket"
    return {
        "address": thing.hex,
        "seats": [
            {"path": path, "headers": {"Cookie": f"{SESSION_COOKIE}={token}", "Origin": origin}}
            for token in tokens
        ],
    }


async def _seat(room: RoomId, name: str) -> str:
    who = Practitioner(
        MemberId(new_id()), SCHOOL, f"Member {name}", "Teacher", f"{name}@tansyvale.example"
    )
    async with writing() as tx:
        await directory.add_member(tx, who)
        await directory.add_seat(
            tx,
            Seat(
                SeatId(new_id()), room, who.id, SCHOOL, Role.TAC_MEMBER, frozenset({"plan"}), tx.at
            ),
        )
    await family_room.accepted(who)
    async with writing() as tx:
        return await sessions.begin_session(tx, who, provider="p1", replacing=None)


def _settings(folder: Path) -> Path:
    told = kernel_settings.settings().model_dump(mode="json")
    for provider in told["providers"]:
        # What is a secret is masked in a dump; nobody signs in here.
        provider["client_secret"] = "made up"
    place = folder / "settings.json"
    place.write_text(json.dumps(told), encoding="utf-8")
    return place


def free_port() -> int:
    """Return a port that nobody listens on."""
    with closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port
