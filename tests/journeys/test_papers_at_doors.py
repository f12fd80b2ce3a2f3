"""Signed papers: at the door and in a stack; what is refused, and that nothing typed is lost."""

import re
from collections.abc import Callable
from datetime import timedelta
from io import BytesIO

import pytest
from PIL import Image

from deliberate.db import Database
from deliberate.domain.consent import Answer, Deed, Standing
from deliberate.domain.errors import BadInput
from deliberate.domain.permissions import Role
from deliberate.domain.rules import CC278_ORD, RC80, Electorate
from deliberate.domain.serial import printed
from deliberate.models import (
    Evidence,
    InboxMessage,
    JournalEntry,
    Owner,
    Visit,
)
from deliberate.services.consents import answer_online
from deliberate.services.paper_corrections import Correction, correct_paper
from tests import make
from tests.app import SignIn
from tests.make import Clock
from tests.make_round import KEY, another_matter, online, open_round
from tests.walk import Begin, Walk, entries, household_entry, picture


def test_only_the_matters_on_the_paper_are_recorded(walk: Callable[..., Walk]) -> None:
    my = walk()
    home = my.at.homes[0]
    assert my.paper(home, 1, {household_entry(my.at, home): Answer.ABSTAIN}).status_code == 302
    assert my.standing(household_entry(my.also, home)) is Standing.SILENT
    page = my.get(f"buildings/{home.building_id}")
    assert "部分已反馈" in page


@pytest.mark.parametrize(("language", "said"), [("zh-Hans", "校验位不对"), ("en", "check digit is wrong")])
def test_a_wrong_digit_is_told_at_once_and_nothing_typed_is_lost(
    walk: Callable[..., Walk], language: str, said: str
) -> None:
    my = walk(language=language)
    home = my.at.homes[0]
    entry = household_entry(my.at, home)
    answer = my.paper(
        home, 1, {entry: Answer.DISAGREE}, serial="0000-001-1", note="晚上在家", paper_note="电话"
    )
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert said in page
    for kept in ("0000-001-1", "热依罕·吐尔逊", "晚上在家", "电话"):
        assert kept in page
    assert re.search(rf'name="answer-{entry}" value="disagree" checked', page)
    assert not my.recorded()
    assert not my.recorded(Visit)


def test_a_serial_of_another_household_saves_neither_paper_nor_visit(walk: Callable[..., Walk]) -> None:
    my = walk()
    first, second = my.at.homes[:2]
    assert my.paper(first, 1, {household_entry(my.at, first): Answer.AGREE}).status_code == 302
    same = my.paper(second, 1, {household_entry(my.at, second): Answer.AGREE})
    other = my.paper(second, 1, {household_entry(my.also, second): Answer.AGREE})
    assert (same.status_code, other.status_code) == (422, 422)
    assert "已经登记过" in same.get_data(as_text=True)
    assert "登记在另一户" in other.get_data(as_text=True)
    assert len(my.recorded()) == 1
    assert len(my.recorded(Visit)) == 1


def test_a_form_that_nobody_was_given_is_none_of_ours(walk: Callable[..., Walk]) -> None:
    my = walk()
    home = my.at.homes[0]
    answer = my.paper(home, 4711, {household_entry(my.at, home): Answer.AGREE})
    assert answer.status_code == 422
    assert "没有发给任何一个小组" in answer.get_data(as_text=True)
    assert not my.recorded(Visit)


def test_a_proxy_signs_only_with_the_written_authority(walk: Callable[..., Walk]) -> None:
    my = walk()
    home = my.at.homes[0]
    said = {household_entry(my.at, home): Answer.AGREE}
    refused = my.paper(home, 1, said, relation="proxy")
    assert refused.status_code == 422
    assert "书面委托" in refused.get_data(as_text=True)
    sealed = my.paper(home, 1, said, relation="proxy", authority=(BytesIO(picture(colour="red")), "a.jpg"))
    assert sealed.status_code == 302
    assert {e.role for e in my.recorded(Evidence)} == {"photo", "authority"}


def test_a_tenant_does_not_speak_for_the_owner_and_two_voices_need_two_forms(
    walk: Callable[..., Walk],
) -> None:
    my = walk(12, RC80, CC278_ORD, two=False)
    home = my.at.homes[0]
    here = entries(my.at, home)
    tenant = my.paper(home, 1, {here[Electorate.OWNER]: Answer.AGREE}, relation="tenant")
    assert tenant.status_code == 422
    assert "不能由租户填写" in tenant.get_data(as_text=True)
    both = my.paper(home, 1, dict.fromkeys(here.values(), Answer.AGREE), relation="owner")
    assert both.status_code == 422
    assert "不能用同一张表" in both.get_data(as_text=True)
    assert not my.recorded()
    assert not my.recorded(Visit)
    assert my.paper(home, 1, {here[Electorate.OWNER]: Answer.AGREE}, relation="owner").status_code == 302
    assert my.paper(home, 2, {here[Electorate.HOUSEHOLD]: Answer.AGREE}, relation="tenant").status_code == 302


def bomb() -> bytes:
    made = BytesIO()
    Image.new("1", (8000, 8000)).save(made, "PNG")
    return made.getvalue()


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (bomb, "尺寸太大"),
        (lambda: b"%PDF-1.7 not a picture", "不是能打开的图片"),
        (lambda: picture() + bytes(12 * 1024 * 1024), "不能超过10MB"),
        (lambda: b"", "文件是空的"),
    ],
)
def test_what_is_no_photograph_is_refused_at_its_field(
    walk: Callable[..., Walk], data: Callable[[], bytes], said: str
) -> None:
    my = walk()
    home = my.at.homes[0]
    photo = (BytesIO(data()), "paper.jpg")
    answer = my.paper(home, 1, {household_entry(my.at, home): Answer.AGREE}, photo=photo)
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert said in page
    assert "请重新选一次" in page
    assert "热依罕·吐尔逊" in page
    assert not my.recorded()
    assert not my.recorded(Visit)


@pytest.mark.parametrize(
    ("language", "said"), [("zh-Hans", "已保存，但超过登记时间，不计入统计"), ("en", "does not count")]
)
def test_paper_after_the_time_for_registering_is_stored_and_said_not_to_count(
    walk: Callable[..., Walk], language: str, said: str
) -> None:
    my = walk(language=language, two=False)
    home, entry = my.at.homes[0], household_entry(my.at, my.at.homes[0])
    my.clock.at = my.at.round.register_until + timedelta(hours=1)
    signed = (my.at.round.answer_until - timedelta(days=1)).strftime("%Y-%m-%dT%H:%M")
    assert my.paper(home, 1, {entry: Answer.AGREE}, signed_at=signed).status_code == 302
    assert said in my.get()
    assert my.standing(entry) is Standing.LATE
    assert my.recorded()[0].late


def test_the_same_form_sent_twice_is_one_visit_and_one_paper(walk: Callable[..., Walk]) -> None:
    my = walk()
    home = my.at.homes[0]
    said = {household_entry(my.at, home): Answer.AGREE, household_entry(my.also, home): Answer.AGREE}
    for _click in range(2):
        assert my.paper(home, 1, said, request_id="a" * 32).status_code == 302
    assert len(my.recorded()) == 2
    assert len(my.recorded(Visit)) == 1
    assert "没有重复登记" in my.get()


def test_a_stack_is_entered_paper_after_paper(walk: Callable[..., Walk]) -> None:
    my = walk()
    for number, home in enumerate(my.at.homes[:3], 1):
        page = my.get(f"stack?q=1-1-{home.room}")
        assert f"/doors/{home.id}/paper" in page
        said = {household_entry(my.at, home): Answer.AGREE, household_entry(my.also, home): Answer.ABSTAIN}
        no_time = my.paper(home, number, said, paper=True)
        assert no_time.status_code == 422
        assert "签字时间" in no_time.get_data(as_text=True)
        sealed = my.paper(home, number, said, paper=True, signed_at="2026-03-02T10:30")
        assert sealed.location.endswith("/stack")
    assert len(my.recorded()) == 6
    assert not my.recorded(Visit)
    page = my.get("papers")
    assert all(printed(n) in page for n in (1, 2, 3))


def test_a_changed_answer_names_the_earlier_form_and_is_no_contradiction(walk: Callable[..., Walk]) -> None:
    my = walk()
    home = my.at.homes[0]
    one, other = household_entry(my.at, home), household_entry(my.also, home)
    my.paper(home, 1, {one: Answer.AGREE})
    wrong = my.paper(home, 2, {one: Answer.DISAGREE}, replaces=printed(9))
    assert wrong.status_code == 422
    assert "没有找到表上写的要替换的那一份" in wrong.get_data(as_text=True)
    my.paper(home, 2, {one: Answer.DISAGREE, other: Answer.AGREE}, replaces=printed(1))
    assert (my.standing(one), my.standing(other)) == (Standing.DISAGREE, Standing.AGREE)
    my.paper(home, 3, {one: Answer.AGREE})
    assert my.standing(one) is Standing.CONTRADICTION


def test_a_misread_paper_is_put_right_with_a_reason(
    walk: Callable[..., Walk], transaction: Begin, signed_in: SignIn
) -> None:
    my = walk()
    home = my.at.homes[0]
    entry = household_entry(my.at, home)
    my.paper(home, 1, {entry: Answer.AGREE})
    path = f"papers/{my.recorded()[0].id}/correct"
    page = my.get(path)
    assert "checked" not in page
    request_id = re.search(r'name="request_id"[^>]*value="([^"]+)"', page)
    assert request_id
    form = {"request_id": request_id[1], "answer": "disagree", "reason": ""}
    assert my.me.post(f"{my.base}/{path}", data=form).status_code == 422
    form["reason"] = "表上写的是不同意，点错了"
    assert my.me.post(f"{my.base}/{path}", data=form).status_code == 302
    assert my.standing(entry) is Standing.DISAGREE
    assert my.recorded()[-1].deed is Deed.CORRECTION
    assert my.recorded()[-1].serial == printed(1)
    stale = my.me.post(f"{my.base}/{path}", data={**form, "request_id": "again"})
    assert stale.status_code == 409
    assert form["reason"] in stale.get_data(as_text=True)
    with transaction() as tx:
        other = make.staff(tx.session, my.at.community, Role.CANVASSER)
    assert signed_in(other).get(f"{my.base}/{path}").status_code == 404


def test_a_correction_without_a_reason_tells_nothing_and_a_refused_one_is_told_to_the_home(
    walk: Callable[..., Walk], transaction: Begin, clock: Clock
) -> None:
    """Whether a paper still stands is not asked for nothing, nor without the home hearing of it (rule 11)."""
    my = walk()
    first, second = my.at.homes[:2]
    for number, home in enumerate((first, second), start=1):
        my.paper(home, number, {household_entry(my.at, home): Answer.AGREE})
    with transaction() as tx:
        account = make.resident(tx.session, first)
        said = online(Answer.DISAGREE, my.at.plan, "since", printed(1))
        who = make.actor(tx.session, account)
        answer_online(tx.session, who, household_entry(my.at, first), said, key=KEY, now=tx.now)
    replaced, stands = (f"{my.base}/papers/{my.recorded()[place].id}/correct" for place in (0, 1))
    blank = {"answer": "agree", "reason": " "}
    told = [my.me.post(path, data={**blank, "request_id": "b"}) for path in (replaced, stands)]
    assert [one.status_code for one in told] == [422, 422]
    assert all("更正要写明理由" in one.text for one in told)
    blank_said, of_canvasser = Correction(Answer.AGREE, " ", "blank"), my.at.staff.canvasser
    for place in (0, 1):
        with transaction() as tx:
            who, paper = make.actor(tx.session, of_canvasser), my.recorded()[place].id
            with pytest.raises(BadInput):
                correct_paper(tx.session, who, paper, blank_said, key=KEY, now=tx.now)
    for request_id in ("first", "second"):
        sent = {"answer": "agree", "reason": "点错了", "request_id": request_id}
        assert my.me.post(replaced, data=sent).status_code == 409
    with my.database.reading() as session:
        noted = session.query(JournalEntry).filter_by(what="correction_refused").all()
        assert [one.subject_id for one in noted] == [household_entry(my.at, first)] * 2
        heard = session.query(InboxMessage).filter_by(account_id=account.id, kind="correction_refused")
        assert heard.count() == 1, "once a day"


def test_a_correction_sent_twice_with_something_else_is_not_called_saved(walk: Callable[..., Walk]) -> None:
    my = walk()
    home = my.at.homes[0]
    entry = household_entry(my.at, home)
    my.paper(home, 1, {entry: Answer.AGREE})
    url = f"{my.base}/papers/{my.recorded()[0].id}/correct"
    sent = {"request_id": "one", "answer": "disagree", "reason": "点错了"}
    assert [my.me.post(url, data=sent).status_code for _click in range(2)] == [302, 302]
    for other in ({"answer": "abstain"}, {"reason": "看错了一行"}):
        stale = my.me.post(url, data={**sent, **other})
        assert stale.status_code == 409
        assert "和它不一样" in stale.text
    assert my.standing(entry) is Standing.DISAGREE
    assert len(my.recorded()) == 2
    with my.database.reading() as session:
        assert session.query(JournalEntry).filter_by(what="correction_refused").count() == 0


def test_forms_in_hand_are_issued_less_what_was_registered(walk: Callable[..., Walk]) -> None:
    my = walk()
    home = my.at.homes[0]
    said = {household_entry(my.at, home): Answer.AGREE, household_entry(my.also, home): Answer.AGREE}
    my.paper(home, 1, said)
    words = re.sub(r"<[^>]+>", "", my.get())
    assert "手里还有 99 张意见表" in words
    assert "发放100 − 登记1 − 空白0 − 作废0" in words


def test_an_owner_is_asked_at_each_of_their_homes_and_answers_once(
    database: Database, transaction: Begin, signed_in: SignIn, clock: Clock
) -> None:
    with transaction() as tx:
        at = open_round(tx.session, 12, now=tx.now)
        owner = Owner(community_id=at.community.id, name="测试业主")
        tx.session.add(owner)
        tx.session.flush()
        for home in at.homes[:2]:
            home.owner_id = owner.id
        also = another_matter(tx.session, at, RC80, CC278_ORD, now=tx.now)
    clock.forward(hours=1)
    my = Walk(database, signed_in(at.staff.canvasser), at, also, clock)
    entry = entries(also, at.homes[0])[Electorate.OWNER]
    assert Electorate.OWNER not in entries(also, at.homes[1])
    assert f'name="answer-{entry}"' in my.get(at.homes[1].id)
    assert my.paper(at.homes[1], 1, {entry: Answer.AGREE}, relation="owner").status_code == 302
    assert "业主意见已反馈" in my.get(at.homes[0].id)
    elsewhere = my.paper(at.homes[2], 2, {entry: Answer.DISAGREE}, relation="owner")
    assert elsewhere.status_code == 422
    assert my.standing(entry) is Standing.AGREE

    with transaction() as tx:
        tx.session.add(
            make.Membership(
                community_id=at.community.id,
                household_id=at.homes[1].id,
                account_id=at.staff.canvasser.id,
                joined_at=tx.now,
            )
        )
    page = my.get(at.homes[0].id)
    assert "您就是这位业主" in page
    assert f'name="answer-{entry}"' not in page
