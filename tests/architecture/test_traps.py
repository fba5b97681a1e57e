"""Every trap that was found in Casbin and around it has a test of its own, named here.

The table is the list of ADR-0007; a test that is renamed or taken out is missed.
"""

import logging
import re
from pathlib import Path

import pytest

from policies.catalogue import catalogue
from policies.enforcer import Pack, links_of
from policies.packs import house

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("server", "rooms", "documents", "actions", "consent", "policies", "web")
# A live enforcer that is changed, one that indexes, caches or is shared, text that is loaded or
# sent about: each was seen to open what was shut, or to lose what forbids.
NEVER = (
    "FastEnforcer|SyncedEnforcer|AsyncEnforcer|CachedEnforcer|DistributedEnforcer|enable_enforce"
    r"|load_policy|load_filtered_policy|add_polic|remove_polic|update_polic|set_watcher|set_adapter"
    r"|batch_enforce|keyMatch|globMatch"
)

TRAPS = {
    "T1 an adapter deletes lines across columns": ["test_casbin_is_used_in_one_way_alone"],
    "T2 without lines, or with empty words, a truthy matcher allows": [
        "test_a_pack_without_lines_allows_nothing",
        "test_an_empty_word_is_refused_though_casbin_would_match_it",
        "test_a_line_without_a_reference_matches_nothing",
    ],
    "T3 an index never sees a group's deny": ["test_casbin_is_used_in_one_way_alone"],
    "T4 an index explains otherwise than it decides": ["test_casbin_is_used_in_one_way_alone"],
    "T5 one enforcer in several threads": ["test_a_pack_of_its_own_in_every_thread_answers_right"],
    "T6 text of a rule that runs": [
        "test_text_that_brings_its_own_methods_is_refused",
        "test_nothing_in_the_model_runs_text_or_matches_by_pattern",
    ],
    "T7 a pattern that matches a prefix": [
        "test_nothing_in_the_model_runs_text_or_matches_by_pattern"
    ],
    "T8 a name equal to a group's": [
        "test_an_agency_called_like_a_group_is_never_known",
        "test_an_agency_may_not_be_called_like_a_group",
    ],
    "T9 a disabled enforcer allows all": ["test_a_disabled_enforcer_allows_nothing"],
    "T10 one short line stops every answer": [
        "test_one_short_line_makes_every_answer_no_and_never_yes",
        "test_a_pack_that_cannot_be_read_is_refused_with_the_place",
    ],
    "T11 text that comes back as something else": [
        "test_an_agreement_comes_back_as_it_was_laid",
        "test_a_matrix_comes_back_from_its_bytes_as_it_was",
        "test_a_pack_that_cannot_be_read_is_refused_with_the_place",
    ],
    "T12 an empty policy while another is loaded": [
        "test_casbin_is_used_in_one_way_alone",
        "test_one_query_every_now_and_then_keeps_a_process_sure",
    ],
    "T13 a line said twice loses the others": ["test_a_line_said_twice_loses_no_line_beside_it"],
    "T14 quoted words that are rewritten": [
        "test_what_casbin_would_read_otherwise_than_written_is_found_in_the_model"
    ],
    "T15 loggers that are switched off": ["test_making_a_pack_leaves_our_own_log_on"],
    "T16 a live enforcer that is changed": ["test_casbin_is_used_in_one_way_alone"],
    "T17 a notice that is lost": [
        "test_a_lost_notice_costs_less_than_a_second",
        "test_a_lost_notice_leaves_every_look_and_every_message_refused",
    ],
    "D1 sharing has two ends": [
        "test_both_ends_must_have_signed_not_the_readers_alone",
        "test_sharing_has_a_direction",
    ],
    "D2 several agreements for one pair": [
        "test_one_agreement_that_forbids_outweighs_all_that_allow",
        "test_a_second_agreement_that_allows_opens_and_one_that_forbids_shuts",
    ],
    "D3 a thing of two categories, or of none": [
        "test_every_category_and_every_origin_must_be_open",
        "test_every_cell_must_be_open_and_no_cell_is_no",
        "test_information_without_a_category_origin_or_subject_is_nobodys",
    ],
    "D4 what was agreed is not the lawful basis": [
        "test_the_answer_names_clause_agreement_basis_condition_ground_and_purpose",
        "test_an_allowed_act_is_recorded_with_clause_basis_purpose_and_consent",
    ],
    "D5 half a document cannot be withdrawn": [
        "test_a_section_is_closed_its_page_is_told_and_the_rest_goes_on"
    ],
    "D6 what is told later is asked again": [
        "test_a_stream_stops_within_a_second_of_the_withdrawal",
        "test_a_bell_rings_only_where_its_label_may_be_seen",
        "test_a_page_fetched_before_and_opened_after_a_withdrawal_is_told_to_look_again",
    ],
    "D7 to change what one may not see": [
        "test_a_clause_between_agencies_that_goes_too_far_is_found"
    ],
    "D8 a day ends in London": [
        "test_a_clause_holds_from_its_first_day_and_no_longer_on_its_last",
        "test_an_agreement_runs_between_its_london_days",
    ],
}


def _tests() -> set[str]:
    return {
        name
        for path in (ROOT / "tests").rglob("test_*.py")
        for name in re.findall(r"^(?:async )?def (test_\w+)", path.read_text("utf-8"), re.MULTILINE)
    }


@pytest.mark.parametrize("trap", TRAPS)
def test_every_trap_has_its_test(trap):
    missing = set(TRAPS[trap]) - _tests()

    assert not missing, f"{trap}: {sorted(missing)}"


def test_casbin_is_used_in_one_way_alone():
    found = [
        (str(path.relative_to(ROOT)), word)
        for package in PACKAGES
        for path in (ROOT / package).rglob("*.py")
        for word in re.findall(NEVER, path.read_text("utf-8"))
        if "casbin" in path.read_text("utf-8").lower() and path.name != "lint.py"
    ]

    assert found == []


def test_no_adapter_watcher_or_older_casbin_is_in_the_locks():
    for lock in ("run.txt", "test.txt"):
        names = re.findall(r"^([a-z0-9-]*casbin[a-z0-9-]*)==", (ROOT / "requirements" / lock).read_text("utf-8"), re.MULTILINE)  # noqa: E501  # fmt: skip

        assert names == ["pycasbin"]


def test_making_a_pack_leaves_our_own_log_on():
    names = [name for name in logging.root.manager.loggerDict if name.startswith(PACKAGES)]
    ours = [logging.getLogger(name) for name in names]
    before = [one.disabled for one in ours]

    Pack(house().lines(), links_of(catalogue(), {}), [])

    assert ours
    assert [one.disabled for one in ours] == before
