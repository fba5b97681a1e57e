"""Sharing agreements between organisations: which there are, and one of them, clause by clause."""

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from consent import drafting, reading_isas
from consent.reading_isas import ShownIsa, ShownParty
from policies.act import Act
from policies.catalogue import catalogue
from policies.draft import rules_of
from policies.isa import ANY, Clause, Isa, IsaState, PartyState, Recipient, Term
from server.directory.member import Office
from server.kernel.clock import london_day
from web.agreement_words import joined
from web.rendering import page
from web.room_frame import day_words, practitioner_of
from web.route import gated

STATES = {
    IsaState.ACTIVE: ("In force", "govuk-tag--green"),
    IsaState.SUSPENDED: ("Suspended", "govuk-tag--orange"),
    IsaState.ENDED: ("Ended", "govuk-tag--grey"),
}
PARTY_STATES = {
    PartyState.SIGNED: ("Signed", "govuk-tag--green"),
    PartyState.DPO_REVIEWED: ("Reviewed, not signed", "govuk-tag--yellow"),
    PartyState.INVITED: ("Asked, not signed", "govuk-tag--yellow"),
    PartyState.SUSPENDED: ("Suspended", "govuk-tag--orange"),
    PartyState.WITHDRAWN: ("Left", "govuk-tag--grey"),
}
OFFICERS = frozenset({Office.IG_OFFICER, Office.DPO_CALDICOTT, Office.SIGNING_OFFICER})
"""Who sees drafts; whether they may is the gate's to say."""
NOT_SIGNED = ("Not signed", "govuk-tag--grey")
CONDITIONS = {
    "always": "",
    "named": "only persons named for it",
    "named_or_lead": "only the lead and persons named for it",
}


async def show_list(request: Request) -> Response:
    """Show which agreements there are."""
    who = await practitioner_of(request)
    isas = [_isa(one) for one in await reading_isas.list_isas(who)]
    drafts = await drafting.list_drafts(who) if who.office in OFFICERS else []
    return await page(
        request,
        "isa/list.html",
        isas=isas,
        drafts=[{"code": one.isa.code, "title": one.isa.title} for one in drafts],
        may_draft=who.office is Office.IG_OFFICER,
    )


DONE = {
    "narrowed": "The rule is taken out. That counts within seconds, as a new version.",
    "suspended": "The agreement is suspended. Within seconds it opens nothing any more.",
}


async def show_isa(request: Request) -> Response:
    """Show one agreement: parties, dates, and what each clause says."""
    who = await practitioner_of(request)
    shown = await reading_isas.view_isa(who, request.path_params["isa"])
    return await page(
        request,
        "isa/isa.html",
        done=DONE.get(request.query_params.get("done", ""), ""),
        isa=_isa(shown),
        clauses=[_clause(one) for one in shown.isa.clauses],
        text=shown.isa.text,
        may_draft=who.office is Office.IG_OFFICER,
        may_sign=who.office in OFFICERS,
    )


def _isa(shown: ShownIsa) -> dict[str, Any]:
    isa = shown.isa
    state, colour = STATES[shown.state]
    mine = next((one for one in shown.parties if one.is_mine), None)
    is_late = shown.review.may_until is not None and shown.state is IsaState.ACTIVE
    return {
        "code": isa.code,
        "title": isa.title,
        "version": isa.version,
        "state": state,
        "colour": colour,
        "starts": day_words(isa.starts),
        # It runs to the start of `ends`: people name the last day on which it holds.
        "last_day": day_words(isa.ends - timedelta(days=1)),
        "review": day_words(isa.review_on),
        "is_late": is_late,
        "agreed_last_day": day_words(shown.review.agreed_end - timedelta(days=1))
        if shown.review.is_longer
        else "",
        "parties": [_party(one) for one in shown.parties],
        "mine": _party(mine) if mine else None,
    }


def _party(party: ShownParty) -> dict[str, Any]:
    words, colour = PARTY_STATES[party.state] if party.state else NOT_SIGNED
    return {
        "name": party.name,
        "is_mine": party.is_mine,
        "words": words,
        "colour": colour,
        "since": day_words(london_day(party.since)) if party.since else "",
        "is_signed": party.state is PartyState.SIGNED,
    }


def _clause(clause: Clause) -> dict[str, Any]:
    return {
        "ref": clause.ref,
        "sentence": clause.sentence,
        "lawful_basis": clause.lawful_basis,
        "condition": clause.condition,
        "agreed": clause.agreed,
        "denies": clause.denies,
        "terms": [term_words(one) for one in clause.terms],
    }


def term_words(term: Term, agencies: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return a rule in words; `agencies` names organisations that it speaks of by code."""
    words = catalogue()
    named = agencies or {}
    return {
        "sources": joined(term_place(one, named) for one in term.sources),
        "recipients": joined(dict.fromkeys(term_recipient(one, named) for one in term.recipients)),
        "categories": _listed(term.categories, {**words.group_words, **words.categories}),
        "purposes": joined(_word(one, words.purposes, "anything") for one in term.purposes),
        "verbs": joined(_word(one, words.verb_words, "anything") for one in term.verbs),
        "condition": CONDITIONS.get(term.cond, term.cond.replace("_", " ")),
    }


def rules_in_force(isa: Isa) -> list[dict[str, str]]:
    """Return every rule in one line: its clause, and whom and what it is about."""
    found = []
    for rule in rules_of(isa):
        term = term_words(rule.term)
        may = "may not" if rule.term.effect == "deny" else "may"
        about = (
            f"{term['recipients']} {may} {term['verbs']}: {term['categories'].lower()},"
            f" from {term['sources']}, {term['purposes']}"
        )
        found.append(
            {
                "ref": rule.ref,
                "sentence": rule.sentence,
                "about": about,
                "lawful_basis": rule.lawful_basis,
                "condition": rule.condition,
            }
        )
    return found


def _listed(codes: Iterable[str], words: Mapping[str, str]) -> str:
    """Return topics with semicolons between them: some have commas of their own."""
    listed = "; ".join(_word(code, words, "everything").lower() for code in codes)
    return listed[:1].upper() + listed[1:]


def term_place(code: str, named: Mapping[str, str]) -> str:
    """Return where information comes from or goes to, in words."""
    return _word(code, {**catalogue().group_words, **named}, "any organisation")


def term_recipient(recipient: Recipient, named: Mapping[str, str]) -> str:
    """Return who may receive, in words."""
    words = catalogue()
    who = _word(recipient.role, {**words.roles, **words.group_words}, "anybody")
    if recipient.role in words.roles:
        who = f"the {who}"
    if recipient.at == ANY:
        return who
    return f"{who} from {term_place(recipient.at, named)}"


def _word(code: str, words: Mapping[str, str], anything: str) -> str:
    return anything if code == ANY else words.get(code, code)


ROUTES: list[BaseRoute] = [
    gated("/agreements", show_list, act=Act.LIST_ISAS),
    gated("/agreements/{isa}", show_isa, act=Act.VIEW_ISA),
]
