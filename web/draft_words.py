"""A draft agreement as pages show it, and a rule as its form takes it."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from consent.drafting import ShownDraft, Text
from policies.catalogue import catalogue, sector_code
from policies.draft import Draft, Mark, Rule, Stage, rules_of
from policies.isa import ANY, FIRST_DAY, LAST_DAY, Covered, Isa, Passage, Recipient, Term
from server.directory.agency import Agency
from server.kernel.errors import Invalid
from server.kernel.ids import AgencyCode
from web.days import read_day, typed_day
from web.forms import Form
from web.isa_pages import term_words
from web.room_frame import day_words

STAGES = {
    Stage.DRAFT: ("Being written", "govuk-tag--grey"),
    Stage.DPO_REVIEW: ("With the data protection leads", "govuk-tag--yellow"),
    Stage.SIGNING: ("Being signed", "govuk-tag--yellow"),
    Stage.APPROVED: ("Approved", "govuk-tag--green"),
    Stage.DROPPED: ("Dropped", "govuk-tag--grey"),
}
GROUNDS = {
    "standing": "A place in the room is enough",
    "agreed": "The family’s agreement as well",
    "decided": "A recorded decision about sharing",
    "emergency": "Emergency access, with a second person first",
    ANY: "Whatever else is given (only where it is forbidden)",
}
CONDITIONS = {"always": "Everybody it names", "named": "Only persons named for the information"}
EFFECTS = {"allow": "They may", "deny": "Nobody may, whatever else allows it"}
ROLES = ("lead_professional", "grp_seat", ANY)


def head(draft: Draft) -> dict[str, Any]:
    """Return what the top of every page about a draft says."""
    words, colour = STAGES[draft.stage]
    isa = draft.isa
    return {
        "code": isa.code,
        "version": isa.version,
        "title": isa.title,
        "stage": words,
        "colour": colour,
        "edition": draft.edition,
        "is_open": draft.stage is Stage.DRAFT,
        "starts": day_words(isa.starts),
        "ends": day_words(isa.ends),
        "review": day_words(isa.review_on),
        "digest": draft.digest,
        "text": isa.text,
        "covers": covers_words(isa),
    }


def parties(draft: Draft, agencies: Iterable[Agency]) -> list[dict[str, Any]]:
    """Return how far each party has come with just this text."""
    reviewed, signed = draft.who(Mark.REVIEWED), draft.who(Mark.SIGNED)
    return [
        {
            "name": one.name,
            "words": (
                "Signed"
                if one.code in signed
                else "Reviewed, not signed"
                if one.code in reviewed
                else "Asked"
            ),
        }
        for one in agencies
        if one.code in draft.file.parties
    ]


def grid(shown: ShownDraft) -> list[dict[str, Any]]:
    """Return the rules row by row, each with what is wrong with it."""
    names = {str(one.code): one.name for one in shown.agencies}
    return [
        {
            "row": row,
            "ref": rule.ref,
            "sentence": rule.sentence,
            "lawful_basis": rule.lawful_basis,
            "condition": rule.condition,
            "denies": rule.term.effect == "deny",
            "ground": GROUNDS.get(rule.term.ground, rule.term.ground),
            "term": term_words(rule.term, names),
            "faults": [one.words for one in shown.faults if one.row == row],
        }
        for row, rule in enumerate(rules_of(shown.draft.isa))
    ]


def covers_words(isa: Isa) -> list[dict[str, str]]:
    """Return the list of information in words."""
    words = catalogue()
    return [
        {
            "category": words.categories[one.category],
            "purposes": ", ".join(words.purposes[code] for code in one.purposes),
        }
        for one in isa.covers
    ]


def places(agencies: Iterable[Agency]) -> list[dict[str, str]]:
    """Return everywhere information may come from or go to."""
    words = catalogue()
    codes = ["sec_agencies", "sec_health", *(sector_code(one) for one in words.sectors)]
    found = [{"value": ANY, "text": "Any organisation that has signed"}]
    found += [{"value": code, "text": words.group_words[code].capitalize()} for code in codes]
    return found + [{"value": str(one.code), "text": one.name} for one in agencies]


def choices(words: Mapping[str, str]) -> list[dict[str, str]]:
    """Return words as boxes to tick."""
    return [{"value": code, "text": text[:1].upper() + text[1:]} for code, text in words.items()]


def rule_form(rule: Rule | None, shown: ShownDraft) -> dict[str, Any]:
    """Return what the form of a rule begins with."""
    term = rule.term if rule else None
    roles = [*ROLES, *(one.role for one in term.recipients)] if term else list(ROLES)
    words = catalogue()
    names = {**words.roles, **words.group_words, ANY: "anybody (only where it is forbidden)"}
    return {
        "rule": rule,
        "term": term,
        "roles": [
            {
                "name": f"to_{role}",
                "words": f"To {names.get(role, role)}, from",
                "ticked": [one.at for one in term.recipients if one.role == role] if term else [],
            }
            for role in dict.fromkeys(roles)
        ],
        "places": places(shown.agencies),
        "categories": choices(
            {**words.categories, **{c: t for c, t in words.group_words.items() if c[:4] == "cat_"}}
        ),
        "purposes": [*choices(words.purposes), {"value": ANY, "text": "Anything"}],
        "verbs": [*choices(words.verb_words), {"value": ANY, "text": "Anything"}],
        "grounds": choices(GROUNDS),
        "conditions": choices(CONDITIONS),
        "effects": choices(EFFECTS),
    }


def read_rule(form: Form) -> Rule:
    """Return the rule that was typed; its days are the draft's to say."""
    recipients = tuple(
        Recipient(name.removeprefix("to_"), at)
        for name in form.values
        if name.startswith("to_")
        for at in form.all(name)
    )
    return Rule(
        ref=form.text("ref"),
        sentence=form.text("sentence"),
        lawful_basis=form.text("lawful_basis"),
        condition=form.text("condition"),
        agreed=form.text("agreed"),
        term=Term(
            sources=tuple(form.all("sources")),
            recipients=recipients,
            categories=tuple(form.all("categories")),
            purposes=tuple(form.all("purposes")),
            verbs=tuple(form.all("verbs")),
            ground=form.text("ground"),
            cond=form.text("cond"),
            effect=form.text("effect"),
            since=FIRST_DAY,
            until=LAST_DAY,
        ),
    )


def read_text(form: Form) -> Text:
    """Return the text, days, parties and line of information that were typed."""
    heads, bodies = form.values.get("heading", ()), form.values.get("words", ())
    about = form.text("category")
    return Text(
        title=form.text("title"),
        starts=_day(form, "starts"),
        ends=_day(form, "ends"),
        review_on=_day(form, "review_on"),
        parties=tuple(AgencyCode(one) for one in form.all("parties")),
        passages=tuple(
            Passage(heading, words)
            for heading, words in zip(heads, bodies, strict=False)
            if heading or words
        ),
        about=Covered(about, tuple(form.all("purposes"))) if about else None,
    )


def _day(form: Form, name: str) -> date | None:
    try:
        return read_day(list(typed_day(form, name).values()))
    except Invalid:
        return None
