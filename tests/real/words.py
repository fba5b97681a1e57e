"""The words of pages: what stands in templates and code, and the catalogue kept in step with it.

`make words` writes what is new into `web/languages/cy.po`, for somebody who writes Welsh, and
takes out what no page says any more.
"""

import sys
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

from server.kernel.language import Language

ROOT = Path(__file__).resolve().parents[2]
WEB = ROOT / "web"
METHODS = [("templates/**.html", "jinja2.ext:babel_extract"), ("*.py", "python")]
KEYWORDS = {"_": None, "N_": None, "gettext": None, "ngettext": (1, 2)}
OPTIONS = {"templates/**.html": {"trimmed": "true", "silent": "false"}}

HEADER = r"""# Words of family pages, in plain language. How they are kept: docs/languages.md.
msgid ""
msgstr ""
"Language: {language}\n"
"Plural-Forms: {plural}\n"
"MIME-Version: 1.0\n"
"Content-Type: text/plain; charset=utf-8\n"
"Content-Transfer-Encoding: 8bit\n"

"""


def place_of(language: Language) -> Path:
    """Where the catalogue of a language stands."""
    return WEB / "languages" / f"{language}.po"


def written(language: Language) -> Catalog:
    """The catalogue of a language as it stands."""
    return read_po(BytesIO(place_of(language).read_bytes()), locale=language)


def extracted() -> Catalog:
    """Every sentence that is marked in templates and code, with the files it stands in."""
    found = Catalog(charset="utf-8")
    for name, _, words, comments, _ in extract_from_dir(
        WEB,
        method_map=METHODS,
        options_map=OPTIONS,
        keywords=KEYWORDS,
        comment_tags=("Translators:",),
    ):
        found.add(words, locations=[(f"web/{name}", 0)], auto_comments=comments)
    return found


def main() -> int:
    """Bring each catalogue into step; say what waits for a translator."""
    found = extracted()
    waiting = 0
    for language in Language:
        if language is Language.ENGLISH:
            continue
        catalogue = written(language)
        catalogue.update(found, no_fuzzy_matching=True)
        catalogue.obsolete.clear()
        write(catalogue, language)
        empty = [one.id for one in catalogue if one.id and not all_said(one.string)]
        for one in empty:
            print(f"{place_of(language).name}: not said yet: {one!r}")
        waiting += len(empty)
    return 1 if waiting else 0


def write(catalogue: Catalog, language: Language) -> None:
    """Write a catalogue where it stands: the same bytes for the same words."""
    with place_of(language).open("wb") as file:
        file.write(HEADER.format(language=language, plural=catalogue.plural_forms).encode())
        write_po(
            file, catalogue, width=100, omit_header=True, sort_output=True, include_lineno=False
        )


def all_said(string: str | tuple[str, ...] | list[str] | None) -> bool:
    """Whether a translation says something, in each of its plural forms."""
    return bool(string) and (isinstance(string, str) or all(string or ()))


if __name__ == "__main__":
    sys.exit(main())
