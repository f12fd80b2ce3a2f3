"""Where a round asks the household and the owner of one home, the pages ask whose answer an objection means."""

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient

from deliberate.domain.consent import Answer
from deliberate.domain.objection import Finding
from deliberate.domain.rules import CC278_ORD, RC80
from deliberate.models import Consent, Membership, Objection, RollEntry
from deliberate.queries import objectors
from deliberate.services import counting
from tests import make, make_count
from tests.make import Clock
from tests.make_letter import browser
from tests.make_round import OpenRound, open_round, paper
from tests.web.answering_home import Begin, words

WHICH = "说的是哪一份意见"
SAID = "业主那一票不是我签的。"


@pytest.fixture
def at(transaction: Begin, clock: Clock) -> OpenRound:
    """The result is shown of a round that asks both; both voices of the first home have a paper."""
    with transaction() as tx:
        made = open_round(tx.session, 10, RC80, CC278_ORD, now=clock.at)
        for number, entry in enumerate(of_home(tx.session, made), 1):
            paper(tx.session, made, entry, Answer.AGREE, number, now=clock.at)
        make_count.signed(made, tx, clock)
        moderator = make.actor(tx.session, made.staff.moderator)
        counting.show_result(tx.session, moderator, made.round.id, now=clock.at)
    return made


def of_home(session, at: OpenRound) -> list[RollEntry]:  # type: ignore[no-untyped-def]
    return list(objectors.on_roll(session, at.round.id, at.homes[0].id))


def resident(
    app: Flask, transaction: Begin, at: OpenRound, *, as_owner: bool = False, view: str = "normal"
) -> FlaskClient:
    with transaction() as tx:
        client = browser(app, make.resident(tx.session, at.homes[0], as_owner=as_owner))
    client.set_cookie("view", view)
    return client


def page_of(at: OpenRound) -> str:
    return f"/c/{at.community.slug}/home/rounds/{at.round.id}/objection"


def desk_of(at: OpenRound) -> str:
    return f"/c/{at.community.slug}/desk/counting/{at.round.id}/objection"


def choice(html: str, called: str) -> str:
    """The value of the choice that is called so."""
    found = re.search(rf'name="voice"[^>]*value="([^"]+)"[^>]*><span>{called}', html)
    assert found, called
    return found[1]


@pytest.mark.parametrize("view", ["normal", "elder"])
def test_an_owner_who_lives_there_says_whose_answer_is_meant_and_reads_both(
    app: Flask, transaction: Begin, at: OpenRound, view: str
) -> None:
    client = resident(app, transaction, at, as_owner=True, view=view)
    page = client.get(page_of(at)).text
    assert WHICH in page
    sent = {"kind": "not_us", "statement": SAID}
    unsaid = client.post(page_of(at), data=sent)
    assert unsaid.status_code == 422
    assert "请选一项。" in unsaid.text
    assert SAID in unsaid.text
    for called in ("业主的意见", "住户的意见"):
        done = client.post(page_of(at), data={**sent, "voice": choice(page, called)})
        assert done.status_code == 302
    with transaction() as tx:
        household, owner = of_home(tx.session, at)
        filed = tx.session.query(Objection).order_by(Objection.id)
        assert [one.roll_entry_id for one in filed] == [owner.id, household.id]
    told = words(client.get(page_of(at)).text)
    assert told.count(f"业主的意见（房子的主人） {SAID}") == 1
    assert told.count(f"住户的意见（住在这里的人） {SAID}") == 1


def test_who_lives_there_only_is_not_asked_whose_answer_is_meant(
    app: Flask, transaction: Begin, at: OpenRound
) -> None:
    client = resident(app, transaction, at)
    assert WHICH not in client.get(page_of(at)).text
    with transaction() as tx:
        household, owner = of_home(tx.session, at)
    sent = {"kind": "not_us", "statement": SAID, "voice": str(owner.id)}
    assert client.post(page_of(at), data=sent).status_code == 302
    with transaction() as tx:
        assert tx.session.query(Objection).one().roll_entry_id == household.id


def test_the_desk_says_whose_answer_is_meant_and_who_rechecks_reads_it(
    app: Flask, transaction: Begin, at: OpenRound
) -> None:
    desk = browser(app, at.staff.moderator)
    page = desk.get(desk_of(at)).text
    assert WHICH in page
    sent = {"home": "1-1-101", "kind": "not_us", "statement": SAID}
    unsaid = desk.post(desk_of(at), data=sent)
    assert unsaid.status_code == 422
    assert "没有写明说的是哪一份。" in unsaid.text
    assert SAID in unsaid.text
    assert desk.post(desk_of(at), data={**sent, "voice": choice(page, "业主的意见")}).status_code == 302
    with transaction() as tx:
        household, owner = of_home(tx.session, at)
        made = tx.session.query(Objection).one()
        forged = tx.session.query(Consent).filter_by(roll_entry_id=owner.id).one()
        assert made.roll_entry_id == owner.id
    url = f"/c/{at.community.slug}/desk/objections/{made.id}"
    other = browser(app, at.staff.other_moderator)
    assert "业主的意见（房子的主人）" in other.get(url).text
    said = {
        "finding": Finding.UPHELD.value,
        "method": "上门",
        "reply": "不是您签的。",
        "voided": str(forged.id),
    }
    assert other.post(url, data=said).status_code == 302
    with transaction() as tx:
        assert tx.session.query(Consent).filter_by(roll_entry_id=owner.id, deed="voiding").count() == 1
        assert tx.session.query(Consent).filter_by(roll_entry_id=household.id, deed="voiding").count() == 0


def test_the_desk_is_told_when_a_home_is_not_asked_for_that_answer(
    app: Flask, transaction: Begin, at: OpenRound, monkeypatch: pytest.MonkeyPatch
) -> None:
    with transaction() as tx:
        household, _owner = of_home(tx.session, at)
    monkeypatch.setattr(objectors, "on_roll", lambda *_args: [household])
    sent = {"home": "1-1-101", "kind": "not_us", "statement": SAID, "voice": "owner"}
    answer = browser(app, at.staff.moderator).post(desk_of(at), data=sent)
    assert answer.status_code == 422
    assert "这一户在这一轮没有这一份意见要问。" in answer.text
    assert SAID in answer.text


def test_a_home_off_the_roll_is_taken_down_at_the_desk_whatever_is_chosen(
    app: Flask, transaction: Begin, at: OpenRound
) -> None:
    with transaction() as tx:
        (late,) = make.households(tx.session, at.community, 1, building_name="9")
        assert objectors.on_roll(tx.session, at.round.id, late.id) == []
    desk = browser(app, at.staff.moderator)
    sent = {"home": "9-1-101", "kind": "roll", "statement": "漏了我家。", "voice": "owner"}
    assert desk.post(desk_of(at), data=sent).status_code == 302
    with transaction() as tx:
        assert tx.session.query(Objection).one().roll_entry_id is None


def test_a_round_of_households_alone_asks_nobody_whose_answer_is_meant(
    app: Flask, transaction: Begin, clock: Clock
) -> None:
    with transaction() as tx:
        made = make_count.answered(tx, 10, 9)
        make_count.shown(made, tx, clock)
    client = resident(app, transaction, made, as_owner=True)
    assert WHICH not in client.get(page_of(made)).text
    assert WHICH not in browser(app, made.staff.moderator).get(desk_of(made)).text
    sent = {"kind": "not_us", "statement": SAID}
    assert client.post(page_of(made), data=sent).status_code == 302


def test_who_lives_off_the_roll_and_owns_a_home_on_it_can_say_that_their_own_is_missing(
    app: Flask, transaction: Begin, at: OpenRound
) -> None:
    with transaction() as tx:
        (late,) = make.households(tx.session, at.community, 1, building_name="9")
        account = make.resident(tx.session, late)
        let = make.resident(tx.session, at.homes[0], as_owner=True)
        membership = tx.session.query(Membership).filter_by(account_id=let.id).one()
        membership.account_id, membership.lives_there = account.id, False
    client = browser(app, account)
    page = client.get(page_of(at)).text
    assert "业主的意见（房子的主人）" in page
    sent = {"kind": "roll", "statement": "漏了我家。", "voice": choice(page, "都不是：我家不在")}
    assert client.post(page_of(at), data=sent).status_code == 302
    with transaction() as tx:
        made = tx.session.query(Objection).one()
        assert (made.household_id, made.roll_entry_id) == (late.id, None)
    assert "漏了我家。" in client.get(page_of(at)).text
