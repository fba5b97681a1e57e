"""The documents keep up with the code: what can be done, set or go wrong is named in them."""

import ast
import re
from pathlib import Path

import pytest

from policies.act import Act
from server.kernel.settings import Provider, Settings
from tests.architecture.tree import ROOT, parsed, product_files, python_files, tracked

DOCS = sorted(path for path in tracked() if path.suffix == ".md")


def _text(name: str) -> str:
    return (ROOT / name).read_text()


def _quoted(name: str) -> set[str]:
    return set(re.findall(r"`([^`\n]+)`", _text(name)))


@pytest.mark.parametrize("act", Act, ids=lambda act: act.name)
def test_every_act_is_explained_with_its_log_kinds(act: Act):
    assert {act.address, act.past} <= _quoted("docs/acts.md")


def test_no_act_is_explained_that_does_not_exist():
    explained = set(re.findall(r"^\| `([a-z:-]+)` \|", _text("docs/acts.md"), re.MULTILINE))

    assert explained == {act.address for act in Act}


@pytest.mark.parametrize("model", [Settings, Provider])
def test_every_setting_is_explained(model: type[Settings] | type[Provider]):
    assert set(model.model_fields) - _quoted("docs/settings.md") == set()


def test_no_setting_is_explained_that_does_not_exist():
    explained = set(re.findall(r"^\| `([a-z_]+)` \|", _text("docs/settings.md"), re.MULTILINE))

    assert explained == set(Settings.model_fields) | set(Provider.model_fields)


def _errors() -> set[str]:
    """Every error class of the product: what derives, however far, from Exception."""
    classes = {
        node.name: {getattr(base, "id", getattr(base, "attr", "")) for base in node.bases}
        for path in product_files()
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.ClassDef)
    }
    errors = {"Exception"}
    while more := {name for name, bases in classes.items() if bases & errors} - errors:
        errors |= more
    return {name for name in errors if name != "Exception" and not name.startswith("_")}


def test_every_error_is_explained():
    assert _errors() - _quoted("docs/errors.md") == set()


def test_no_error_is_explained_that_does_not_exist():
    explained = set(re.findall(r"^\| `([A-Za-z]+)` \|", _text("docs/errors.md"), re.MULTILINE))

    assert explained == _errors()


def test_every_threat_that_code_answers_is_listed():
    named = {
        number
        for path in python_files()
        for number in re.findall(r"Threat (T-\d+)", (ROOT / path).read_text())
    }
    listed = set(re.findall(r"^\| (T-\d+) \|", _text("docs/threats.md"), re.MULTILINE))

    assert named - listed == set()


def test_every_adr_that_is_named_exists():
    named = {
        number
        for path in (*product_files(), *DOCS)
        for number in re.findall(r"ADR-(\d{4})", (ROOT / path).read_text())
    }
    written = {path.name[:4] for path in tracked() if path.parent == Path("docs/adr")}

    assert named - written == set()


def test_an_adr_says_how_we_would_know_it_was_wrong():
    for path in tracked():
        if path.parent == Path("docs/adr"):
            assert "wrong" in (ROOT / path).read_text().lower(), path


def test_the_words_that_code_uses_exist_in_it():
    text = "\n".join((ROOT / path).read_text() for path in product_files())
    words = {word for word in _quoted("docs/words.md") if re.fullmatch(r"[A-Z][A-Za-z.]+", word)}
    later = {"MeetingDecision", "Letter"}  # of the meetings and post still to come

    assert {word for word in words - later if word.split(".")[0] not in text} == set()


def test_the_files_of_the_walk_exist():
    files = {
        word for word in _quoted("docs/flow.md") if re.fullmatch(r"[\w/.]+\.(py|ts|html)", word)
    }

    assert files
    assert not [name for name in files if not (ROOT / name).is_file()]


@pytest.mark.parametrize("path", DOCS, ids=str)
def test_no_link_is_dead(path: Path):
    targets = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", (ROOT / path).read_text())

    assert not [one for one in targets if not (ROOT / path.parent / one).exists()]


def test_every_make_target_has_its_word_of_help():
    targets = set(re.findall(r"^([a-z]+):", _text("Makefile"), re.MULTILINE))
    helped = set(re.findall(r"^([a-z]+):.*## ", _text("Makefile"), re.MULTILINE))

    assert targets == helped
    assert {"demo", "test", "long", "check", "fix", "web", "bench", "migration"} <= targets
