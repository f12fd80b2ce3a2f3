"""Heads: due after every batch, every day, at opening, at closing, with the outcome; signed; handed to others."""

from base64 import b64encode
from datetime import timedelta
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

import pytest

from deliberate.db import Database
from deliberate.domain.consent import Answer
from deliberate.domain.ledger import note
from deliberate.domain.ledger.head import AnchorWay, HeadReason
from deliberate.domain.permissions import Role
from deliberate.migrate import upgrade
from deliberate.models import Anchor, Community, HeadLetter, JournalEntry
from deliberate.queries import heads
from deliberate.queries.ledger_proofs import StoredTree
from deliberate.services import ledger_heads, observers
from deliberate.services.receipts import receipt_key
from deliberate.services.signing import KeySigner, verify
from tests import make, make_count
from tests.make import Clock
from tests.make_ledger import ORIGIN, Keeper, leaf
from tests.make_round import say
from tests.smtp import Smtp


@pytest.fixture
def store(database: Database) -> Database:
    return database


@pytest.fixture
def keeper(store: Database, tmp_path: Path) -> Keeper:
    return Keeper(store, tmp_path)


@pytest.fixture
def community(store: Database) -> Community:
    with store.transaction() as tx:
        return make.community(tx.session)


def whys(keeper: Keeper, community_id: int) -> list[str]:
    return [head.why.value for head in keeper.written(community_id)]


def test_nothing_to_tell_makes_no_head(keeper: Keeper, community: Community, clock: Clock) -> None:
    keeper.turn()
    clock.forward(days=2)
    keeper.turn()
    assert keeper.written(community.id) == []


def test_a_batch_makes_a_signed_head_and_a_second_look_none(keeper: Keeper, community: Community) -> None:
    keeper.grow(community.id, 3)
    keeper.turn()
    keeper.turn()
    (head,) = keeper.signed(community.id)
    assert (head.size, head.why) == (3, HeadReason.BATCH)
    checked = note.verify_note(keeper.note(head), ledger_keys(keeper, community.id), verify)
    said = note.parse_body(checked.body)
    with keeper.store.reading() as session:
        assert said.root == StoredTree(session, community.id).root(3)
    assert said.origin == ORIGIN
    receipts = receipt_key(keeper.folder).public_key().public_bytes_raw()
    assert said.extensions == ("time 2026-03-02T02:00:00Z", f"receipts {b64encode(receipts).decode()}")


def ledger_keys(keeper: Keeper, community_id: int) -> list[note.Key]:
    with keeper.store.reading() as session:
        return ledger_heads.keys_of(session, community_id)


def test_a_day_without_records_has_its_head_too(keeper: Keeper, community: Community, clock: Clock) -> None:
    keeper.grow(community.id)
    clock.forward(hours=13)
    keeper.turn()
    assert whys(keeper, community.id) == ["batch"]
    clock.forward(hours=2)
    keeper.turn()
    keeper.turn()
    assert whys(keeper, community.id) == ["batch", "daily"]
    first, second = keeper.signed(community.id)
    assert first.root == second.root


def test_consents_that_wait_for_company_are_in_no_head(store: Database, keeper: Keeper, clock: Clock) -> None:
    with store.transaction() as tx:
        at = make_count.answered(tx, 30, 3)
    keeper.turn()
    before = keeper.signed(at.community.id)[-1].size
    with store.transaction() as tx:
        say(tx.session, at, at.entries[5], Answer.AGREE, now=tx.now)
    keeper.turn()
    assert keeper.signed(at.community.id)[-1].size == before


def test_a_rewritten_ledger_is_not_signed_and_it_is_written_down(
    store: Database, tmp_path: Path, keeper: Keeper, community: Community, clock: Clock
) -> None:
    """The store of another past, brought in place of the first: same name, other records."""
    keeper.grow(community.id, 5)
    other = Database(f"sqlite:///{tmp_path / 'other.db'}", clock)
    upgrade(other.url)
    with other.transaction() as tx:
        twin = make.community(tx.session)
    rewritten = Keeper(other, tmp_path)
    rewritten.grow(twin.id, 6)
    rewritten.turn()
    assert rewritten.signed(twin.id) == []
    assert "refuses" in rewritten.said[0]
    with other.reading() as session:
        assert heads.overview(session, twin.id, clock()).refused
        refusals = session.query(JournalEntry).filter_by(what="head_refused").all()
    assert [entry.data["fault"] for entry in refusals] == ["unproved"]
    other.dispose()


def test_another_key_signs_only_once_it_is_accepted(
    store: Database, tmp_path: Path, keeper: Keeper, community: Community
) -> None:
    keeper.grow(community.id)
    (tmp_path / "ledger_key").rename(tmp_path / "old_key")
    (tmp_path / "ledger_state").unlink()
    keeper.grow(community.id)
    assert [head.size for head in keeper.signed(community.id)] == [1]
    assert "not accepted" in keeper.said[-1]
    public = KeySigner(tmp_path / "ledger_key", tmp_path / "ledger_state").public()
    with store.transaction() as tx:
        ledger_heads.accept_key(tx.session, community.id, note.Key(ORIGIN, public), now=tx.now)
    keeper.turn()
    first, second = keeper.signed(community.id)
    for head in (first, second):
        note.verify_note(keeper.note(head), ledger_keys(keeper, community.id), verify)
    with store.reading() as session:
        assert heads.keys(session, community.id)[0] == note.vkey(note.Key(ORIGIN, public))


def test_a_signature_that_is_none_is_never_kept(
    store: Database, keeper: Keeper, community: Community
) -> None:
    keeper.grow(community.id)
    head = keeper.written(community.id)[0]
    public = ledger_keys(keeper, community.id)[0].public
    forged = note.sign_note(head.body, ORIGIN, public, lambda _message: b"\1" * 64)
    with pytest.raises(note.BadNote), store.transaction() as tx:
        ledger_heads.keep_signature(tx.session, head.id, forged, public, now=tx.now)


def feed_of(keeper: Keeper) -> dict[str, str]:
    folder = keeper.folder / "feed" / "zhonghuaxiang"
    return {path.name: path.read_text() for path in folder.iterdir()}


def test_the_feed_has_every_head_and_names_the_newest(
    keeper: Keeper, community: Community, clock: Clock
) -> None:
    keeper.grow(community.id, 2)
    keeper.grow(community.id, 3)
    first, second = keeper.signed(community.id)
    files = feed_of(keeper)
    assert files["latest"] == files[second.file] == keeper.note(second)
    assert files["index"] == f"{second.file}\n{first.file}\n"
    key = note.parse_vkey(files["key"].strip())
    assert [note.verify_note(files[head.file], [key], verify).body for head in (first, second)] == [
        first.body,
        second.body,
    ]
    with keeper.store.reading() as session:
        assert heads.anchored(session, community.id, AnchorWay.FEED) == {first.id, second.id}


def letters(keeper: Keeper) -> list[Any]:
    folder = keeper.folder / "outbox"
    found = sorted(folder.iterdir()) if folder.is_dir() else []
    return [message_from_bytes(path.read_bytes(), policy=policy.default) for path in found]


@pytest.fixture
def watched(store: Database, community: Community) -> Community:
    """A community whose moderator put one address on the list."""
    with store.transaction() as tx:
        moderator = make.actor(tx.session, make.staff(tx.session, community, Role.MODERATOR))
        observers.add_address(tx.session, moderator, community.id, "wang@example.org", now=tx.now)
    return community


def test_observers_get_a_letter_a_day_while_there_is_news(
    keeper: Keeper, watched: Community, clock: Clock
) -> None:
    keeper.grow(watched.id)
    keeper.grow(watched.id)
    assert len(letters(keeper)) == 1
    clock.forward(days=1)
    keeper.turn()
    assert len(letters(keeper)) == 2
    clock.forward(days=1)
    keeper.turn()
    keeper.turn()
    assert len(letters(keeper)) == 2


def test_a_letter_says_the_characters_in_two_languages_and_encloses_the_note(
    keeper: Keeper, watched: Community
) -> None:
    keeper.grow(watched.id, 4)
    (letter,) = letters(keeper)
    (head,) = keeper.signed(watched.id)
    assert letter["To"] == "wang@example.org"
    assert head.code in letter["Subject"]
    body = letter.get_body().get_content()
    assert body.count(head.code) == 2
    assert "请留着这封信" in body
    assert "Please keep this letter" in body
    (enclosed,) = letter.iter_attachments()
    assert enclosed.get_filename() == head.file
    assert enclosed.get_content().replace("\r\n", "\n") == keeper.note(head)


def test_a_step_of_a_round_gets_a_letter_of_its_own(store: Database, keeper: Keeper, clock: Clock) -> None:
    with store.transaction() as tx:
        at = make_count.answered(tx, 10, 9, 1)
        moderator = make.actor(tx.session, at.staff.moderator)
        observers.add_address(tx.session, moderator, at.community.id, "wang@example.org", now=tx.now)
    keeper.turn()
    with store.transaction() as tx:
        make_count.closed(at, tx, clock)
    keeper.turn()
    keeper.turn()
    assert len(letters(keeper)) == 2


def test_mail_that_does_not_leave_is_tried_again(
    store: Database, tmp_path: Path, keeper: Keeper, watched: Community, clock: Clock
) -> None:
    broken = Keeper(store, tmp_path, {"smtp_url": "smtp://127.0.0.1:1"})
    broken.grow(watched.id)
    assert "no mail leaves" in broken.said[0]
    with store.reading() as session:
        assert heads.anchored(session, watched.id, AnchorWay.MAIL) == set()
    keeper.turn()
    assert letters(keeper) == []
    clock.forward(minutes=31)
    keeper.turn()
    assert len(letters(keeper)) == 1


def test_an_address_that_takes_no_mail_keeps_nobody_from_theirs_and_brings_nobody_a_second(
    store: Database, tmp_path: Path, watched: Community, clock: Clock, smtp: Smtp
) -> None:
    with store.transaction() as tx:
        moderator = make.actor(tx.session, make.staff(tx.session, watched, Role.MODERATOR))
        gone = observers.add_address(tx.session, moderator, watched.id, "gone@example.org", now=tx.now)
    smtp.refused = {"gone@example.org"}
    keeper = Keeper(store, tmp_path, {"smtp_url": smtp.url})
    keeper.grow(watched.id)
    for _turn in range(5):
        clock.forward(minutes=10)
        keeper.turn()
    assert [message["To"] for message in smtp.taken] == ["wang@example.org"]
    with store.reading() as session:
        (held,) = [one for one in heads.overview(session, watched.id, clock()).holdings if one.way == "mail"]
        assert (held.size, held.detail) == (1, "1")
        (owed,) = session.query(HeadLetter).filter(HeadLetter.sent_at.is_(None))
        assert owed.tries == 2
    with store.transaction() as tx:
        observers.remove_address(tx.session, moderator, watched.id, gone.id, now=tx.now)
    clock.forward(days=1)
    keeper.grow(watched.id)
    assert len(smtp.taken) == 2, "the next day's"


def test_each_way_is_late_a_day_after_what_it_lacks(keeper: Keeper, watched: Community, clock: Clock) -> None:
    def late() -> dict[str, bool]:
        with keeper.store.reading() as session:
            seen = heads.overview(session, watched.id, clock())
        return {one.way.value: one.late for one in seen.holdings}

    keeper.grow(watched.id)
    assert late() == {"notice": False, "mail": False, "feed": False, "observer": False}
    clock.forward(hours=25)
    assert late() == {"notice": True, "mail": False, "feed": False, "observer": True}
    keeper.turn()
    with keeper.store.transaction() as tx:
        moderator = make.actor(tx.session, make.staff(tx.session, watched, Role.MODERATOR))
        head = keeper.signed(watched.id)[-1]
        observers.post_notice(
            tx.session, moderator, watched.id, head.id, "2号楼", head.at, now=tx.now + timedelta(minutes=1)
        )
    assert not late()["notice"]
    clock.forward(days=3)
    assert not late()["notice"], "nothing new: the sheet on the board still says it all"


def test_anchors_are_recorded_once(keeper: Keeper, watched: Community) -> None:
    keeper.grow(watched.id)
    keeper.turn()
    keeper.turn()
    with keeper.store.reading() as session:
        ways = sorted(anchor.way.value for anchor in session.query(Anchor))
    assert ways == ["feed", "mail"]


def test_a_stale_ledger_is_said_to_be(keeper: Keeper, community: Community, clock: Clock) -> None:
    keeper.grow(community.id)
    for hours, stale in ((23, False), (2, True)):
        clock.forward(hours=hours)
        with keeper.store.reading() as session:
            assert heads.overview(session, community.id, clock()).stale is stale


def test_leaves_without_a_place_are_in_no_head(store: Database, keeper: Keeper, community: Community) -> None:
    keeper.grow(community.id, 2)
    with store.transaction() as tx:
        leaf(tx.session, community.id, now=tx.now)
        made = ledger_heads.make_due(
            tx.session, community.id, origin="deliberate.local", receipts=None, now=tx.now
        )
    assert made == []
