"""Uyghur: written from the right, in its own face, remembered with the person; a plan's translation beside it."""

from datetime import UTC, datetime

import pytest
from flask import Flask
from flask_babel import force_locale
from sqlalchemy import func, select

from deliberate.db import Database
from deliberate.domain.errors import BadInput
from deliberate.domain.permissions import Role
from deliberate.models import PlanTranslation
from deliberate.queries import plan_translations
from deliberate.services import discussion, plans
from deliberate.services import plan_translations as deeds
from deliberate.services.plan_translations import Translation
from deliberate.web.languages import NAMES, catalogue, moment, set_off
from tests import make
from tests.app import SignIn
from tests.services.discussion_hall import SUMMARY

BASE = "/c/zhonghuaxiang"
TYPED = {
    "language": "ug",
    "title": "چىراغ ئوڭشاش",
    "body": "پەلەمپەي چىرىغى بۇزۇلغان.",
    "funding": "مەبلەغ",
    "schedule": "5-ئاي",
}


def test_a_page_is_turned_and_brings_its_own_face(app: Flask, database: Database) -> None:
    with database.transaction() as tx:
        make.community(tx.session)
    client = app.test_client()
    page = client.get(f"{BASE}/", headers={"Accept-Language": "ug-CN,ug;q=0.9,en;q=0.8"}).text
    assert '<html lang="ug" dir="rtl"' in page
    assert "css/site.rtl.css" in page
    assert "css/uyghur.css" in page
    assert "css/uyghur.css" not in client.get(f"{BASE}/", headers={"Accept-Language": "zh-CN"}).text


def test_the_language_follows_the_person_and_the_cookie_serves_who_is_not_signed_in(
    app: Flask, database: Database, signed_in: SignIn
) -> None:
    with database.transaction() as tx:
        here = make.community(tx.session)
        person = make.staff(tx.session, here, Role.MODERATOR)
    first, second, nobody = signed_in(person), signed_in(person), app.test_client()
    first.post("/account/language", data={"lang": "ug"})
    second.set_cookie("language", "en")
    nobody.post("/account/language", data={"lang": "ug"})
    for client in (first, second, nobody):
        assert '<html lang="ug" dir="rtl"' in client.get(f"{BASE}/").text
    assert '<html lang="zh-Hans"' in app.test_client().get(f"{BASE}/").text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("%(n)s-قېتىم", "[%(n)s]-\u2060قېتىم"),
        ("ئائىلىلەرنىڭ 80%% ى", "ئائىلىلەرنىڭ [80%%] ى"),
        ("%(least)s%% دىن", "[%(least)s%%] دىن"),
        ("%(n)s / %(all)s ئائىلە", "[%(n)s / %(all)s] ئائىلە"),
        ("3-2-501 ياكى ئىسىم", "[3-2-501] ياكى ئىسىم"),
        ("SHA-256 نى", "SHA-256 نى"),
        ("278-ماددا", "278-\u2060ماددا"),
        ("ئېچىڭ: %(url)s", "ئېچىڭ: %(url)s"),
    ],
)
def test_numbers_are_set_off(text: str, shown: str) -> None:
    assert set_off(text) == shown.replace("[", "\u2068").replace("]", "\u2069")


def test_days_are_said_by_their_months_and_midnight_belongs_to_the_day_before(app: Flask) -> None:
    with app.test_request_context(headers={"Accept-Language": "ug"}), force_locale("ug"):
        assert moment(datetime(2026, 11, 22, 11, 30, tzinfo=UTC)) == "2026-يىلى 22-نويابىر 19:30"
        assert moment(datetime(2026, 11, 22, 16, 0, tzinfo=UTC)) == "2026-يىلى 22-نويابىر 24:00"
    assert catalogue("ug").ngettext("%(n)s 条发言", "%(n)s 条发言", 2) == "\u2068%(n)s\u2069 سۆز"


def test_the_tablet_is_told_in_uyghur(app: Flask) -> None:
    assert "ug" in NAMES
    texts = app.test_client().get("/canvass/words/ug.json").get_json()
    assert texts["今天的门"] == "بۈگۈنكى ئىشىكلەر"


def test_a_translation_stands_beside_the_plan_and_changes_nothing_of_it(
    app: Flask, database: Database, signed_in: SignIn
) -> None:
    with database.transaction() as tx:
        here = make.community(tx.session)
        homes = make.households(tx.session, here, 4)
        staff = make.staff(tx.session, here, Role.MODERATOR)
        moderator = make.actor(tx.session, staff)
        matter = make.accepted(tx.session, moderator, homes[0], homes[1:])
        discussion.open_discussion(tx.session, moderator, matter.id, make.opening(), now=tx.now)
        discussion.close_round(tx.session, moderator, matter.id, SUMMARY, now=tx.now, early=True)
        plan = plans.fix_plan(tx.session, moderator, matter.id, make.plan_text(), now=tx.now)
        before = plan.sha256
    client = signed_in(staff)
    form = f"{BASE}/desk/matters/{matter.number}/plans/1/translation"
    assert client.get(form).status_code == 200
    assert client.post(form, data=TYPED | {"body": ""}).status_code == 422
    assert client.post(form, data=TYPED).status_code == 302
    better = TYPED | {"title": "چىراغلارنى ئوڭشاش"}
    assert [client.post(form, data=better).status_code for _again in range(2)] == [302, 302]
    page = f"{BASE}/matters/{matter.number}/plans/1"
    reader = app.test_client()
    uyghur = reader.get(page, headers={"Accept-Language": "ug"}).text
    assert "چىراغلارنى ئوڭشاش" in uyghur
    assert catalogue("ug").gettext("中文原文") in uyghur
    assert plan.body in uyghur
    for other in ("zh-CN", "en"):
        assert TYPED["body"] not in app.test_client().get(page, headers={"Accept-Language": other}).text
    with database.reading() as session:
        kept = plan_translations.newest(session, plan.id)
        assert list(kept) == ["ug"]
        assert session.scalar(select(func.count()).select_from(PlanTranslation)) == 2
        assert plans.plan_sha256(plans.plan_of(plan)) == before
    with database.transaction() as tx, pytest.raises(BadInput):
        deeds.translate_plan(
            tx.session, moderator, matter.id, 1, Translation(**TYPED | {"language": "zh-Hans"}), now=tx.now
        )


def test_what_the_form_library_says_is_said_in_our_words(
    app: Flask, database: Database, signed_in: SignIn
) -> None:
    with database.transaction() as tx:
        here = make.community(tx.session)
        staff = make.staff(tx.session, here, Role.MODERATOR)
    client = signed_in(staff)
    for language in NAMES:
        client.post("/account/language", data={"lang": language})
        page = client.post(f"{BASE}/desk/settings", data={"name": "一", "visits": "x"}).text
        assert "Not a valid" not in page
        assert catalogue({"zh-Hans": "zh_Hans"}.get(language, language)).gettext("请填一个整数。") in page
