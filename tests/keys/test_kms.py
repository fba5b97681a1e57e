import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from server.keys import kms
from server.keys.kms import FILE_NAME, KeyFileUnsafe, LocalKms, SealBroken


def test_the_key_is_made_at_the_first_start_for_this_account_alone(tmp_path: Path):
    folder = tmp_path / "state" / "keys"

    LocalKms(folder)

    key_file = folder / FILE_NAME
    assert stat.S_IMODE(key_file.stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert key_file.stat().st_size == 32
    assert list(folder.iterdir()) == [key_file]


def test_a_key_wrapped_before_a_restart_opens_after_it(tmp_path: Path):
    wrapped = LocalKms(tmp_path).wrap(b"k" * 32, b"room one")

    assert LocalKms(tmp_path).unwrap(wrapped, b"room one") == b"k" * 32


def test_of_many_first_starts_at_once_one_key_stands(tmp_path: Path):
    with ThreadPoolExecutor(8) as pool:
        started = list(pool.map(lambda _: LocalKms(tmp_path / "state"), range(16)))

    wrapped = started[0].wrap(b"k" * 32, b"")
    assert all(each.unwrap(wrapped, b"") == b"k" * 32 for each in started)
    assert list((tmp_path / "state").iterdir()) == [tmp_path / "state" / FILE_NAME]


def test_a_key_file_that_comes_into_being_meanwhile_stands(tmp_path: Path):
    LocalKms(tmp_path)
    before = (tmp_path / FILE_NAME).read_bytes()

    kms._make_key_file(tmp_path / FILE_NAME)

    assert (tmp_path / FILE_NAME).read_bytes() == before


def test_a_key_file_that_others_may_read_is_not_used(tmp_path: Path):
    LocalKms(tmp_path)
    (tmp_path / FILE_NAME).chmod(0o640)

    with pytest.raises(KeyFileUnsafe):
        LocalKms(tmp_path)


def test_a_key_file_cut_short_is_not_used(tmp_path: Path):
    LocalKms(tmp_path)
    (tmp_path / FILE_NAME).write_bytes(b"short")

    with pytest.raises(KeyFileUnsafe):
        LocalKms(tmp_path)


def test_a_wrapped_key_opens_for_nothing_but_what_it_was_wrapped_for(tmp_path: Path):
    house = LocalKms(tmp_path)
    wrapped = house.wrap(b"k" * 32, b"room one")

    with pytest.raises(SealBroken):
        house.unwrap(wrapped, b"room two")


def test_a_wrapped_key_opens_in_no_other_house(tmp_path: Path):
    wrapped = LocalKms(tmp_path / "one").wrap(b"k" * 32, b"room")

    with pytest.raises(SealBroken):
        LocalKms(tmp_path / "two").unwrap(wrapped, b"room")


def test_every_flipped_bit_and_every_cut_of_a_wrapped_key_is_found(tmp_path: Path):
    house = LocalKms(tmp_path)
    wrapped = house.wrap(b"k" * 32, b"room")

    for place in range(len(wrapped)):
        flipped = bytearray(wrapped)
        flipped[place] ^= 1
        with pytest.raises(SealBroken):
            house.unwrap(bytes(flipped), b"room")
        with pytest.raises(SealBroken):
            house.unwrap(wrapped[:place], b"room")


def test_after_the_house_key_is_destroyed_nothing_opens(tmp_path: Path):
    house = LocalKms(tmp_path / "state")
    wrapped = house.wrap(b"k" * 32, b"room")

    house.destroy()

    assert list((tmp_path / "state").iterdir()) == []
    with pytest.raises(KeyFileUnsafe):
        house.unwrap(wrapped, b"room")
    with pytest.raises(KeyFileUnsafe):
        house.fingerprint(b"1234", b"code")
    with pytest.raises(SealBroken):
        LocalKms(tmp_path).unwrap(wrapped, b"room")


def test_a_fingerprint_is_the_same_for_the_same_thing_under_one_key_alone(tmp_path: Path):
    house, again, other = LocalKms(tmp_path), LocalKms(tmp_path), LocalKms(tmp_path / "other")

    assert house.fingerprint(b"1234", b"code") == again.fingerprint(b"1234", b"code")
    others = {
        house.fingerprint(b"1235", b"code"),
        house.fingerprint(b"1234", b"name"),
        house.fingerprint(b"e1234", b"cod"),
        other.fingerprint(b"1234", b"code"),
    }
    assert len(others - {house.fingerprint(b"1234", b"code")}) == 4


def test_without_a_bound_kms_there_is_none(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(kms, "_bound", [])

    with pytest.raises(RuntimeError, match="no KMS"):
        kms.bound()
