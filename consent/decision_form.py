"""The form 'Decide about sharing': what it asks, and what is wrong with it. Pure.

Nothing is chosen beforehand. The words of the law stand here once, for the form, for what is
shown of a decision, and for the log.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from uuid import UUID

from consent.form import LONGEST_NAME, LONGEST_WORDS
from consent.sharing_decision import LawfulBasis, LegalGround, Named
from policies.catalogue import catalogue
from server.kernel.ids import PersonId

LONGEST_DAYS = 183


class Way(StrEnum):
    """What was decided: to share in this room, past this system, or not to share."""

    HERE = "here"
    OUTSIDE = "outside"
    NOT = "not"


GROUNDS: Mapping[LegalGround, str] = {
    LegalGround.S16LA_DUTY: "The duty to share (Children Act 2004 s.16LA)",
    LegalGround.PUBLIC_TASK: "A public task (Children Act 2004 s.10 or s.11; 1989 s.17 or s.47)",
    LegalGround.VITAL_INTERESTS: "To protect somebody’s life",
    LegalGround.COURT_ORDER: "A court has ordered it",
    LegalGround.CRIME_PREVENTION: "To prevent or detect a crime",
    LegalGround.SAFEGUARDING_INTEREST: "Safeguarding somebody at risk, as a recognised interest",
    LegalGround.PUBLIC_INTEREST: "A public interest that outweighs confidence",
    LegalGround.AGREEMENT: "The person agreed to this",
}
BASES: Mapping[LawfulBasis, str] = {
    LawfulBasis.PUBLIC_TASK: "Public task, Article 6(1)(e)",
    LawfulBasis.LEGAL_OBLIGATION: "Legal obligation, Article 6(1)(c)",
    LawfulBasis.VITAL_INTERESTS: "Vital interests, Article 6(1)(d)",
    LawfulBasis.RECOGNISED_INTEREST: "Recognised legitimate interest, Article 6(1)(ea)",
    LawfulBasis.LEGITIMATE_INTERESTS: "Legitimate interests, Article 6(1)(f)",
}
SPECIAL: Mapping[str, str] = {
    "safeguarding": "Safeguarding children and people at risk (DPA 2018 Sch 1 para 18)",
    "health_or_social_care": "Health or social care (DPA 2018 Sch 1 para 2)",
    "vital_interests": "Vital interests, where they cannot consent (Article 9(2)(c))",
    "legal_claims": "Legal claims, or a court (Article 9(2)(f))",
}
CRIMINAL: Mapping[str, str] = {
    "safeguarding": "Safeguarding children and people at risk (DPA 2018 Sch 1 para 18)",
    "preventing_crime": "Preventing or detecting unlawful acts (DPA 2018 Sch 1 para 10)",
    "official_authority": "Under the control of official authority (UK GDPR Article 10)",
    "vital_interests": "Vital interests (DPA 2018 Sch 1 para 30)",
}
ASKED: Mapping[str, str] = {
    "agreed": "Yes, and they agreed",
    "said_no": "Yes, and they said no",
    "unsafe": "No: asking would not have been safe",
    "impractical": "No: they could not be reached in time",
    "prejudice": "No: asking would have undone its purpose",
}
NOT_ASKED = frozenset({"unsafe", "impractical", "prejudice"})
TOLD: Mapping[str, str] = {
    "told": "Yes, they have been told",
    "later": "They will be told later",
    "not": "No",
}
HOW_OUTSIDE: Mapping[str, str] = {
    "phone": "By phone",
    "secure_mail": "By secure mail",
    "in_person": "In person",
}


@dataclass(frozen=True, slots=True)
class DecisionForm:
    """A decision about sharing as it was filled in; codes as they came, unchecked.

    `id` is drawn before, so that a form sent twice is one decision. `duty` is whether the duty
    to share applies (None: not answered); `last_day` the last London day on which it holds.
    """

    id: UUID
    way: str = ""
    subjects: frozenset[PersonId] = frozenset()
    categories: frozenset[str] = frozenset()
    what: str = ""
    things: frozenset[UUID] = frozenset()
    recipients: frozenset[Named] = frozenset()
    outside_to: str = ""
    outside_how: str = ""
    purpose: str = ""
    legal_ground: str = ""
    lawful_basis: str = ""
    condition: str = ""
    criminal_condition: str = ""
    duty: bool | None = None
    detriment: str = ""
    why: str = ""
    proportion: str = ""
    asked_as: str = ""
    asked: str = ""
    told_as: str = ""
    told: str = ""
    advice: str = ""
    limits: str = ""
    last_day: date | None = None


def find_faults(
    told: DecisionForm, categories: Iterable[str], *, today: date, no_duty: str
) -> dict[str, str]:
    """Return a sentence for each field at fault, in the order of the form.

    `categories` are those of what is shared here, else those chosen; `no_duty` is why nothing
    can rest on the duty to share today, or "".
    """
    sorts = {catalogue().sorts.get(code, "") for code in categories}
    if told.way not in set(Way):
        return {"way": "Choose what was decided", **_matter_faults(told)}
    return {
        **_matter_faults(told),
        **_whither_faults(told, today),
        **_footing_faults(told, sorts),
        **_duty_faults(told),
        **_too_early(told, no_duty),
        **_reason_faults(told),
        **_length_faults(told),
    }


def _matter_faults(told: DecisionForm) -> dict[str, str]:
    faults: dict[str, str] = {}
    if not told.subjects:
        faults["subjects"] = "Choose about whom it is"
    if told.way != Way.HERE and not told.categories <= set(catalogue().categories):
        faults["categories"] = "Choose from the list"
    elif told.way in {Way.OUTSIDE, Way.NOT} and not told.categories:
        faults["categories"] = "Choose what sort of information it is"
    return faults


def _whither_faults(told: DecisionForm, today: date) -> dict[str, str]:
    faults: dict[str, str] = {}
    if told.way == Way.HERE:
        if not told.things:
            faults["things"] = "Choose what is shared"
        if not told.recipients:
            faults["recipients"] = "Choose with whom"
        if told.last_day is None:
            faults["last_day"] = "Enter the day on which it ends"
        elif not today <= told.last_day <= today + timedelta(days=LONGEST_DAYS):
            faults["last_day"] = "Enter a day from today on and within six months"
    if told.way == Way.OUTSIDE:
        if not told.outside_to:
            faults["outside_to"] = "Write with which organisation, and who there"
        if told.outside_how not in HOW_OUTSIDE:
            faults["outside_how"] = "Choose how it was shared"
    if told.purpose not in catalogue().place_purposes:
        faults["purpose"] = "Choose what it is for"
    return faults


def _footing_faults(told: DecisionForm, sorts: set[str]) -> dict[str, str]:
    """Return what lacks of the law; who does not share needs no ground for it.

    Rule: UK GDPR Arts 6, 9 and 10; DPA 2018 Sch 1.
    """
    faults: dict[str, str] = {}
    if told.way == Way.NOT and not told.legal_ground:
        return faults
    if told.legal_ground not in set(LegalGround):
        faults["legal_ground"] = "Choose the legal ground"
    elif told.legal_ground == LegalGround.AGREEMENT and told.way != Way.OUTSIDE:
        faults["legal_ground"] = "If they agreed, record it under ‘What the family agreed’"
    if told.way == Way.NOT:
        return faults
    if told.lawful_basis not in set(LawfulBasis):
        faults["lawful_basis"] = "Choose the lawful basis"
    if "special" in sorts and told.condition not in SPECIAL:
        faults["condition"] = "Choose the condition: this is special category information"
    if "criminal" in sorts and told.criminal_condition not in CRIMINAL:
        faults["criminal_condition"] = "Choose the condition: this may be about crime"
    return faults


def _duty_faults(told: DecisionForm) -> dict[str, str]:
    """Return what lacks of the test of the duty to share.

    Rule: Children Act 2004 s.16LA: who holds it must share it so far as it may help the other to
    safeguard or promote the welfare of a child, unless that would be more detrimental to the child.
    """
    if told.duty is None:
        return {"duty": "Choose whether the duty to share applies"}
    if not told.duty and told.legal_ground == LegalGround.S16LA_DUTY:
        return {"duty": "You chose the duty to share as the ground. Say that it applies, or choose"
                " another ground"}  # fmt: skip
    if told.duty and not told.detriment:
        return {"detriment": "Write which would be worse for the child, and why"}
    return {}


def _too_early(told: DecisionForm, no_duty: str) -> dict[str, str]:
    """Return what rests on the duty to share where it does not apply yet.

    Rule: Children Act 2004 s.16LA, from the day that an officer of this partnership confirmed.
    """
    faults: dict[str, str] = {}
    if no_duty and told.legal_ground == LegalGround.S16LA_DUTY:
        faults["legal_ground"] = no_duty
    if no_duty and told.duty:
        faults["duty"] = no_duty
    return faults


def _reason_faults(told: DecisionForm) -> dict[str, str]:
    """Return what lacks of the reasons.

    Rule: Information sharing advice for practitioners (DfE, 2024), golden rules 2, 6 and 7.
    """
    faults: dict[str, str] = {}
    if not told.why:
        faults["why"] = "Write why, in a sentence or two"
    if told.way != Way.NOT and not told.proportion:
        faults["proportion"] = "Write why this much is needed, and no more"
    if told.asked_as not in ASKED:
        faults["asked_as"] = "Choose whether they were asked"
    elif told.asked_as in NOT_ASKED and not told.asked:
        faults["asked"] = "Write why they were not asked"
    if told.told_as not in TOLD:
        faults["told_as"] = "Choose whether the family was told"
    elif told.told_as != "told" and not told.told:
        faults["told"] = "Write why not yet, or why not"
    return faults


def _length_faults(told: DecisionForm) -> dict[str, str]:
    names = ("what", "detriment", "why", "proportion", "asked", "told", "advice", "limits")
    faults = {
        name: f"Use {LONGEST_WORDS} letters or fewer"
        for name in names
        if len(getattr(told, name)) > LONGEST_WORDS
    }
    if len(told.outside_to) > LONGEST_NAME:
        faults["outside_to"] = f"Use {LONGEST_NAME} letters or fewer"
    return faults
