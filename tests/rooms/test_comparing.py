"""Two texts are compared word by word, said in full, and never at more than a bounded price."""

import time

from hypothesis import given
from hypothesis import strategies as st

from rooms.comparing import Sort, compare

TEXTS = st.text(alphabet="ab \n.é😀", max_size=60)


def said(text_of, comparison):
    lines = (
        "".join(run.words for run in line if run.sort in {Sort.SAME, text_of})
        for line in comparison.lines
    )
    return "\n".join(lines)


@given(TEXTS, TEXTS)
def test_without_what_came_it_is_the_older_text_and_without_what_went_the_newer(before, after):
    found = compare(before, after)

    # A line that only one of the two has is an empty line in the other.
    assert said(Sort.REMOVED, found).split() == before.split()
    assert said(Sort.ADDED, found).split() == after.split()


def test_one_word_changed_in_a_line_is_one_word_out_and_one_in():
    found = compare("Otis came late.\nMum rang.", "Otis came early.\nMum rang.\nGood.")

    assert (found.added, found.removed) == (2, 1)
    assert [[(run.sort.value, run.words) for run in line] for line in found.lines] == [
        [
            ("same", "Otis came "),
            ("removed", "late"),
            ("added", "early"),
            ("same", "."),
        ],
        [("same", "Mum rang.")],
        [("added", "Good.")],
    ]


def test_texts_too_long_to_compare_are_taken_out_and_added_whole_and_soon():
    began = time.process_time()

    found = compare("a b " * 50_000, "b a " * 50_000)

    assert (found.removed, found.added) == (100_000, 100_000)
    assert time.process_time() - began < 5.0
