"""The stock npm provider against our server: it syncs, says 'saved' only when durable, loses."""

import asyncio
import json
from contextlib import asynccontextmanager

import pytest

from server.kernel import database as kernel_database


async def test_two_sections_sync_over_one_socket_with_emoji_and_umlauts(served):
    family, pages = served.family, served.pages
    one = (await family.add_section(family.imara, "Otis at school")).hex
    two = (await family.add_section(family.imara, "Otis at lunch")).hex
    await served.page("imara", family.imara)
    await served.page("bronagh", family.bronagh)
    for page in ("imara", "bronagh"):
        await pages.do("open", page=page, name="room")
        await pages.do("open", page=page, name=one, awareness=True)
        await pages.do("open", page=page, name=two)
    for name in (one, two):
        await pages.until("imara", name, lambda seen: seen["synced"] and seen["now"] == 0)
        seen = await pages.until("bronagh", name, lambda seen: seen["synced"] and not seen["now"])
        assert (seen["text"], seen["scope"]) == ("Words", "read-write")

    await pages.do("type", page="imara", name=one, words="Grüße 😀 von Imara")
    await pages.do("type", page="bronagh", name=one, words="Öffnung für Ünal 🧸")
    await pages.do("into", page="bronagh", name=two, at=2, words="ß😀ä")
    for page in ("imara", "bronagh"):
        seen = await pages.until(
            page, one, lambda seen: "😀" in seen["text"] and "🧸" in seen["text"]
        )
        assert not seen["denied"]
        await pages.until(page, two, lambda seen: seen["text"] == "Woß😀ärds")
        await pages.until(page, one, lambda seen: seen["now"] == 0)
    first = await pages.do("look", page="imara", name=one)
    second = await pages.do("look", page="bronagh", name=one)
    assert first["text"] == second["text"]


@pytest.mark.parametrize("served", [{"ws": "websockets-sansio"}], indirect=True)
async def test_on_a_server_without_our_protocol_class_the_same_socket_goes_on(served):
    family, pages = served.family, served.pages
    one = (await family.add_section(family.imara, "Otis at school")).hex
    for page, who in (("imara", family.imara), ("bronagh", family.bronagh)):
        await served.page(page, who)
        await pages.do("open", page=page, name=one)
        await pages.until(page, one, lambda seen: seen["synced"] and seen["now"] == 0)

    await pages.do("type", page="imara", name=one, words="the long way round")
    await pages.until("bronagh", one, lambda seen: "long way" in seen["text"])
    await pages.until("imara", one, lambda seen: seen["now"] == 0)


async def test_unsynced_changes_fall_to_nothing_only_after_the_commit(served, monkeypatch):
    family, pages = served.family, served.pages
    one = (await family.add_section(family.imara, "Otis at school")).hex
    await served.page("imara", family.imara)
    await pages.do("open", page="imara", name=one)
    await pages.until("imara", one, lambda seen: seen["synced"] and seen["now"] == 0)
    may_commit = asyncio.Event()
    bound = kernel_database.bound()
    commit_at_once = bound._transaction

    @asynccontextmanager
    async def commit_later(engine):
        async with commit_at_once(engine) as tx:
            yield tx
            if engine is bound.writer:
                await may_commit.wait()

    monkeypatch.setattr(bound, "_transaction", commit_later)
    await pages.do("type", page="imara", name=one, words="not yet")
    await asyncio.sleep(0.4)
    assert (await pages.do("look", page="imara", name=one))["now"] == 1

    may_commit.set()
    await pages.until("imara", one, lambda seen: seen["now"] == 0)


async def test_a_cut_line_is_taken_up_again_and_nothing_is_lost(served):
    family, pages = served.family, served.pages
    one = (await family.add_section(family.imara, "Otis at school")).hex
    for page, who in (("imara", family.imara), ("bronagh", family.bronagh)):
        await served.page(page, who)
        await pages.do("open", page=page, name=one)
        await pages.until(page, one, lambda seen: seen["synced"] and seen["now"] == 0)

    await pages.do("cut", page="imara")
    await pages.do("type", page="imara", name=one, words="typed while the line was cut")
    await pages.do("type", page="bronagh", name=one, words="meanwhile")
    for page in ("imara", "bronagh"):
        await pages.until(
            page,
            one,
            lambda seen: "while the line" in seen["text"] and "meanwhile" in seen["text"],
        )
    await pages.until("imara", one, lambda seen: seen["now"] == 0)


async def test_a_forbidden_and_an_unknown_section_are_answered_alike(served):
    family, pages = served.family, served.pages
    hers = (await family.add_section(family.imara, "For Imara", named=[family.imara])).hex
    await served.page("gethin", family.gethin)
    answers = []
    for name in (hers, "0" * 32, "not an id"):
        await pages.do("open", page="gethin", name=name)
        seen = await pages.until("gethin", name, lambda seen: seen["denied"])
        answers.append((seen["denied"], seen["text"], seen["scope"]))
    assert answers == [("This cannot be shown to you.", "", None)] * 3


async def test_a_withdrawal_closes_the_section_within_a_second_and_leaves_the_rest(served):
    family, pages = served.family, served.pages
    lost = (await family.add_section(family.imara, "Mornings", category="family_relationships")).hex
    own = (await family.add_section(family.leona, "Repairs", category="housing_tenancy")).hex
    await served.page("leona", family.leona)
    for name in ("room", lost, own):
        await pages.do("open", page="leona", name=name)
        await pages.until("leona", name, lambda seen: seen["synced"])

    began = asyncio.get_running_loop().time()
    await family.stop("family_life", "bramblegate")
    seen = await pages.until("leona", lost, lambda seen: seen["denied"] and seen["closed"])
    assert asyncio.get_running_loop().time() - began < 1.0
    assert seen["denied"] == "You can no longer see this part of the plan."
    told = {"kind": "access", "lost": [lost]}
    await pages.until("leona", "room", lambda seen: told in map(json.loads, seen["stateless"]))
    await pages.do("type", page="leona", name=own, words="still ours")
    await pages.until("leona", own, lambda seen: seen["now"] == 0)
