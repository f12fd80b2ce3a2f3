"""A round from its fixed plan to counting, through the pages of moderator, registrar and scrutineer."""

import re
from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient

from deliberate.db import Database
from deliberate.domain.consent import Answer
from deliberate.domain.lifecycle import Stage
from deliberate.domain.roll_cells import Occupancy
from deliberate.domain.round import RoundStatus
from deliberate.models import Community, ConsentRound, Crew, Household, Proposal, RollCertificate
from deliberate.services import households
from tests import make, make_round
from tests.make import Clock
from tests.make_letter import browser
from tests.make_round import Staff, open_round, say
from tests.statements import heard
from tests.web.rounds_office import Begin, follow, words


@dataclass
class Office:
    """The people of a community at their desks, with one matter whose plan is fixed."""

    app: Flask
    community: Community
    homes: list[Household]
    staff: Staff
    proposal: Proposal

    def at(self, job: str) -> FlaskClient:
        return browser(self.app, getattr(self.staff, job))

    @property
    def base(self) -> str:
        return f"/c/{self.community.slug}"


@pytest.fixture
def office(app: Flask, transaction: Begin) -> Office:
    with transaction() as tx:
        community = make.community(tx.session)
        homes = make.households(tx.session, community, 36)
        homes[3].occupancy = Occupancy.VACANT
        staff = make_round.staff(tx.session, community)
        proposal, _plan = make_round.fixed_plan(tx.session, community, staff.moderator, now=tx.now)
    return Office(app, community, homes, staff, proposal)


def test_a_round_is_prepared_certified_staffed_opened_extended_and_counted(
    office: Office, database: Database, clock: Clock
) -> None:
    moderator, registrar, scrutineer = (office.at(job) for job in ("moderator", "registrar", "scrutineer"))
    assert "可以准备征求意见" in moderator.get(f"{office.base}/desk/").text
    follow(moderator, f"{office.base}/desk/matters/{office.proposal.id}/round", visibility="daily")
    with database.transaction() as tx:
        [prepared] = tx.session.query(ConsentRound).all()
    url = f"{office.base}/desk/rounds/{prepared.id}"
    page = words(moderator.get(url).text)
    assert "住户名册还没有由户册管理员和监票人两人核定" in page
    assert "主持人、监票人和入户人员还没有分别安排好" in page
    refused = moderator.post(f"{url}/open", data={"last_day": "2026-03-20"})
    assert refused.status_code == 409

    certify = f"{office.base}/roll/certify/{prepared.id}"
    assert "请等户册管理员先拟定名册" in scrutineer.get(certify.replace("/roll/", "/scrutiny/")).text
    _leave_out(office, registrar, certify)
    early = registrar.post(certify)
    assert (early.status_code, "要先张贴3天" in early.text) == (409, True)
    public = f"{office.base}/rounds/{prepared.id}"
    assert "水电停用" in browser(office.app).get(public).text
    clock.forward(days=3)
    assert "名册已核定，共35户" in follow(registrar, certify, seen=shown_roll(registrar, certify))
    again = scrutineer.post(certify)
    assert again.status_code == 403
    countersign = certify.replace("/roll/", "/scrutiny/")
    follow(scrutineer, countersign, seen=shown_roll(scrutineer, countersign))

    _staff(office, database, moderator, url)
    page = moderator.get(f"{url}/open?last_day=2026-03-20").text
    assert "3月20日 24:00" in page
    assert "都准备好了" in moderator.get(url).text
    wrong = moderator.post(f"{url}/open", data={"last_day": "2026-03-07"})
    assert (wrong.status_code, "5到60天" in wrong.text) == (422, True)
    assert "征求意见已经开始" in follow(moderator, f"{url}/open", last_day="2026-03-20")
    assert "空置未列入 1 户" in words(browser(office.app).get(public).text)

    short = moderator.post(f"{url}/extend", data={"last_day": "2026-03-19", "reason": "雨"})
    assert short.status_code == 422
    assert "已经延期" in follow(moderator, f"{url}/extend", last_day="2026-03-25", reason="连续下雨")
    assert "连续下雨" in browser(office.app).get(public).text
    assert "现在不能截止" in moderator.get(f"{url}/count").text
    assert moderator.post(f"{url}/count").status_code == 409
    with database.transaction() as tx:
        clock.at = tx.session.get_one(ConsentRound, prepared.id).answer_until or clock.at
    assert "已经截止，开始统计" in follow(moderator, f"{url}/count")
    with database.transaction() as tx:
        assert tx.session.get_one(Proposal, office.proposal.id).stage is Stage.COUNTING


def shown_roll(client: FlaskClient, url: str) -> str:
    """The state of the roll that the page shows, as it sends it back."""
    [shown] = re.findall(r'name="seen" value="([^"]+)"', client.get(url).text)
    return str(shown)


def test_a_roll_that_changed_while_it_was_looked_at_is_shown_again_before_it_is_signed(
    office: Office, database: Database
) -> None:
    follow(
        office.at("moderator"), f"{office.base}/desk/matters/{office.proposal.id}/round", visibility="daily"
    )
    with database.transaction() as tx:
        certify = f"{office.base}/roll/certify/{tx.session.query(ConsentRound).one().id}"
    registrar = office.at("registrar")
    seen = shown_roll(registrar, certify)
    with database.transaction() as tx:
        actor = make.actor(tx.session, office.staff.registrar)
        households.mark_gone(tx.session, actor, office.homes[7].id, "两户打通", now=tx.now)
    page = registrar.post(certify, data={"seen": seen})
    assert page.status_code == 409
    assert all(word in words(page.text) for word in ("名册有了变动", "名册上有 35 户", "两户打通"))
    with database.reading() as session:
        assert session.query(RollCertificate).count() == 0
    assert "名册已核定，共35户" in follow(registrar, certify, seen=shown_roll(registrar, certify))


def _leave_out(office: Office, registrar: FlaskClient, certify: str) -> None:
    page = registrar.get(f"{certify}/left-out").text
    assert page.count('name="homes"') == 1
    unsaid = registrar.post(f"{certify}/left-out", data={"homes": office.homes[3].id})
    assert unsaid.status_code == 422
    other = registrar.post(f"{certify}/left-out", data={"homes": office.homes[0].id, "reason": "空"})
    assert other.status_code == 422
    listing = {"homes": office.homes[3].id, "reason": "水电停用一年以上"}
    assert "名单张贴到" in follow(registrar, f"{certify}/left-out", **listing)
    back = f"{certify}/left-out/{office.homes[3].id}/back"
    assert "照常列入名册" in follow(registrar, back)
    assert (registrar.post(back).status_code, registrar.get(back).status_code) == (409, 405)
    ready = registrar.get(certify).text
    assert ready.index("移出名册的住房") < ready.index("没有列入的空置住房") < ready.index("我已核对，签名")
    follow(registrar, f"{certify}/left-out", **listing)
    hanging = registrar.get(certify).text
    assert ("在这以前不能核定" in hanging, "我已核对，签名" in hanging) == (True, False)


def _staff(office: Office, database: Database, moderator: FlaskClient, url: str) -> None:
    staff = office.staff
    follow(moderator, f"{url}/people", person=f"moderator:{staff.moderator.id}", crew="")
    follow(moderator, f"{url}/people", person=f"scrutineer:{staff.scrutineer.id}", crew="")
    alone = moderator.post(f"{url}/people", data={"person": f"canvasser:{staff.canvasser.id}", "crew": ""})
    assert (alone.status_code, "编入这一轮的一个小组" in alone.text) == (422, True)
    nowhere = moderator.post(f"{url}/crews", data={"name": "一组", "kind": "buildings"})
    assert nowhere.status_code == 422
    building = office.homes[0].building_id
    follow(
        moderator, f"{url}/crews", name="一组", volunteer="测试志愿者", kind="buildings", buildings=building
    )
    with database.transaction() as tx:
        [crew] = tx.session.query(Crew).all()
        assert crew.scope == {"kind": "buildings", "ids": [building]}
        home = tx.session.get_one(Household, office.homes[0].id)
        tx.session.add(
            make.Membership(
                community_id=home.community_id,
                household_id=home.id,
                account_id=staff.canvasser.id,
                joined_at=tx.now,
            )
        )
    page = follow(moderator, f"{url}/people", person=f"canvasser:{staff.canvasser.id}", crew=crew.id)
    assert "自己家由别人登记" in page
    assert "住在本组范围里" in page
    twice = moderator.post(
        f"{url}/people", data={"person": f"canvasser:{staff.canvasser.id}", "crew": crew.id}
    )
    assert twice.status_code == 422
    assert "0000-001-" in follow(moderator, f"{url}/forms/issue", crew=crew.id, number=40)
    too_many = moderator.post(f"{url}/forms/return", data={"crew": crew.id, "blank": 41, "spoilt": 0})
    assert too_many.status_code == 422
    sent = {"crew": crew.id, "blank": 5, "spoilt": 1, "note": "雨淋", "seen": "0"}
    for _click in range(2):
        page = words(follow(moderator, f"{url}/forms/return", **sent))
    assert "还没交齐" in page
    assert "交回空白 5，作废 1" in page
    stale = moderator.post(f"{url}/forms/return", data={**sent, "blank": 7, "note": "另一叠"})
    assert stale.status_code == 409
    assert "另一叠" in stale.text
    less = {"crew": crew.id, "blank_less": 2, "spoilt_less": 0, "reason": "同一叠登记了两次", "seen": "1"}
    assert moderator.post(f"{url}/forms/correct", data={**less, "reason": ""}).status_code == 422
    assert moderator.post(f"{url}/forms/correct", data={**less, "blank_less": 6}).status_code == 422
    for _click in range(2):
        page = words(follow(moderator, f"{url}/forms/correct", **less))
    assert "更正交回：空白减 2，作废减 0 · 同一叠登记了两次" in page
    old = moderator.post(f"{url}/forms/correct", data={**less, "reason": "另一个原因"})
    assert old.status_code == 409
    assert "另一个原因" in old.text


def test_a_preparation_is_dropped_with_a_reason(app: Flask, transaction: Begin, database: Database) -> None:
    with transaction() as tx:
        at = open_round(tx.session, 12, opened=False)
    url = f"/c/{at.community.slug}/desk/rounds/{at.round.id}/drop"
    client = browser(app, at.staff.moderator)
    assert client.post(url, data={"reason": ""}).status_code == 422
    follow(client, url, reason="名册漏了一栋楼")
    with database.transaction() as tx:
        assert tx.session.get_one(ConsentRound, at.round.id).status is RoundStatus.DROPPED
    assert "这次准备已经取消" in client.get(f"/c/{at.community.slug}/rounds/{at.round.id}").text


def test_pages_ask_the_same_number_of_questions_however_many_households(
    app: Flask, transaction: Begin, database: Database
) -> None:

    counted: list[int] = []
    for number in (31, 90):
        with transaction() as tx:
            at = open_round(tx.session, number)
            for entry in at.entries[: number // 3]:
                say(tx.session, at, entry, Answer.AGREE, now=tx.now)
        for path in (f"rounds/{at.round.id}", f"rounds/{at.round.id}/rooms", f"desk/rounds/{at.round.id}"):
            with heard(database) as asked:
                page = browser(app, at.staff.moderator).get(f"/c/{at.community.slug}/{path}")
            assert page.status_code == 200
            counted.append(len(asked))
    assert counted[:3] == counted[3:]
    assert max(counted) < 40


MOST_OF_A_KIND = 2
"""So many posters and forms of a kind are opened by each person: else there would be time for nothing else."""


def test_while_a_round_is_open_no_page_tells_how_anybody_answered(
    app: Flask, transaction: Begin, clock: Clock
) -> None:
    with transaction() as tx:
        at = open_round(tx.session, 77)
        for n, answer in enumerate([Answer.AGREE] * 23 + [Answer.DISAGREE] * 17 + [Answer.ABSTAIN] * 13):
            say(tx.session, at, at.entries[n], answer, now=tx.now)
        silent = make.resident(tx.session, at.homes[60])
    clock.forward(days=7)
    base = f"/c/{at.community.slug}"
    people = [None, silent, *vars(at.staff).values()]
    opened: Counter[str] = Counter()
    urls = app.url_map.bind("localhost")
    for person in people:
        client = browser(app, person)
        seen: set[str] = set()
        kinds: Counter[str] = Counter()
        queue = [
            f"{base}/",
            f"{base}/rounds/{at.round.id}",
            f"{base}/home/",
            f"{base}/home/rounds/{at.round.id}",
            f"{base}/desk/",
            f"{base}/desk/rounds",
            f"{base}/doors/",
            f"{base}/scrutiny/",
            f"{base}/scrutiny/certify",
            f"{base}/roll/",
            f"{base}/roll/certify",
        ]
        while queue:
            url = queue.pop()
            if url in seen:
                continue
            seen.add(url)
            kind = str(urls.match(urlsplit(url).path)[0])
            kinds[kind] += 1
            if kinds[kind] > MOST_OF_A_KIND:
                continue
            answer = client.get(url)
            if answer.status_code != 200 or answer.mimetype != "text/html":
                continue
            opened[kind] += 1
            text = words(answer.text)
            told = re.findall(
                r"\b(?:23|17|13|40|36|30) 户(?:同意|不同意|弃权)|(?:同意|弃权) (?:23|17|13|40)\b", text
            )
            assert not told, (person, url, told)
            queue += [
                link
                for link in re.findall(r'href="(/c/[^"#]+)"', answer.text)
                if link not in seen and "sign" not in link
            ]
    assert len(opened) > 60, opened
    assert opened.total() > 150


def test_the_running_number_is_that_of_the_snapshot(app: Flask, transaction: Begin, clock: Clock) -> None:
    from deliberate.services import clockwork

    with transaction() as tx:
        at = open_round(tx.session, 100)
        for entry in at.entries[:12]:
            say(tx.session, at, entry, Answer.AGREE, now=tx.now)
        clockwork.tick(tx.session, at.round.id, now=tx.now)
        say(tx.session, at, at.entries[20], Answer.AGREE, now=tx.now)
    clock.forward(days=1)
    with transaction() as tx:
        clockwork.tick(tx.session, at.round.id, now=tx.now + timedelta(hours=1))
    text = words(browser(app).get(f"/c/{at.community.slug}/rounds/{at.round.id}").text)
    assert "还差 68 户同意，就达到 80%" in text
    assert "已收到 13 / 100 户" in text
