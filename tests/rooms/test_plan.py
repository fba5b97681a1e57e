"""The words of a plan: what comes out of the CRDT as HTML and as text, and what never does."""

from typing import Any

import pytest
from pycrdt import Doc, XmlElement, XmlFragment, XmlText

from rooms.plan import (
    DEPTH_LIMIT,
    ROOT,
    document_as_html,
    document_as_text,
    make_first_update,
    words_as_html,
    words_as_text,
)


@pytest.fixture
def plan():
    document: Doc[Any] = Doc()
    return document, document.get(ROOT, type=XmlFragment)


def put(parent, tag, *children, **attributes):
    node = parent.children.append(XmlElement(tag, attributes))
    for child in children:
        node.children.append(XmlText(child))
    return node


def test_first_words_come_back_as_paragraphs():
    first, _client = make_first_update(["Grüße von Otis 😀", "Zweiter <Absatz> & mehr"])

    assert words_as_html([first]) == (
        "<p>Grüße von Otis 😀</p><p>Zweiter &lt;Absatz&gt; &amp; mehr</p>"
    )
    assert words_as_text([first]) == "Grüße von Otis 😀\nZweiter <Absatz> & mehr"


def test_applying_a_change_twice_does_not_double_the_words():
    first, _client = make_first_update(["once"])

    assert words_as_text([first, first]) == "once"


def test_headings_lists_breaks_and_quotes_become_their_tags(plan):
    document, root = plan
    put(root, "heading", "Mornings", level=1)
    items = put(root, "orderedList", start=3)
    put(put(items, "listItem"), "paragraph", "in by 9")
    bullets = put(root, "bulletList")
    put(put(bullets, "listItem"), "paragraph", "fan")
    broken = put(root, "paragraph", "one")
    broken.children.append(XmlElement("hardBreak"))
    broken.children.append(XmlText("two"))
    put(root, "horizontalRule")
    put(put(root, "blockquote"), "paragraph", "said")
    put(root, "codeBlock", "a < b")

    assert document_as_html(document) == (
        '<h4>Mornings</h4><ol start="3"><li><p>in by 9</p></li></ol>'
        "<ul><li><p>fan</p></li></ul><p>one<br>two</p><hr>"
        "<blockquote><p>said</p></blockquote><pre><code>a &lt; b</code></pre>"
    )
    assert document_as_text(document) == "Mornings\nin by 9\nfan\none\ntwo\n\nsaid\na < b"


@pytest.mark.parametrize("said", ["fact", "opinion", "reported"])
def test_what_a_line_is_marked_as_stands_before_it_in_words(plan, said):
    document, root = plan
    put(put(put(root, "bulletList"), "listItem"), "paragraph", "He <seems> tired", said=said)

    word = said.capitalize()
    assert document_as_html(document) == (
        f'<ul><li><p class="app-said" data-said="{said}">'
        f'<strong class="app-said__word">{word}:</strong> He &lt;seems&gt; tired</p></li></ul>'
    )
    assert document_as_text(document) == f"{word}: He <seems> tired"


@pytest.mark.parametrize("said", ['" onclick="x', "Fact", "", 7, None, float("nan")])
def test_a_line_marked_as_nothing_we_know_is_a_plain_line(plan, said):
    document, root = plan
    put(root, "paragraph", "plain", said=said)

    assert document_as_html(document) == "<p>plain</p>"
    assert document_as_text(document) == "plain"


def test_marks_nest_with_the_link_outermost(plan):
    document, root = plan
    text = put(root, "paragraph", "call us").children[0]
    text.format(0, 7, {"bold": {}, "italic": {}, "link": {"href": "https://example.org/?a=1&b"}})

    assert document_as_html(document) == (
        '<p><a href="https://example.org/?a=1&amp;b" rel="noopener noreferrer nofollow">'
        "<strong><em>call us</em></strong></a></p>"
    )


@pytest.mark.parametrize(
    "address",
    [
        "javascript:alert(1)",
        " java\tscript:alert(1)",
        "JaVaScRiPt:alert(1)",
        "data:text/html,<script>",
        "vbscript:x",
        "//elsewhere.example",
        "",
        7,
        None,
    ],
)
def test_a_link_that_is_no_plain_address_is_words_alone(plan, address):
    document, root = plan
    text = put(root, "paragraph", "press").children[0]
    text.format(0, 5, {"link": {"href": address}})

    assert document_as_html(document) == "<p>press</p>"


@pytest.mark.parametrize("tag", ["script", "iframe", "img", "style", "svg", "p onclick=x"])
def test_of_an_unknown_node_only_the_text_is_kept(plan, tag):
    document, root = plan
    put(root, tag, "alert(1)", onload="alert(2)", src="x")

    assert document_as_html(document) == "alert(1)"


@pytest.mark.parametrize("level", ["1", 2.0, "x", None, float("inf"), -1, "4; x"])
def test_a_strange_level_still_makes_a_heading_and_nothing_else(plan, level):
    document, root = plan
    put(root, "heading", "h", level=level)

    assert document_as_html(document) in ("<h4>h</h4>", "<h5>h</h5>", "<h6>h</h6>")


def test_what_is_nested_too_deep_is_cut_off_and_does_not_stop_the_page(plan):
    document, root = plan
    node = root
    for _ in range(DEPTH_LIMIT + 60):
        node = put(node, "blockquote")
    put(node, "paragraph", "deep")
    put(root, "paragraph", "here")

    assert "deep" not in document_as_html(document)
    assert document_as_html(document).endswith("<p>here</p>")
    assert document_as_text(document).endswith("here")
