"""Frames recorded from the stock provider talking with our server: read and written again."""

import json
from pathlib import Path

import pytest

from rooms.frames import (
    Authenticated,
    AuthToken,
    Awareness,
    Ping,
    Pong,
    SyncStatus,
    SyncStep1,
    SyncStep2,
    Update,
    read_frame,
    write_frame,
)
from rooms.presence import read_carets
from rooms.update import read_update, read_vector

RECORDED = json.loads(
    Path(__file__).with_name("frames_of_provider_4_8.json").read_text(encoding="utf-8")
)


@pytest.mark.parametrize(("way", "message"), RECORDED)
def test_a_recorded_frame_is_read_and_written_the_same(way, message):
    del way
    message = bytes.fromhex(message)
    frame = read_frame(message)
    assert write_frame(frame) == message
    match frame:
        case SyncStep1(vector=vector):
            assert read_vector(vector) is not None
        case SyncStep2(update=update) | Update(update=update):
            assert read_update(update) is not None
        case Awareness(states=states):
            assert read_carets(states)
        case AuthToken(token=token, version=version):
            assert (token, version) == ("page", "4.8.0")


def test_the_record_holds_every_frame_that_a_page_sends():
    out = {type(read_frame(bytes.fromhex(message))) for way, message in RECORDED if way == "out"}
    heard = {type(read_frame(bytes.fromhex(message))) for way, message in RECORDED if way == "in"}
    assert out >= {AuthToken, SyncStep1, SyncStep2, Update, Awareness, Pong}
    assert heard >= {Authenticated, SyncStep1, SyncStep2, Update, SyncStatus, Awareness, Ping}
