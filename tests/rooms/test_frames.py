"""Frames: what is written is read again, and nothing else is taken for a frame."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rooms import frames
from rooms.frames import (
    Authenticated,
    AuthToken,
    Awareness,
    BadFrame,
    BroadcastStateless,
    Close,
    Fault,
    PermissionDenied,
    Ping,
    Pong,
    QueryAwareness,
    Reader,
    Stateless,
    SyncStatus,
    SyncStep1,
    SyncStep2,
    TokenWanted,
    Update,
    read_frame,
    write_frame,
)

addresses = st.text(min_size=1, max_size=40).filter(lambda text: len(text.encode()) <= 100)
texts = st.text(max_size=60)
contents = st.binary(max_size=300)
written = st.one_of(
    st.builds(SyncStep1, addresses, contents),
    st.builds(SyncStep2, addresses, contents),
    st.builds(Update, addresses, contents),
    st.builds(Awareness, addresses, contents),
    st.builds(AuthToken, addresses, texts, texts),
    st.builds(TokenWanted, addresses),
    st.builds(PermissionDenied, addresses, texts),
    st.builds(Authenticated, addresses, texts),
    st.builds(QueryAwareness, addresses),
    st.builds(Stateless, addresses, texts),
    st.builds(BroadcastStateless, addresses, texts),
    st.builds(Close, addresses, st.none() | texts),
    st.builds(SyncStatus, addresses, st.booleans()),
    st.just(Ping()),
    st.just(Pong()),
)


@given(written)
def test_every_frame_is_read_as_it_was_written(frame):
    assert read_frame(write_frame(frame)) == frame


@given(st.binary(max_size=400))
def test_random_bytes_are_a_frame_or_refused_and_nothing_else(message):
    with suppress(BadFrame):
        assert type(read_frame(message)) in frames.Frame.__args__


@given(written, st.data())
def test_a_frame_cut_off_anywhere_is_never_read_as_the_whole(frame, data):
    message = write_frame(frame)
    cut = message[: data.draw(st.integers(0, len(message) - 1))]
    with suppress(BadFrame):
        assert read_frame(cut) != frame


@given(written.filter(lambda frame: not isinstance(frame, Ping | Pong)), st.binary(min_size=1))
def test_what_follows_after_the_end_of_a_frame_is_refused_or_another_frame(frame, more):
    with suppress(BadFrame):
        assert read_frame(write_frame(frame) + more) != frame


@given(st.integers(0, 2**53))
def test_numbers_are_read_as_they_were_written(value):
    assert Reader(frames.number(value)).number() == value


def test_lengths_count_bytes_and_not_characters():
    assert write_frame(Stateless("ä", "😀")) == b"\x02\xc3\xa4\x05\x04\xf0\x9f\x98\x80"


@pytest.mark.parametrize(
    ("message", "fault"),
    [
        (b"", Fault.BAD_NUMBER),
        (b"\x00\x00\x00", Fault.BAD_ADDRESS),
        (b"\x7fabc", Fault.CUT_OFF),
        (b"\x01\xff\x05\x00", Fault.NOT_UTF8),
        (b"\x01a\x0b", Fault.NO_SUCH_KIND),
        (b"\x01a\x04\x00\x00", Fault.NO_SUCH_KIND),
        (b"\x01a\x00\x03\x00", Fault.NO_SUCH_STEP),
        (b"\x01a\x02\x07", Fault.NO_SUCH_ANSWER),
        (b"\x01a\x08\x02", Fault.BAD_STATUS),
        (b"\x01a\x00\x00\x00\x00", Fault.TOO_LONG),
        (b"\x01a\x00\x02\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", Fault.BAD_NUMBER),
        (b"\xc9\x01" + b"a" * 201 + b"\x03", Fault.BAD_ADDRESS),
    ],
)
def test_what_is_wrong_with_a_frame_is_said(message, fault):
    with pytest.raises(BadFrame) as refused:
        read_frame(message)
    assert refused.value.reason is fault


def test_a_bad_body_still_names_the_document():
    with pytest.raises(BadFrame) as refused:
        read_frame(b"\x01a\x0b")
    assert refused.value.address == "a"
