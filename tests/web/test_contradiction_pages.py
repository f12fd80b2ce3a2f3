"""Contradictions and evidence: seen only by who may see them now."""

import re
from io import BytesIO

import pytest
from flask import Flask
from PIL import Image, ImageDraw

from deliberate.db import Database
from deliberate.domain.consent import Answer, Standing
from deliberate.domain.objection import ObjectionKind
from deliberate.domain.permissions import ANYBODY, Role
from deliberate.domain.round import EvidenceRole, RoundStatus
from deliberate.models import Consent, ConsentRound, EntryStanding, Evidence, JournalEntry
from deliberate.services import evidence, objections
from deliberate.storage import Folder
from tests import make, make_count
from tests.make import Clock
from tests.make_letter import browser
from tests.make_round import OpenRound, open_round, paper, say
from tests.web.rounds_office import Begin, follow, words


@pytest.fixture
def disputed(app: Flask, transaction: Begin) -> OpenRound:
    """One household said yes online and no on paper."""
    with transaction() as tx:
        at = open_round(tx.session, 40)
        say(tx.session, at, at.entries[0], Answer.AGREE, now=tx.now)
        paper(tx.session, at, at.entries[0], Answer.DISAGREE, 1, now=tx.now)
    return at


def shown_sides(page: str) -> str:
    """The records that the page shows, as it sends them back."""
    [shown] = re.findall(r'name="seen"[^>]* value="([0-9 ]+)"', page)
    return str(shown)


def test_a_contradiction_is_seen_only_by_the_person_who_took_it(
    app: Flask, disputed: OpenRound, database: Database
) -> None:
    desk = f"/c/{disputed.community.slug}/desk"
    entry = disputed.entries[0].id
    moderator = browser(app, disputed.staff.moderator)
    other = browser(app, disputed.staff.other_moderator)
    assert "1 户意见不一致" in words(moderator.get(f"{desk}/").text)
    queue = words(moderator.get(f"{desk}/contradictions").text)
    assert "1-1-101" in queue
    assert "不同意" not in queue
    assert moderator.get(f"{desk}/contradictions/{entry}").status_code == 403
    page_text = follow(moderator, f"{desk}/contradictions/{entry}/take")
    page = words(page_text)
    assert all(word in page for word in ("第1份：同意", "第2份：不同意", "测试签字人", "户主本人"))
    assert other.get(f"{desk}/contradictions/{entry}").status_code == 403
    assert "测试主持 正在核实" in words(other.get(f"{desk}/contradictions").text)
    request_id = "0" * 32
    bare = moderator.post(
        f"{desk}/contradictions/{entry}", data={"stands": "agree", "request_id": request_id}
    )
    assert bare.status_code == 422
    for stands in ("abstain", "agree"):  # neither by hand nor as a question how they answered
        theirs = {"stands": stands, "reason": "猜的", "request_id": "1" * 32}
        assert other.post(f"{desk}/contradictions/{entry}", data=theirs).status_code == 403
    said = {"stands": "neither", "reason": "两次打电话都没有人接", "request_id": request_id}
    follow(moderator, f"{desk}/contradictions/{entry}", **said, seen=shown_sides(page_text))
    with database.transaction() as tx:
        assert tx.session.get_one(EntryStanding, entry).standing is Standing.INVALID
    assert "没有不一致的意见" in moderator.get(f"{desk}/contradictions").text


def test_what_came_while_a_contradiction_was_looked_at_is_shown_before_it_is_settled(
    app: Flask, disputed: OpenRound, transaction: Begin, database: Database
) -> None:
    entry = disputed.entries[0]
    case = f"/c/{disputed.community.slug}/desk/contradictions/{entry.id}"
    moderator = browser(app, disputed.staff.moderator)
    seen = shown_sides(follow(moderator, f"{case}/take"))
    with transaction() as tx:
        paper(tx.session, disputed, entry, Answer.ABSTAIN, 2, now=tx.now)
    said = {"stands": "agree", "reason": "电话核实，以线上为准", "request_id": "0" * 32}
    page = moderator.post(case, data={**said, "seen": seen})
    assert page.status_code == 409
    assert all(word in words(page.text) for word in ("又有了新的登记", "第3份：弃权", "电话核实，以线上为准"))
    assert "checked" not in page.text
    with database.reading() as session:
        assert session.get_one(EntryStanding, entry.id).standing is Standing.CONTRADICTION
    follow(moderator, case, **said, seen=shown_sides(page.text))
    with database.reading() as session:
        assert session.get_one(EntryStanding, entry.id).standing is Standing.AGREE


def test_a_case_that_was_not_settled_in_time_is_told_so(
    app: Flask, disputed: OpenRound, transaction: Begin, clock: Clock
) -> None:
    desk = f"/c/{disputed.community.slug}/desk"
    entry = disputed.entries[0].id
    moderator = browser(app, disputed.staff.moderator)
    follow(moderator, f"{desk}/contradictions/{entry}/take")
    with transaction() as tx:
        make_count.closed(disputed, tx, clock)
    assert moderator.get(f"{desk}/contradictions/{entry}").status_code == 409
    said = {"stands": "agree", "reason": "电话", "request_id": "1" * 32}
    assert moderator.post(f"{desk}/contradictions/{entry}", data=said).status_code == 409


def test_who_recorded_part_of_it_or_lives_there_cannot_take_it(
    app: Flask, disputed: OpenRound, transaction: Begin
) -> None:
    with transaction() as tx:
        make_both = make.staff(tx.session, disputed.community, Role.MODERATOR, name="测试同住")
        tx.session.add(
            make.Membership(
                community_id=disputed.community.id,
                household_id=disputed.homes[0].id,
                account_id=make_both.id,
                joined_at=tx.now,
            )
        )
        canvasser = disputed.staff.canvasser
        tx.session.add(
            make.RoleGrant(
                community_id=disputed.community.id,
                account_id=canvasser.id,
                role=Role.MODERATOR,
                granted_at=tx.now,
            )
        )
    desk = f"/c/{disputed.community.slug}/desk"
    for person in (make_both, canvasser):
        client = browser(app, person)
        assert "请由别的主持人核实" in client.get(f"{desk}/contradictions").text
        assert client.post(f"{desk}/contradictions/{disputed.entries[0].id}/take").status_code == 403


def test_evidence_is_streamed_only_to_who_may_see_it_now(
    app: Flask, disputed: OpenRound, database: Database, clock: Clock
) -> None:
    picture = BytesIO()
    drawn = Image.new("RGB", (200, 100), "white")
    ImageDraw.Draw(drawn).line((0, 0, 200, 100))
    drawn.save(picture, "JPEG")
    folder = app.extensions["deliberate.config"].instance_dir
    exhibit = evidence.keep_exhibit(Folder(folder), EvidenceRole.PHOTO, picture.getvalue())
    with database.transaction() as tx:
        [kept] = tx.session.query(Evidence).all()
        fresh = Evidence(
            community_id=kept.community_id,
            consent_id=kept.consent_id,
            role=exhibit.role,
            sha256=exhibit.sha256,
            mime=exhibit.mime,
            size=exhibit.size,
            at=tx.now,
        )
        tx.session.add(fresh)
    url = f"/c/{disputed.community.slug}/evidence/{fresh.id}"
    staff = disputed.staff

    def status(person: make.Account | None) -> int:
        with browser(app, person).get(url) as answer:
            return answer.status_code

    people = (None, staff.canvasser, staff.registrar, staff.scrutineer, staff.moderator)
    assert [status(person) for person in people] == [302, 403, 403, 403, 403]
    take = f"/c/{disputed.community.slug}/desk/contradictions/{disputed.entries[0].id}/take"
    browser(app, staff.moderator).post(take)
    with browser(app, staff.moderator).get(url) as answer:
        assert (answer.status_code, answer.mimetype) == (200, "image/jpeg")
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.data[:2] == b"\xff\xd8"
    assert status(staff.other_moderator) == 403
    with database.transaction() as tx:
        tx.session.get_one(ConsentRound, disputed.round.id).status = RoundStatus.COUNTING
    assert status(staff.scrutineer) == 200
    assert status(staff.other_moderator) == 403
    elsewhere = url.replace(disputed.community.slug, "elsewhere")
    with database.transaction() as tx:
        make.community(tx.session, "elsewhere")
    assert browser(app, staff.moderator).get(elsewhere).status_code == 404


def contested(app: Flask, transaction: Begin) -> tuple[OpenRound, int]:
    """A paper with its picture, of which the household said "wrong" while the round is open."""
    with transaction() as tx:
        at = open_round(tx.session, 40)
        paper(tx.session, at, at.entries[0], Answer.DISAGREE, 1, now=tx.now)
        kept = tx.session.query(Consent).one()
        objection = objections.keep(
            tx.session,
            ANYBODY,
            at.round,
            at.homes[0].id,
            at.entries[0].id,
            ObjectionKind.NOT_US,
            "不是我家提交的",
            consent_id=kept.id,
            now=tx.now,
        )
        return at, objection.id


def test_an_objection_while_the_round_is_open_is_seen_only_by_the_person_who_took_it(
    app: Flask, transaction: Begin, database: Database
) -> None:
    at, number = contested(app, transaction)
    desk, scrutiny = (f"/c/{at.community.slug}/{part}/objections/{number}" for part in ("desk", "scrutiny"))
    moderator = browser(app, at.staff.moderator)
    scrutineer = browser(app, at.staff.scrutineer)
    for client, page in ((moderator, desk), (scrutineer, scrutiny)):
        shown = words(client.get(page).text)
        assert "不是我家提交的" in shown
        assert "不同意" not in shown
        assert "测试签字人" not in shown
        assert client.post(page, data={}).status_code == 403
    with database.reading() as session:
        piece = session.query(Evidence).one().id
    picture = f"/c/{at.community.slug}/evidence/{piece}"
    assert scrutineer.get(picture).status_code == 403
    taken = words(follow(scrutineer, f"{scrutiny}/take"))
    assert all(word in taken for word in ("不同意", "测试签字人"))
    assert scrutineer.get(picture).status_code != 403
    assert "测试监票 正在核实" in words(moderator.get(desk).text)
    assert "不同意" not in words(moderator.get(desk).text)
    assert moderator.get(picture).status_code == 403
    with database.reading() as session:
        assert session.query(JournalEntry).filter_by(what="objection_taken", subject_id=number).count() == 1
    said = {"finding": "not_upheld", "method": "打电话核实", "reply": "没有错。", "voided": "0"}
    follow(scrutineer, scrutiny, **said)
    shown = words(scrutineer.get(scrutiny).text)
    assert "没有错" in shown
    assert "测试签字人" not in shown
    assert scrutineer.get(picture).status_code == 403


def test_after_closing_an_objection_is_laid_open_to_all_who_may_recheck_it(
    app: Flask, transaction: Begin, clock: Clock
) -> None:
    at, number = contested(app, transaction)
    with transaction() as tx:
        make_count.closed(at, tx, clock)
    page = browser(app, at.staff.moderator).get(f"/c/{at.community.slug}/desk/objections/{number}")
    assert "测试签字人" in words(page.text)
