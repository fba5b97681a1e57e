from server.kernel import notices
from server.kernel.ids import RoomId, new_id
from server.kernel.notices import AccessChanged, SignedOut


async def test_a_notice_reaches_only_those_who_hear_its_kind_in_order():
    heard: list[object] = []

    async def slow(notice: object) -> None:
        heard.append(("slow", notice))

    notices.hear(AccessChanged, slow)
    notices.hear(AccessChanged, lambda notice: heard.append(("quick", notice)))
    notices.hear(SignedOut, lambda notice: heard.append(("other", notice)))
    changed = AccessChanged(RoomId(new_id()), 4)

    await notices.tell(changed)
    notices.forget_all()
    await notices.tell(SignedOut(b"a sign-in"))

    assert heard == [("slow", changed), ("quick", changed)]
