"""A text within its limits, the days of screening, the path and groups that people see."""

import re
from datetime import UTC, date, datetime

import pytest

from deliberate.domain.errors import BadInput, NotAllowed
from deliberate.domain.lifecycle import Stage
from deliberate.domain.messages import MESSAGES, NEWS, sentence
from deliberate.domain.path import GROUPS, PLACE, STOPPED
from deliberate.domain.permissions import ANYBODY, Actor, account_of
from deliberate.domain.proposal import DEAREST, LONGEST_BODY, LONGEST_TITLE, Draft, screening_due

NAMES = re.compile(r"%\(\w+\)s")


def test_a_text_is_trimmed() -> None:
    draft = Draft("  修好  单元门\n", " 门关不严。\r\n\r\n漏风。 ")
    assert (draft.title, draft.body) == ("修好 单元门", "门关不严。\n\n漏风。")


@pytest.mark.parametrize(
    ("title", "body", "budget", "field"),
    [
        ("", "好", 0, "title"),
        (" \n ", "好", 0, "title"),
        ("字" * (LONGEST_TITLE + 1), "好", 0, "title"),
        ("好", "", 0, "body"),
        ("好", "字" * (LONGEST_BODY + 1), 0, "body"),
        ("好", "字\x00", 0, "body"),
        ("好", "好", -1, "budget"),
        ("好", "好", DEAREST + 1, "budget"),
    ],
)
def test_what_is_outside_the_limits_is_refused_at_its_field(
    title: str, body: str, budget: int, field: str
) -> None:
    with pytest.raises(BadInput) as refused:
        Draft(title, body, budget=budget)
    assert refused.value.params["field"] == field
    assert refused.value.fill(refused.value.why)


def test_the_limits_themselves_are_allowed() -> None:
    assert Draft("字" * LONGEST_TITLE, "字" * LONGEST_BODY, budget=DEAREST).budget == DEAREST


def test_screening_is_due_in_working_days_of_beijing() -> None:
    friday_evening = datetime(2026, 3, 6, 15, 30, tzinfo=UTC)
    assert screening_due(friday_evening, 5) == date(2026, 3, 13)
    after_midnight_in_beijing = datetime(2026, 3, 6, 16, 30, tzinfo=UTC)
    assert screening_due(after_midnight_in_beijing, 1) == date(2026, 3, 9)


def test_every_stage_has_its_place_and_each_public_one_is_in_one_group() -> None:
    assert set(PLACE) == set(Stage)
    grouped = [stage for stages in GROUPS.values() for stage in stages]
    assert len(grouped) == len(set(grouped))
    assert set(Stage) - set(grouped) == {Stage.DRAFT, Stage.RETURNED}
    assert set(grouped) >= STOPPED


def test_every_message_about_a_matter_names_it() -> None:
    nameless = {
        kind for kind, text in MESSAGES.items() if not {"%(number)s", "%(title)s"} <= set(NAMES.findall(text))
    }
    about_their_home = {"contact_added", "contact_ended", "letter_frozen", "letter_replaced", "member_joined"}
    about_the_reader = about_their_home | {
        "duty",
        "membership_ended",
        "password_given",
        "tablet_code_given",
        "tablet_enrolled",
    }
    assert nameless == about_the_reader
    assert sentence("proposal_accepted") == MESSAGES["proposal_accepted"]
    assert sentence("something new") == NEWS


def test_a_deed_is_signed_by_an_account() -> None:
    assert account_of(Actor(account_id=7)) == 7
    with pytest.raises(NotAllowed):
        account_of(ANYBODY)
