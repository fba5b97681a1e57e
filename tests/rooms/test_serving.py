"""`tacroom serve` by several processes: watched, replaced, stopped in order; SQLite by one."""

import asyncio
import json
import os
import signal
import sys
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest
from typer.testing import CliRunner

from server import cli
from server.kernel.alone import alone_on
from tests.rooms.server_processes import PATIENCE_S, ROOT, lay, page_at, until

TACROOM = (sys.executable, "-m", "server")


def in_toml(value):
    if isinstance(value, dict):
        inside = ", ".join(f"{json.dumps(name)} = {in_toml(one)}" for name, one in value.items())
        return f"{{ {inside} }}"
    if isinstance(value, list):
        return "[" + ", ".join(map(in_toml, value)) + "]"
    return json.dumps(value)


def settings_in_toml(laid):
    """The settings of the first server laid, as a person would write them."""
    told = without_nothing(json.loads(laid.settings[0].read_text()))
    place = laid.settings[0].with_suffix(".toml")
    lines = [f"{name} = {in_toml(value)}" for name, value in told.items()]
    place.write_text("\n".join(lines), encoding="utf-8")
    return place


def without_nothing(value):
    """The same without what is not set, as TOML has no word for it."""
    if isinstance(value, dict):
        return {name: without_nothing(one) for name, one in value.items() if one is not None}
    if isinstance(value, list):
        return [without_nothing(one) for one in value]
    return value


def children_of(pid):
    with suppress(FileNotFoundError):
        found = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        return {int(one) for one in found if "spawn_main" in command_of(one)}
    return set()


def command_of(pid):
    with suppress(FileNotFoundError, ProcessLookupError):
        return Path(f"/proc/{pid}/cmdline").read_bytes().decode()
    return ""


@asynccontextmanager
async def served_by(laid, workers):
    process = await asyncio.create_subprocess_exec(
        *TACROOM,
        *("serve", "--settings", str(settings_in_toml(laid)), "--workers", str(workers)),
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stderr=asyncio.subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        yield process
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        await process.wait()


async def answers(laid):
    """Whether somebody answers on the port."""
    with suppress(OSError, asyncio.IncompleteReadError):
        reader, writer = await asyncio.open_connection("127.0.0.1", laid.ports[0])
        writer.write(b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        answer = await reader.read()
        writer.close()
        return b" 200 " in answer
    return False


async def until_it_answers(laid):
    async with asyncio.timeout(PATIENCE_S):
        while not await answers(laid):
            await asyncio.sleep(0.1)


@pytest.mark.long
@pytest.mark.parametrize("store", ["postgres"], indirect=True)
async def test_long_a_dead_worker_is_replaced_and_all_stop_in_order(database_url, tmp_path):
    laid = await lay(database_url, tmp_path)
    async with served_by(laid, 2) as process:
        await until_it_answers(laid)
        await until(lambda: len(children_of(process.pid)) == 2)
        async with (
            page_at(laid.url(), laid.cookies[0]) as imara,
            page_at(laid.url(), laid.cookies[1]) as bronagh,
        ):
            hers, theirs = (page.open(laid.section.hex) for page in (imara, bronagh))
            await until(lambda: hers.unsynced == theirs.unsynced == 0)
            hers.type("before")
            await until(lambda: "before" in theirs.text)

            before = children_of(process.pid)
            os.kill(min(before), signal.SIGKILL)
            await until(lambda: len(children_of(process.pid) - before) == 1)
            await until_it_answers(laid)
            hers.type("after")
            await until(lambda: imara.is_cut or bronagh.is_cut or "after" in theirs.text)

            children = children_of(process.pid)
            process.send_signal(signal.SIGTERM)
            assert await asyncio.wait_for(process.wait(), PATIENCE_S) == 0
            await until(lambda: imara.is_cut and bronagh.is_cut)
        assert not any(command_of(child) for child in children)
    text, _changes = await laid.stored()
    assert "before" in text


@pytest.mark.long
@pytest.mark.parametrize("store", ["postgres"], indirect=True)
async def test_long_workers_stop_when_the_one_that_watches_them_is_gone(database_url, tmp_path):
    laid = await lay(database_url, tmp_path)
    async with served_by(laid, 2) as process:
        await until_it_answers(laid)
        await until(lambda: len(children_of(process.pid)) == 2)
        children = children_of(process.pid)
        process.send_signal(signal.SIGKILL)
        await until(lambda: not any(command_of(child) for child in children))


@pytest.mark.parametrize("store", ["sqlite"], indirect=True)
async def test_sqlite_refuses_several_processes_and_a_second_one(database_url, tmp_path):
    laid = await lay(database_url, tmp_path)
    place = settings_in_toml(laid)

    several = CliRunner().invoke(cli.app, ["serve", "--settings", str(place), "--workers", "2"])
    with alone_on(database_url):
        second = CliRunner().invoke(cli.app, ["serve", "--settings", str(place)])
        shaped = CliRunner().invoke(cli.app, ["migrate", "--settings", str(place)])

    assert [one.exit_code for one in (several, second, shaped)] == [2, 2, 2]
    assert "2 processes were asked for. SQLite serves one process." in several.output
    assert "Another process serves" in second.output
    assert "Another process serves" in shaped.output
    assert "postgresql+asyncpg://" in second.output


@pytest.mark.parametrize("store", ["sqlite"], indirect=True)
async def test_a_database_that_is_not_there_is_said_without_its_address(database_url, tmp_path):
    laid = await lay(database_url, tmp_path)
    told = json.loads(laid.settings[0].read_text())
    told["database_url"] = "postgresql+asyncpg://tacroom:secret-word@127.0.0.1:1/tacroom"
    laid.settings[0].write_text(json.dumps(told))

    place = str(settings_in_toml(laid))
    away = await asyncio.to_thread(CliRunner().invoke, cli.app, ["serve", "--settings", place])

    assert away.exit_code == 1
    assert "The database does not answer" in away.output
    assert "secret-word" not in away.output
