"""A notice of a round that asks owners as well tells their heads and area, shares rounded down."""

from flask import Flask

from deliberate.domain import rules as decision
from deliberate.domain.rules import CC278_ORD, RC80
from deliberate.models import Notice
from deliberate.web import owner_words, roll_words
from tests import make_round
from tests.make_letter import browser
from tests.web.rounds_office import Begin

OWNERS = {
    "roll": {"one": 12, "area": 120_000},
    "agree": {"one": 6, "area": 55_000},
    "participating": {"one": 8, "area": 70_000},
}


def test_all_owners_then_who_took_part_then_who_agrees(app: Flask) -> None:
    with app.test_request_context("/"):
        told = list(owner_words.counted({"electorates": {"owner": OWNERS}}))
    assert told == [
        ("业主总人数和总面积", "12 人，1,200 平方米"),
        ("参加表决的业主", "8 人（66.66%），700 平方米（58.33%）"),
        ("同意的业主（占参加表决的）", "6 人（75%），550 平方米（78.57%）"),
    ]


def test_nothing_is_told_where_no_rule_asks_owners(app: Flask) -> None:
    with app.test_request_context("/"):
        assert list(owner_words.counted({"electorates": {"household": OWNERS}})) == []
        assert list(owner_words.asked(None)) == []


def test_the_invitation_names_the_owners_and_who_watches_the_count(app: Flask, transaction: Begin) -> None:
    with transaction() as tx:
        at = make_round.open_round(tx.session, 4, RC80, CC278_ORD, now=tx.now)
        notice = tx.session.query(Notice).filter_by(kind="invitation").one()
        heads, area = notice.data["owners"]
        number, slug = notice.id, at.community.slug
    assert heads > 0 < area
    page = browser(app).get(f"/c/{slug}/notices/{number}").text
    assert f"{heads} 人" in page
    assert at.staff.scrutineer.display_name in page


def test_a_notice_that_leaves_vacant_homes_off_says_that_their_owners_are_asked(app: Flask) -> None:
    with app.test_request_context("/"):
        both = dict(roll_words.left_out({"left_out": 4, "rules": decision.to_data((RC80, CC278_ORD))}))
        households = dict(roll_words.left_out({"left_out": 4, "rules": decision.to_data((RC80,))}))
        assert list(roll_words.left_out({"left_out": 0})) == []
    assert both == {"没有列入名册的空置户": "4 户", "业主表决": "仍按全部住房计算，空置的也算"}
    assert households == {"没有列入名册的空置户": "4 户"}
