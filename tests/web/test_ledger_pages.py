"""核对记录 and its files: what everybody sees, what scripts fetch, what is loud, what a moderator keeps."""

import hashlib
import re
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from deliberate.db import Database
from deliberate.domain.ledger import merkle, note
from deliberate.domain.permissions import Role
from deliberate.models import Account
from deliberate.queries.ledger_proofs import StoredTree
from deliberate.services.signing import verify
from deliberate.verifier import verify as verifier
from deliberate.web.qr import qr_code
from tests import make, pages
from tests.app import SignIn
from tests.make import Clock
from tests.make_ledger import Keeper, cosigned, observer_key

BASE = "/c/zhonghuaxiang/ledger"
DESK = "/c/zhonghuaxiang/desk/ledger"
VKEY = note.vkey(observer_key())


class Town:
    def __init__(self, database: Database, folder: Path, sign_in: SignIn) -> None:
        self.database, self.keeper = database, Keeper(database, folder)
        with database.transaction() as tx:
            community = make.community(tx.session)
            make.community(tx.session, "beimen", "北门社区")
            self.moderator_account: Account = make.staff(tx.session, community, Role.MODERATOR)
            observer = make.staff(tx.session, community, Role.OBSERVER)
        self.community_id = community.id
        self.moderator, self.observer = sign_in(self.moderator_account), sign_in(observer)

    def grow(self, leaves: int = 3) -> None:
        self.keeper.grow(self.community_id, leaves)

    @property
    def code(self) -> str:
        return self.keeper.signed(self.community_id)[-1].code


@pytest.fixture
def town(database: Database, tmp_path: Path, signed_in: SignIn) -> Town:
    return Town(database, tmp_path, signed_in)


def look(client: FlaskClient, url: str = BASE, language: str = "zh-CN") -> str:
    answer = client.get(url, headers={"Accept-Language": language})
    assert answer.status_code == 200, answer.status
    return answer.text


def spoken(html: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", html))


@pytest.mark.parametrize("language", ["zh-CN", "en"])
@pytest.mark.parametrize("state", ["empty", "fresh", "late", "unsigned", "checked"])
def test_the_pages_are_whole_and_speak_one_language(
    town: Town, client: FlaskClient, clock: Clock, state: str, language: str
) -> None:
    if state != "empty":
        town.grow()
        spoken_to = {"Accept-Language": language}
        town.moderator.post(f"{DESK}/observers", data={"vkey": VKEY}, headers=spoken_to)
        town.moderator.post(f"{DESK}/addresses", data={"address": "wang@example.org"}, headers=spoken_to)
    if state == "late":
        clock.forward(days=3)
    if state == "unsigned":
        away = Keeper(town.database, town.keeper.folder, {"signer": "nowhere"})
        away.grow(town.community_id, 2)
    wanted = [(client, BASE), (town.observer, BASE), (town.moderator, DESK)]
    if state == "checked":
        client.post(f"{BASE}/cosign", data=cosigned(town.keeper.signed(town.community_id)[-1]))
        wanted = [
            (client, f"{BASE}?code={town.code}"),
            (client, f"{BASE}?code=A"),
            (client, f"{BASE}/notice/1"),
        ]
    typed = ["wang@example.org", "wang.example/observer", "zhonghuaxiang", f"http://localhost{BASE}"]
    with town.database.reading() as session:
        typed += pages.typed_by_people(session)
    client.application.config["WTF_CSRF_ENABLED"] = True
    for reader, url in wanted:
        html = look(reader, url, language)
        assert pages.faults(html) == [], url
        assert pages.foreign(html, "en" if language == "en" else "zh", typed) == [], url


def test_everybody_reads_the_characters_and_who_holds_them(town: Town, client: FlaskClient) -> None:
    town.grow()
    html = spoken(look(client))
    assert town.code in html
    assert "已签名" in html
    assert "3 条" in html


def test_the_page_is_quiet_when_all_is_well(town: Town, client: FlaskClient) -> None:
    town.grow()
    assert "notice-bad" not in look(client)
    assert "chip-bad" not in look(client)


def test_an_absent_signer_is_said_loudly_and_answers_go_on(town: Town, client: FlaskClient) -> None:
    town.grow()
    Keeper(town.database, town.keeper.folder, {"signer": "nowhere"}).grow(town.community_id, 2)
    html = look(client)
    assert "notice-bad" in html
    assert "签名停了" in html
    assert "意见照常可以提交" in html
    assert town.code in spoken(html), "the last signed head still stands"


def test_an_anchor_that_is_late_is_said_loudly(town: Town, client: FlaskClient, clock: Clock) -> None:
    town.grow()
    clock.forward(hours=25)
    town.keeper.turn()
    html = look(client)
    assert html.count("chip-bad") == 3, "no notice posted, no letter sent, nobody cosigned; the feed is out"
    assert html.count("notice-bad") == 1
    assert "核对码超过一天没有交出去" in html
    desk = look(town.moderator, "/c/zhonghuaxiang/desk/")
    assert "今天有 1 件事等您" in spoken(desk)
    assert "核对码超过一天没有交出去" in desk


def test_characters_on_a_notice_are_checked(town: Town, client: FlaskClient) -> None:
    town.grow()
    first = town.code
    town.grow()
    assert "对得上" in look(client, f"{BASE}?code={first.lower().replace(' ', '')}")
    wrong = ("B" if first[0] == "A" else "A") + first[1:]
    assert "社区没有签过这样的核对码" in look(client, f"{BASE}?code={wrong}")
    assert "社区没有签过这样的核对码" in look(client, f"{BASE}?code=%3Cb%3E")


def test_a_changed_ledger_no_longer_matches_the_notice(town: Town, client: FlaskClient) -> None:
    """Somebody with the database file and no guards changes a leaf that is in the tree."""
    town.grow()
    code = town.code
    with town.database.engine.connect() as raw:
        plain = raw.connection.driver_connection
        assert plain is not None
        plain.set_authorizer(None)
        plain.execute("PRAGMA query_only = OFF")
        for (name,) in plain.execute(
            "SELECT name FROM sqlite_master WHERE tbl_name = 'ledger_leaf' AND type = 'trigger'"
        ).fetchall():
            plain.execute(f"DROP TRIGGER {name}")
        plain.execute(
            "UPDATE ledger_leaf SET leaf_hash = replace(leaf_hash, substr(leaf_hash, 1, 6), 'badbad')"
        )
        plain.commit()
    town.database.dispose()
    assert "现在的记录和那时不一样了" in look(client, f"{BASE}?code={code}")


def test_the_files_are_notes_that_verify(town: Town, client: FlaskClient) -> None:
    town.grow()
    town.grow()
    first, second = town.keeper.signed(town.community_id)
    key = note.parse_vkey(look(client, f"{BASE}/heads/key").strip())
    assert (
        look(client, f"{BASE}/heads/")
        == look(client, f"{BASE}/heads/index")
        == f"{second.file}\n{first.file}\n"
    )
    for name, head in (("latest", second), (first.file, first), ("3.note", first), ("6.note", second)):
        answer = client.get(f"{BASE}/heads/{name}")
        assert answer.mimetype == "text/plain"
        assert note.verify_note(answer.text, [key], verify).body == head.body


@pytest.mark.parametrize(
    "name",
    ["4.note", "3-99.note", "x.note", "-1.note", "3", "²-1.note", "9" * 40 + ".note", "..", "latest.note"],
)
def test_a_file_that_is_not_there(town: Town, client: FlaskClient, name: str) -> None:
    town.grow()
    assert client.get(f"{BASE}/heads/{name}").status_code == 404


def test_a_mirror_fetches_only_what_changed(town: Town, client: FlaskClient) -> None:
    town.grow()
    first = client.get(f"{BASE}/heads/latest")
    known = {"If-None-Match": first.headers["ETag"]}
    assert client.get(f"{BASE}/heads/latest", headers=known).status_code == 304
    town.grow()
    assert client.get(f"{BASE}/heads/latest", headers=known).status_code == 200


def test_unsigned_heads_are_not_published(town: Town, client: FlaskClient) -> None:
    Keeper(town.database, town.keeper.folder, {"signer": "nowhere"}).grow(town.community_id)
    assert client.get(f"{BASE}/heads/latest").status_code == 404
    assert look(client, f"{BASE}/heads/") == ""
    assert client.get(f"{BASE}/notice/1").status_code == 404


def test_consistency_is_proved_between_any_two_sizes(town: Town, client: FlaskClient) -> None:
    town.grow(7)
    for old in range(1, 8):
        said = client.get(f"{BASE}/consistency?from={old}&to=7").get_json()
        proof = [bytes.fromhex(one) for one in said["proof"]]
        with town.database.reading() as session:
            tree = StoredTree(session, town.community_id)
            assert merkle.verify_consistency(old, 7, tree.root(old), tree.root(7), proof)


@pytest.mark.parametrize(
    "question", ["", "from=0&to=3", "from=3&to=2", "from=1&to=4", "from=x&to=3", "from=-1&to=-1"]
)
def test_a_proof_of_nothing_is_refused(town: Town, client: FlaskClient, question: str) -> None:
    town.grow()
    assert client.get(f"{BASE}/consistency?{question}").status_code == 422


def test_a_cosignature_comes_without_session_or_token(town: Town, client: FlaskClient) -> None:
    client.application.config["WTF_CSRF_ENABLED"] = True
    town.grow()
    head = town.keeper.signed(town.community_id)[-1]
    assert client.post(f"{BASE}/cosign", data=cosigned(head)).status_code == 422
    client.application.config["WTF_CSRF_ENABLED"] = False
    town.moderator.post(f"{DESK}/observers", data={"vkey": VKEY})
    client.application.config["WTF_CSRF_ENABLED"] = True
    assert client.post(f"{BASE}/cosign", data=cosigned(head), content_type="text/plain").status_code == 200
    assert "wang.example/observer" in look(client)
    assert "wang.example/observer" in look(client, f"{BASE}/heads/latest")
    assert client.post("/c/beimen/ledger/cosign", data=cosigned(head)).status_code == 422


@pytest.mark.parametrize("body", [b"", b"\xff\xfe", b"x" * 100_000, "— a b\n".encode()])
def test_what_is_no_note_is_refused_in_words(town: Town, client: FlaskClient, body: bytes) -> None:
    answer = client.post(f"{BASE}/cosign", data=body)
    assert answer.status_code == 422
    assert "联署没有收下" in answer.text


def test_the_sheet_for_the_board_has_code_and_qr(town: Town, client: FlaskClient) -> None:
    town.grow()
    html = look(client, f"{BASE}/notice/1")
    assert town.code in spoken(html)
    assert "<svg" in html
    assert "http://localhost/c/zhonghuaxiang/ledger" in html
    for file in ("verify.py", "verify.html"):
        held = hashlib.sha256(Path(verifier.__file__).with_name(file).read_bytes()).hexdigest()
        assert f"<code>{file}</code> <code>{held}</code>" in html
        assert held in look(client)
    assert client.get("/c/beimen/ledger/notice/1").status_code == 404


def test_the_qr_code_is_the_signed_note_however_many_cosigned(town: Town, client: FlaskClient) -> None:
    town.grow()
    head = town.keeper.signed(town.community_id)[-1]
    before = client.get(f"{BASE}/heads/latest").text
    for n in range(20):
        name = f"observer-{n}.example.org/living-in-building-{n}"
        town.moderator.post(f"{DESK}/observers", data={"vkey": note.vkey(observer_key(name))})
        assert client.post(f"{BASE}/cosign", data=cosigned(head, name=name)).status_code == 200
    assert len(client.get(f"{BASE}/heads/latest").text) > 2400
    assert str(qr_code(before)) in look(client, f"{BASE}/notice/1")


def test_an_observer_leaves_an_address(town: Town) -> None:
    assert town.observer.post(f"{BASE}/address", data={"address": "a@example.org"}).status_code == 302
    assert 'value="a@example.org"' in look(town.observer)
    answer = town.observer.post(f"{BASE}/address", data={"address": "what?"})
    assert answer.status_code == 422
    assert "看不懂这个邮箱地址" in answer.text
    assert town.observer.post(f"{BASE}/address", data={"address": ""}).status_code == 302
    assert "a@example.org" not in look(town.observer)


def test_addresses_are_shown_to_no_stranger(town: Town, client: FlaskClient) -> None:
    town.grow()
    town.moderator.post(f"{DESK}/addresses", data={"address": "wang@example.org"})
    town.grow()
    assert "wang@example.org" in look(town.moderator, DESK)
    assert "wang@example.org" not in look(client)


def test_the_moderator_records_the_posted_notice(town: Town, client: FlaskClient, clock: Clock) -> None:
    town.grow()
    clock.forward(hours=2)
    sent = {"board": "2号楼一单元门口", "posted_at": "2026-03-02T11:30"}
    assert town.moderator.post(f"{DESK}/posted/1", data=sent).status_code == 302
    html = spoken(look(client))
    assert "2号楼一单元门口" in html
    assert "2026年3月2日 11:30" in html
    for wrong in ({"posted_at": "2026-03-01T09:00"}, {"posted_at": "2026-03-09T09:00"}, {"board": ""}):
        answer = town.moderator.post(f"{DESK}/posted/1", data=sent | wrong)
        assert answer.status_code == 422
        assert "error-summary" in answer.text


def test_keys_and_addresses_are_kept_at_the_desk(town: Town) -> None:
    assert town.moderator.post(f"{DESK}/observers", data={"vkey": "what?"}).status_code == 422
    assert town.moderator.post(f"{DESK}/observers", data={"vkey": VKEY}).status_code == 302
    assert "wang.example/observer" in look(town.moderator, DESK)
    assert town.moderator.post(f"{DESK}/observers/1/end").status_code == 302
    assert "wang.example/observer" not in look(town.moderator, DESK)
    assert town.moderator.post(f"{DESK}/addresses", data={"address": "a@example.org"}).status_code == 302
    assert town.moderator.post(f"{DESK}/addresses/1/remove").status_code == 302
    assert "a@example.org" not in look(town.moderator, DESK)
    assert town.moderator.post(f"{DESK}/addresses/1/remove").status_code == 404
