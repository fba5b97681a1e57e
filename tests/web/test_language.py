"""Every sentence of a family's page is there in each language, and none that no page says."""

from datetime import date

import pytest

from server.kernel.language import Language
from tests.real import words
from web.agreement_words import joined
from web.language import _, ngettext, speaking
from web.room_frame import day_words

TRANSLATED = [language for language in Language if language is not Language.ENGLISH]


@pytest.mark.parametrize("language", TRANSLATED)
def test_the_catalogue_has_what_pages_say_and_nothing_else(language):
    said, catalogue = words.extracted(), words.written(language)

    assert {one.id for one in catalogue} - {""} == {one.id for one in said} - {""}
    assert [one.id for one in catalogue if one.id and not words.all_said(one.string)] == []
    assert [one.id for one in catalogue if one.fuzzy] == []
    # What is to be filled in stands in the translation too.
    assert [(one.id, list(faults)) for one, faults in catalogue.check()] == []


def test_a_page_speaks_welsh_while_it_is_made_and_english_before_and_after():
    with speaking(Language.WELSH):
        welsh = (_("Your plan"), day_words(date(2026, 6, 7)))

    assert welsh == ("Eich cynllun", "7 Mehefin 2026")
    assert (_("Your plan"), day_words(date(2026, 6, 7))) == ("Your plan", "7 June 2026")
    assert _("Nobody says this.") == "Nobody says this."


def test_a_list_is_joined_as_each_language_joins_it():
    known = ["School", "Health", "Home"]

    assert joined(known) == "School, Health and Home"
    with speaking(Language.WELSH):
        assert joined(known) == "School, Health a Home"
        assert joined(["School", "Iechyd"]) == "School ac Iechyd"


def test_numbers_without_a_sentence_of_their_own_stay_english():
    with speaking(Language.WELSH):
        assert ngettext("%(num)s thing", "%(num)s things", 2) == "%(num)s things"
