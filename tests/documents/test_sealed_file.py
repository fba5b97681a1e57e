"""Files at rest: what was put in comes out, and nothing else opens."""

import secrets
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from documents import sealed_file
from documents.sealed_file import CHUNK, SEALED_CHUNK, Damaged, SealedFile, SealingFile

KEY = bytes(range(32))
ABOUT = b"file|room|document|1"
SIZES = st.one_of(
    st.integers(0, 300),
    st.sampled_from([CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK, 2 * CHUNK + 1, 3 * CHUNK - 1]),
)


def put_in(folder: Path, plain: bytes, *, key: bytes = KEY, about: bytes = ABOUT) -> Path:
    path = folder / secrets.token_hex(8)
    new = SealingFile(path, key, about)
    new.write(plain)
    new.finish()
    return path


def whole(path: Path, *, key: bytes = KEY, about: bytes = ABOUT) -> bytes:
    with SealedFile(path, key, about) as file:
        return b"".join(file.chunk(index) for index in range(file.chunks))


def some_bytes(size: int) -> bytes:
    return (b"plumcanary " * (size // 11 + 1))[:size]


@settings(max_examples=40, deadline=None)
@given(SIZES, st.data())
def test_what_was_put_in_in_any_pieces_comes_out(size, data):
    plain = some_bytes(size)
    cuts = sorted(data.draw(st.lists(st.integers(0, size), max_size=5)))
    with TemporaryDirectory() as folder:
        path = Path(folder) / "file"
        new = SealingFile(path, KEY, ABOUT)
        for start, end in zip([0, *cuts], [*cuts, size], strict=True):
            new.write(plain[start:end])
        new.finish()

        assert new.size_bytes == size
        assert whole(path) == plain
        assert b"plumcanary" not in path.read_bytes()


@settings(max_examples=40, deadline=None)
@given(SIZES, st.data())
def test_any_part_is_read_from_anywhere(size, data):
    plain = some_bytes(size)
    with TemporaryDirectory() as folder, SealedFile(put_in(Path(folder), plain), KEY, ABOUT) as f:
        start = data.draw(st.integers(0, size))
        length = data.draw(st.integers(0, size - start))
        f.seek(start)
        read = b""
        while len(read) < length and (piece := f.read(length - len(read))):
            read += piece

        assert read == plain[start : start + length]
        assert f.tell() == start + length
        assert f.seek(-1 if size else 0, 2) == max(0, size - 1)
        assert f.seek(0, 1) == f.tell()


@settings(max_examples=60, deadline=None)
@given(SIZES, st.data())
def test_one_changed_bit_anywhere_is_found(size, data):
    with TemporaryDirectory() as folder:
        path = put_in(Path(folder), some_bytes(size))
        stored = bytearray(path.read_bytes())
        at = data.draw(st.integers(0, len(stored) - 1))
        stored[at] ^= 1 << data.draw(st.integers(0, 7))
        path.write_bytes(stored)

        with pytest.raises(Damaged):
            whole(path)


@settings(max_examples=60, deadline=None)
@given(SIZES, st.data())
def test_a_file_cut_off_anywhere_does_not_open_at_all(size, data):
    with TemporaryDirectory() as folder:
        path = put_in(Path(folder), some_bytes(size))
        stored = path.read_bytes()
        path.write_bytes(stored[: data.draw(st.integers(0, len(stored) - 1))])

        with pytest.raises(Damaged):
            SealedFile(path, KEY, ABOUT)


@pytest.mark.parametrize("added", [b"\x00", b"x" * SEALED_CHUNK])
def test_a_file_that_has_grown_does_not_open(tmp_path, added):
    path = put_in(tmp_path, some_bytes(CHUNK + 5))
    path.write_bytes(path.read_bytes() + added)

    with pytest.raises(Damaged):
        whole(path)


def test_chunks_that_changed_places_are_found(tmp_path):
    path = put_in(tmp_path, secrets.token_bytes(3 * CHUNK))
    stored = path.read_bytes()
    first, second = stored[:SEALED_CHUNK], stored[SEALED_CHUNK : 2 * SEALED_CHUNK]
    path.write_bytes(second + first + stored[2 * SEALED_CHUNK :])

    with pytest.raises(Damaged):
        whole(path)


def test_a_middle_chunk_taken_out_is_found(tmp_path):
    path = put_in(tmp_path, secrets.token_bytes(3 * CHUNK))
    stored = path.read_bytes()
    path.write_bytes(stored[:SEALED_CHUNK] + stored[2 * SEALED_CHUNK :])

    with pytest.raises(Damaged):
        whole(path)


def test_another_documents_file_does_not_open_in_this_ones_place(tmp_path):
    path = put_in(tmp_path, b"about somebody else", about=b"file|room|another|1")

    with pytest.raises(Damaged):
        SealedFile(path, KEY, ABOUT)


def test_another_files_key_opens_nothing(tmp_path):
    with pytest.raises(Damaged):
        SealedFile(put_in(tmp_path, b"words"), bytes(32), ABOUT)


def test_a_file_that_is_gone_is_told_as_damaged(tmp_path):
    with pytest.raises(Damaged):
        SealedFile(tmp_path / "gone", KEY, ABOUT)


def test_a_file_that_was_not_finished_does_not_open(tmp_path):
    path = tmp_path / "file"
    new = SealingFile(path, KEY, ABOUT)
    new.write(some_bytes(3 * CHUNK))
    new.close()

    with pytest.raises(Damaged):
        SealedFile(path, KEY, ABOUT)


def test_a_file_is_never_written_over_and_nobody_else_may_read_it(tmp_path):
    path = put_in(tmp_path, b"words")

    assert path.stat().st_mode & 0o777 == 0o600
    with pytest.raises(FileExistsError):
        SealingFile(path, KEY, ABOUT)


def test_no_nonce_is_used_twice_in_a_file():
    nonces = [
        sealed_file._nonce(counter, last=last) for counter in range(1000) for last in (False, True)
    ]

    assert len(set(nonces)) == len(nonces)
    assert {len(nonce) for nonce in nonces} == {12}
