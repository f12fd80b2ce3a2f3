"""Observers: keys, cosignatures, addresses, and the notice that was posted."""

from datetime import timedelta
from pathlib import Path

import pytest

from deliberate.db import Database
from deliberate.domain.errors import BadInput, NotAllowed, NotFound, Refusal
from deliberate.domain.ledger import note
from deliberate.domain.ledger.head import AnchorWay
from deliberate.domain.permissions import Actor, Role
from deliberate.models import Anchor, Community, HeadSignature, ObserverAddress
from deliberate.queries import heads
from deliberate.queries import observers as asked
from deliberate.services import observers, staff
from deliberate.services.signing import verify
from tests import make
from tests.make import Clock
from tests.make_ledger import Keeper, cosigned, observer_key

VKEY = note.vkey(observer_key())


class Town:
    def __init__(self, database: Database, folder: Path) -> None:
        self.database, self.keeper = database, Keeper(database, folder)
        with database.transaction() as tx:
            self.community: Community = make.community(tx.session)
            self.moderator = make.actor(tx.session, make.staff(tx.session, self.community, Role.MODERATOR))
            self.watcher = make.staff(tx.session, self.community, Role.OBSERVER)
            self.observer: Actor = make.actor(tx.session, self.watcher)
            self.other = make.community(tx.session, "beimen", "北门社区")
        self.keeper.grow(self.community.id, 3)

    @property
    def head(self) -> heads.Head:
        return self.keeper.signed(self.community.id)[-1]

    def register(self, vkey: str = VKEY) -> int:
        with self.database.transaction() as tx:
            return observers.add_key(tx.session, self.moderator, self.community.id, vkey, now=tx.now).id

    def bring(self, text: str) -> str:
        with self.database.transaction() as tx:
            return observers.cosign(tx.session, self.community.id, text, now=tx.now).line

    def addresses(self) -> list[str]:
        with self.database.reading() as session:
            return [one.address for one in asked.to_write_to(session, self.community.id)]

    def leave(self, address: str) -> None:
        with self.database.transaction() as tx:
            observers.leave_address(tx.session, self.observer, self.community.id, address, now=tx.now)


@pytest.fixture
def town(database: Database, tmp_path: Path) -> Town:
    return Town(database, tmp_path)


def test_a_cosignature_is_kept_shown_and_anchors(town: Town) -> None:
    town.register()
    line = town.bring(cosigned(town.head))
    text = town.keeper.note(town.head)
    assert text.endswith(line)
    assert note.verify_note(text, [observer_key()], verify).body == town.head.body
    with town.database.reading() as session:
        assert heads.anchored(session, town.community.id, AnchorWay.OBSERVER) == {town.head.id}


def test_the_logs_own_signature_stands_first(town: Town) -> None:
    town.register()
    town.bring(cosigned(town.head))
    first, second = note.parse_note(town.keeper.note(town.head)).signatures
    assert (first.name, second.name) == ("deliberate.local/zhonghuaxiang", "wang.example/observer")


def test_the_feed_carries_the_cosignature_at_the_next_turn(town: Town) -> None:
    town.register()
    line = town.bring(cosigned(town.head))
    town.keeper.turn()
    assert line in (town.keeper.folder / "feed" / "zhonghuaxiang" / "latest").read_text()


def test_brought_again_it_is_kept_once(town: Town) -> None:
    town.register()
    assert town.bring(cosigned(town.head)) == town.bring(cosigned(town.head, time=1_772_500_000))
    with town.database.reading() as session:
        assert session.query(HeadSignature).filter_by(cosigner=True).count() == 1


@pytest.mark.parametrize(
    "what", ["unknown", "ended", "changed", "other_head", "nonsense", "too_long", "empty"]
)
def test_a_cosignature_that_proves_nothing_is_refused(town: Town, what: str) -> None:
    text = cosigned(town.head)
    if what != "unknown":
        key_id = town.register()
    if what == "ended":
        with town.database.transaction() as tx:
            observers.end_key(tx.session, town.moderator, town.community.id, key_id, now=tx.now)
    text = {
        "changed": text.replace("\n3\n", "\n4\n"),
        "other_head": cosigned(heads.Head(1, 3, "", town.head.why, town.head.at, town.head.body + "x\n")),
        "nonsense": "what?",
        "too_long": text + "x" * 30_000,
        "empty": "",
    }.get(what, text)
    with pytest.raises(observers.BadCosignature):
        town.bring(text)
    with town.database.reading() as session:
        assert session.query(HeadSignature).filter_by(cosigner=True).count() == 0


def test_a_key_of_another_community_cosigns_nothing_here(town: Town) -> None:
    with town.database.transaction() as tx:
        there = make.actor(tx.session, make.staff(tx.session, town.other, Role.MODERATOR))
        observers.add_key(tx.session, there, town.other.id, VKEY, now=tx.now)
    with pytest.raises(observers.BadCosignature):
        town.bring(cosigned(town.head))


@pytest.mark.parametrize(
    "vkey",
    ["", "wang", "a+b+c", VKEY[:-2], VKEY.replace("wang", "weng"), note.vkey(note.Key("log", b"\1" * 32))],
)
def test_what_is_no_observers_key_is_not_registered(town: Town, vkey: str) -> None:
    with pytest.raises(BadInput):
        town.register(vkey)


def test_a_name_belongs_to_one_key_for_good(town: Town) -> None:
    assert town.register() == town.register()
    other = note.vkey(note.Key("wang.example/observer", b"\1" * 32, note.COSIGNATURE))
    with pytest.raises(BadInput):
        town.register(other)
    key_id = town.register()
    with town.database.transaction() as tx:
        observers.end_key(tx.session, town.moderator, town.community.id, key_id, now=tx.now)
    with pytest.raises(BadInput):
        town.register()


def test_an_observer_leaves_changes_and_takes_back_an_address(town: Town) -> None:
    town.leave(" a@example.org ")
    town.leave("a@example.org")
    assert town.addresses() == ["a@example.org"]
    town.leave("b@example.org")
    assert town.addresses() == ["b@example.org"]
    with pytest.raises(BadInput):
        town.leave("not an address")
    assert town.addresses() == ["b@example.org"]
    town.leave("")
    with town.database.reading() as session:
        assert session.query(ObserverAddress).count() == 0


def test_who_observes_no_longer_gets_no_letters(town: Town) -> None:
    town.leave("a@example.org")
    with town.database.transaction() as tx:
        operator = Actor(operator=True)
        staff.revoke(tx.session, operator, town.community.id, town.watcher.id, Role.OBSERVER, now=tx.now)
    assert town.addresses() == []


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "a",
        "a@b",
        "a b@example.org",
        "a@example.org\nBcc: x@example.org",
        "a@example.org,b@example.org",
        "<a@b.cn>",
        "x" * 190 + "@example.org",
    ],
)
def test_what_is_no_address_is_refused(town: Town, typed: str) -> None:
    with pytest.raises(BadInput), town.database.transaction() as tx:
        observers.add_address(tx.session, town.moderator, town.community.id, typed, now=tx.now)


def test_an_address_is_removed_from_the_store(town: Town) -> None:
    with town.database.transaction() as tx:
        made = observers.add_address(
            tx.session, town.moderator, town.community.id, "a@example.org", now=tx.now
        )
        observers.remove_address(tx.session, town.moderator, town.community.id, made.id, now=tx.now)
        with pytest.raises(NotFound):
            observers.remove_address(tx.session, town.moderator, town.community.id, made.id, now=tx.now)
    assert town.addresses() == []


def post(town: Town, clock: Clock, board: str = "2号楼", minutes: float = 0) -> int:
    with town.database.transaction() as tx:
        at = town.head.at + timedelta(minutes=minutes)
        made = observers.post_notice(
            tx.session, town.moderator, town.community.id, town.head.id, board, at, now=tx.now
        )
        return made.id


def test_a_posted_notice_is_recorded_once_a_board(town: Town, clock: Clock) -> None:
    clock.forward(hours=2)
    assert post(town, clock, minutes=60) == post(town, clock, minutes=70)
    assert post(town, clock, "4号楼") != post(town, clock)
    with town.database.reading() as session:
        first = session.query(Anchor).filter_by(way=AnchorWay.NOTICE).first()
        assert first is not None
        assert (first.at, first.detail) == (town.head.at + timedelta(hours=1), "2号楼")


@pytest.mark.parametrize("board, minutes", [("", 0), (" ", 0), ("长" * 81, 0), ("2号楼", -2), ("2号楼", 1)])
def test_a_notice_posted_nowhere_or_at_no_possible_time_is_refused(
    town: Town, clock: Clock, board: str, minutes: float
) -> None:
    with pytest.raises(BadInput):
        post(town, clock, board, minutes)


def test_the_deeds_are_for_moderators_of_here(town: Town) -> None:
    with town.database.transaction() as tx:
        there = make.actor(tx.session, make.staff(tx.session, town.other, Role.MODERATOR))
        here = town.community.id
        for actor in (there, town.observer):
            with pytest.raises(NotAllowed):
                observers.add_key(tx.session, actor, here, VKEY, now=tx.now)
            with pytest.raises(NotAllowed):
                observers.post_notice(tx.session, actor, here, town.head.id, "2号楼", tx.now, now=tx.now)
        with pytest.raises(Refusal):
            observers.post_notice(tx.session, there, town.other.id, town.head.id, "2号楼", tx.now, now=tx.now)
        with pytest.raises(NotAllowed):
            observers.leave_address(tx.session, town.moderator, here, "a@example.org", now=tx.now)
