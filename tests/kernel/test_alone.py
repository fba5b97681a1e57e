"""SQLite serves one process; a second one is told what to do."""

import pytest

from server.kernel.alone import NotAlone, alone_on, must_be_alone


def test_a_second_process_on_one_sqlite_file_is_refused_and_told_what_to_do(tmp_path):
    url = f"sqlite+aiosqlite:///{tmp_path}/rooms.sqlite"
    with alone_on(url):
        for refused in (lambda: must_be_alone(url, 1), lambda: alone_on(url).__enter__()):
            with pytest.raises(
                NotAlone, match=r"Another process serves .*rooms\.sqlite.*PostgreSQL"
            ):
                refused()
        must_be_alone(f"sqlite+aiosqlite:///{tmp_path}/others.sqlite", 1)

    must_be_alone(url, 1)


def test_several_processes_need_postgresql(tmp_path):
    with pytest.raises(NotAlone, match=r"2 processes were asked for.*tacroom migrate"):
        must_be_alone(f"sqlite+aiosqlite:///{tmp_path}/rooms.sqlite", 2)

    must_be_alone("postgresql+asyncpg://db.example/rooms", 16)
    with alone_on("postgresql+asyncpg://db.example/rooms"):
        must_be_alone("postgresql+asyncpg://db.example/rooms", 1)
