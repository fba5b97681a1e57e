"""Parents who differ about a child: neither wins in silence, and neither is told."""

from dataclasses import replace
from datetime import timedelta

import pytest

from consent import giving
from consent.consent import Capacity
from consent.viewing import list_differences
from policies.act import Act
from server.kernel import clock
from server.kernel.errors import Refused
from tests.consent.acts import ask

pytestmark = pytest.mark.parametrize("store", ["sqlite"], indirect=True)


async def test_the_lead_alone_is_told_where_parents_differ_and_a_no_undoes_no_yes(samplewick):
    imara, room = samplewick.members["imara"], samplewick.room
    assert await list_differences(imara, room) == []
    told = samplewick.form(
        "dorran",
        ("dorran", "otis"),
        {"school": {"tansy_vale": "no", "quillmere_hv": "yes"}, "home": {"tansy_vale": "ask_me"}},
        capacity=Capacity.PARENT_WITH_PR,
    )
    await giving.record_consent(imara, room, told, keepers=[samplewick.keeper])

    found = {(one.child, one.topic, one.agency) for one in await list_differences(imara, room)}

    assert found == {
        ("Otis Samplewick", "School and learning", "Tansy Vale School"),
        ("Otis Samplewick", "Home", "Tansy Vale School"),
    }
    one = (await list_differences(imara, room))[0]
    assert (one.yes, one.no) == (("Tamsin Samplewick",), ("Dorran Fictonby",))
    for who in ("bronagh", "tamsin", "dorran", "noor"):
        with pytest.raises(Refused):
            await list_differences(samplewick.members[who], room)
    # S3 is about Otis at school: it stays open on his mother's yes.
    bronagh = samplewick.members["bronagh"]
    assert (await ask(bronagh, Act.OPEN_SECTION, samplewick.label("S3"))).allowed
    # A yes that has ended is nobody's yes: they differ no longer.
    with clock.moved_to(clock.now() + timedelta(days=200)):
        assert await list_differences(imara, room) == []


async def test_what_a_young_person_said_herself_is_nothing_to_differ_about(samplewick):
    imara, room = samplewick.members["imara"], samplewick.room
    about_juno = samplewick.form(
        "tamsin",
        ("tamsin", "otis", "pip", "juno"),
        {"school": {"tansy_vale": "no"}},
        capacity=Capacity.PARENT_WITH_PR,
    )
    await giving.record_consent(
        imara, room, replace(about_juno, own_words=""), keepers=[samplewick.keeper]
    )

    assert await list_differences(imara, room) == []
    ketan = samplewick.members["ketan"]
    assert (await ask(ketan, Act.OPEN_SECTION, samplewick.label("S10"))).allowed
