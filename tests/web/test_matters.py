"""What is refused on the pages of matters: strangers, stale forms, hostile files and hostile text."""

import io

import pytest
from flask.testing import FlaskClient
from PIL import Image

from deliberate.db import Database
from deliberate.domain.discussion import Stance
from deliberate.domain.lifecycle import Stage
from deliberate.domain.permissions import Role
from deliberate.models import Community, Membership, Picture, Proposal, Second
from deliberate.services import comments, discussion, proposals
from deliberate.services.comments import Remark
from tests import make
from tests.app import SignIn

HERE, ELSEWHERE = "/c/zhonghuaxiang", "/c/beimen"
MATTER = {"title": "修灯", "category": "facilities", "body": "楼道灯坏了。", "scope": "community"}
AGREED = {"agreed": "好", "disputed": "无", "goes_on": "好", "then": "plan", "early": "y"}
ROUND = {"question": "?", "deadline": "2026-03-20T18:00"}
PLAN = MATTER | {"funding": "资金", "schedule": "5月", "rules": "RC80"}
MEETING = {"kind": "hall", "title": "会", "place": "院", "starts_at": "2026-03-20T18:00", "agenda": "灯"}


class Street:
    """Matter 1 is discussed (with comment 1), 2 a draft, 3 submitted; next door live strangers."""

    def __init__(self, database: Database, sign_in: SignIn) -> None:
        self.database = database
        with database.transaction() as tx:
            here = make.community(tx.session)
            homes = make.households(tx.session, here, 6)
            staff = make.staff(tx.session, here, Role.MODERATOR, name="古丽·阿不都")
            author, neighbour = (make.resident(tx.session, home, name="艾尼·吐尔逊") for home in homes[4:])
            moderator, writer = make.actor(tx.session, staff), make.actor(tx.session, author)
            first = make.accepted(tx.session, moderator, homes[0], homes[1:4])
            discussion.open_discussion(tx.session, moderator, first.id, make.opening(), now=tx.now)
            comments.comment(
                tx.session, make.actor(tx.session, neighbour), first.id, Remark("好", Stance.FOR), now=tx.now
            )
            for submitted in (False, True):
                text = make.draft("下水道堵了")
                made = proposals.draft(
                    tx.session, writer, here.id, text, household_id=homes[4].id, now=tx.now
                )
                if submitted:
                    proposals.submit(tx.session, writer, made.id, now=tx.now)
            there = make.community(tx.session, "beimen", "北门社区")
            outsider = make.resident(tx.session, make.households(tx.session, there, 1)[0])
            others = make.staff(tx.session, there, Role.MODERATOR)
            canvasser = make.staff(tx.session, here, Role.CANVASSER, Role.SCRUTINEER, Role.REGISTRAR)
        self.moderator, self.author, self.neighbour = sign_in(staff), sign_in(author), sign_in(neighbour)
        self.outsider, self.other_moderator = sign_in(outsider), sign_in(others)
        self.canvasser, self.nobody = sign_in(canvasser), sign_in(None)

    def stages(self) -> list[Stage]:
        with self.database.reading() as session:
            return [row.stage for row in session.query(Proposal).order_by(Proposal.number)]


@pytest.fixture
def street(database: Database, signed_in: SignIn) -> Street:
    return Street(database, signed_in)


MODERATING = [
    ("/desk/matters/3/screen", {"decision": "decline", "reason": "不办"}),
    ("/desk/matters/1/rounds", ROUND),
    ("/desk/matters/1/close", AGREED),
    ("/desk/matters/1/remark", {"stance": "for", "body": "好", "spoken_by": "王奶奶"}),
    ("/desk/comments/1/hide", {"reason": "不好"}),
    ("/desk/comments/1/verdict", {"verdict": "taken", "reason": "好"}),
    ("/desk/matters/1/plan", PLAN),
    ("/desk/matters/1/revise", ROUND | {"reason": "错"}),
    ("/desk/take-down", MATTER),
    ("/desk/council", {"name": "甲"}),
    ("/desk/meetings/new", MEETING),
]


@pytest.mark.parametrize(("path", "data"), MODERATING, ids=[path for path, _ in MODERATING])
def test_only_moderators_of_this_community_moderate(street: Street, path: str, data: dict[str, str]) -> None:
    before = street.stages()
    for client in (street.nobody, street.author, street.outsider, street.other_moderator, street.canvasser):
        assert client.post(HERE + path, data=data).status_code in (401, 403)
        assert client.get(HERE + path).status_code in (302, 401, 403, 404, 405)
    if "matters" in path or "comments" in path:
        assert street.other_moderator.post(ELSEWHERE + path, data=data).status_code == 404
    assert street.stages() == before


@pytest.mark.parametrize(
    ("path", "data"),
    [
        ("/home/propose", MATTER),
        ("/home/matters/2/edit", MATTER | {"version": "1"}),
        ("/home/matters/2/submit", {}),
        ("/home/matters/3/withdraw", {}),
        ("/home/matters/3/second", {}),
        ("/home/matters/3/take-back-second", {}),
        ("/home/matters/1/comment", {"stance": "for", "body": "好"}),
    ],
)
def test_strangers_change_nothing(street: Street, path: str, data: dict[str, str]) -> None:
    before = street.stages()
    for client in (street.nobody, street.outsider, street.canvasser):
        assert client.post(HERE + path, data=data).status_code in (401, 403, 404)
    if "propose" not in path:
        assert street.outsider.post(ELSEWHERE + path, data=data).status_code == 404
    assert street.stages() == before


@pytest.mark.parametrize(
    "path", ["/home/matters/2/edit", "/home/matters/2/submit", "/home/matters/3/withdraw"]
)
def test_only_the_author_has_a_hand_in_the_text(street: Street, path: str) -> None:
    for client in (street.neighbour, street.moderator):
        assert client.post(HERE + path, data=MATTER).status_code in (403, 404)


def test_drafts_are_seen_by_author_and_moderators_only(street: Street) -> None:
    for path in ("/matters/2", "/matters/2/compare"):
        seen = [
            client.get(HERE + path).status_code
            for client in (street.author, street.moderator, street.neighbour, street.nobody, street.canvasser)
        ]
        assert seen == [200, 200, 404, 404, 404]
    assert "下水道" in street.nobody.get(HERE + "/").text
    assert street.nobody.get(HERE + "/").text.count("/matters/2") == 0


def test_texts_before_the_one_that_stands_are_seen_by_author_and_moderators_only(street: Street) -> None:
    edit, number = HERE + "/home/matters/2/edit", HERE + "/matters/2"
    named = MATTER | {"body": "三楼的王大爷总堵下水道", "version": "1", "do": "submit"}
    street.author.post(edit, data=named)
    returned = {"decision": "return", "reason": "请不要写邻居", "version": "2"}
    assert street.moderator.post(HERE + "/desk/matters/2/screen", data=returned).status_code == 302
    street.author.post(edit, data=MATTER | {"version": "2", "do": "submit"})
    for client in (street.nobody, street.neighbour, street.canvasser):
        assert "/compare" not in client.get(number).text
        assert [client.get(f"{number}/compare?old=v{n}&new=v3").status_code for n in (1, 2, 3)] == [
            404,
            404,
            200,
        ]
        page = client.get(f"{number}/compare").text
        assert "最初提出的内容" in page
        assert "王大爷" not in page
        assert "第3稿" not in page
    for client in (street.author, street.moderator):
        assert "/compare" in client.get(number).text
        assert "王大爷" in client.get(f"{number}/compare?old=v2&new=v3").text


def test_public_pages_name_no_resident(street: Street) -> None:
    for path in ("/", "/matters/1", "/matters/3", "/notices", "/meetings"):
        page = street.nobody.get(HERE + path).text
        assert "艾尼" not in page
        assert "测试户主" not in page
        assert "古丽" not in page


@pytest.mark.parametrize(
    "path",
    [
        "/matters/99",
        "/matters/1/plans/1",
        "/matters/1/plans/1.json",
        "/matters/1/compare?old=v9",
        "/notices/9",
        "/meetings/9",
    ],
)
def test_what_is_not_there_is_not_found(street: Street, path: str) -> None:
    for base in (HERE, ELSEWHERE):
        assert street.nobody.get(base + path).status_code == 404


def test_a_stale_form_comes_back_with_what_was_typed(street: Street) -> None:
    path = HERE + "/home/matters/2/edit"
    street.author.post(path, data=MATTER | {"body": "第一个窗口", "version": "1", "do": "save"})
    late = street.author.post(path, data=MATTER | {"body": "第二个窗口", "version": "1", "do": "save"})
    assert late.status_code == 422
    assert "第二个窗口" in late.text
    assert "内容已经被更新" in late.text
    assert 'name="version" type="hidden" value="2"' in late.text


def test_a_closed_round_keeps_what_was_typed_on_its_page_of_refusal(street: Street) -> None:
    assert street.moderator.post(HERE + "/desk/matters/1/close", data=AGREED).status_code == 302
    late = street.neighbour.post(HERE + "/home/matters/1/comment", data={"stance": "for", "body": "我来晚了"})
    assert late.status_code == 409
    assert "我来晚了" in late.text
    again = street.moderator.post(HERE + "/desk/matters/1/close", data=AGREED)
    assert again.status_code == 409


def upload(client: FlaskClient, data: bytes, name: str = "灯.jpg") -> tuple[int, str]:
    answer = client.post(
        HERE + "/home/propose", data={**MATTER, "do": "save", "pictures": (io.BytesIO(data), name)}
    )
    return answer.status_code, answer.text


@pytest.mark.parametrize(
    "data", [b"<svg onload='alert(1)'/>", b"GIF89a" + bytes(99), b"\xff\xd8\xff" + bytes(99)]
)
def test_what_is_no_picture_is_refused_and_the_text_kept(street: Street, data: bytes) -> None:
    status, page = upload(street.author, data)
    assert status == 422
    assert "楼道灯坏了" in page
    assert "不是能识别的照片" in page
    with street.database.reading() as session:
        assert session.query(Picture).count() == 0


def test_a_picture_is_served_as_what_it_is_and_may_be_kept(street: Street) -> None:
    target = io.BytesIO()
    Image.new("RGB", (40, 30), "red").save(target, "PNG")
    assert upload(street.author, target.getvalue(), "../../x.html")[0] == 302
    with street.database.reading() as session:
        digest = session.query(Picture).one().sha256
    served = street.nobody.get(f"/pictures/{digest}.jpg", buffered=True)
    assert served.status_code == 200
    assert served.mimetype == "image/jpeg"
    assert served.headers["X-Content-Type-Options"] == "nosniff"
    assert "immutable" in served.headers["Cache-Control"]
    signed_in = street.author.get(f"/pictures/{digest}.jpg", buffered=True)
    assert signed_in.headers["Cache-Control"].startswith("public")
    for wrong in (
        f"{digest}.webp",
        f"{digest}.html",
        "0" * 64 + ".jpg",
        "..%2f..%2fx.jpg",
        digest.upper() + ".jpg",
    ):
        assert street.nobody.get(f"/pictures/{wrong}").status_code == 404


@pytest.mark.parametrize(
    "hostile", ["<script>alert(1)</script>", "[x](javascript:alert(1))", "![x](data:image/png;base64,x)"]
)
def test_hostile_text_is_harmless_everywhere(street: Street, hostile: str) -> None:
    street.author.post(
        HERE + "/home/matters/2/edit",
        data=MATTER | {"title": hostile[:60], "body": hostile, "version": "1", "do": "submit"},
    )
    street.neighbour.post(HERE + "/home/matters/1/comment", data={"stance": "suggestion", "body": hostile})
    public = ["/", "/matters/1", "/matters/2", "/matters/2/compare"]
    for path in [*public, "/desk/", "/desk/matters/1/discussion", "/desk/matters/2/screen"]:
        page = (street.nobody if path in public else street.moderator).get(HERE + path)
        assert page.status_code == 200
        assert "<script>alert" not in page.text
        assert 'href="javascript' not in page.text
        assert 'src="data' not in page.text


def test_ten_thousand_characters_are_refused_in_words(street: Street) -> None:
    long = "字" * 10_000
    for path, data in (
        ("/home/propose", MATTER | {"title": long}),
        ("/home/propose", MATTER | {"body": long}),
        ("/home/matters/1/comment", {"stance": "for", "body": long}),
    ):
        answer = street.author.post(HERE + path, data=data)
        assert answer.status_code == 422
        assert long in answer.text
        assert "太长" in answer.text


def test_searching_for_signs_is_only_searching(street: Street) -> None:
    for search in ("%", "_", "' OR 1=1 --", "<script>", "9" * 40, " ".join("字" * 50)):
        page = street.nobody.get(
            HERE + "/", query_string={"q": search, "older": "x", "group": "?", "category": "?"}
        )
        assert page.status_code == 200
        assert "<script>" not in page.text.replace("<script src", "")


def test_nobody_speaks_for_a_home_that_is_not_theirs(street: Street) -> None:
    answer = street.author.post(HERE + "/home/household", data={"household_id": "1"})
    assert answer.status_code == 404


def test_another_home_can_be_chosen(street: Street, signed_in: SignIn) -> None:
    with street.database.transaction() as tx:
        here = tx.session.query(Proposal).first().community_id
        homes = make.households(tx.session, tx.session.get(Community, here), 2, "9")
        owner = make.resident(tx.session, homes[0])
        tx.session.add(
            Membership(community_id=here, household_id=homes[1].id, account_id=owner.id, joined_at=make.START)
        )
    client = signed_in(owner)
    client.post(HERE + "/home/household", data={"household_id": str(homes[1].id)})
    client.post(HERE + "/home/matters/3/second")
    with street.database.reading() as session:
        assert [row.household_id for row in session.query(Second)][-1] == homes[1].id


def test_a_screening_page_of_an_old_text_is_refused_with_what_was_typed(street: Street) -> None:
    url = HERE + "/desk/matters/3/screen"
    assert 'name="version" type="hidden" value="1"' in street.moderator.get(url).text
    with street.database.transaction() as tx:
        matter = tx.session.query(Proposal).filter_by(number=3).one()
        matter.version, matter.body = 2, "换成了另一件事。"
    old = {"decision": "decline", "reason": "这件事不归社区管", "version": "1"}
    stale = street.moderator.post(url, data=old)
    assert (stale.status_code, street.stages()[2]) == (409, Stage.SUBMITTED)
    assert "内容已经被更新" in stale.text
    assert "这件事不归社区管" in stale.text, "what was typed is kept"
    assert "换成了另一件事" in stale.text
    assert 'name="version" type="hidden" value="2"' in stale.text
    without = street.moderator.post(url, data=old | {"version": ""})
    assert without.status_code == 409
    assert street.moderator.post(url, data=old | {"version": "2"}).status_code == 302
    assert street.stages()[2] is Stage.DECLINED
