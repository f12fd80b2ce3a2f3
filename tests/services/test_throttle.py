"""Five tries an hour at one secret: counted even when what follows is refused, given back when it was right."""

import pytest

from deliberate.db import Database
from deliberate.domain.errors import TooMany
from deliberate.models import Throttle
from deliberate.services import throttle
from tests.make import CODE_KEY, Clock

HOME = "203.0.113.7"


def count(database: Database, tries: tuple[throttle.Try, ...]) -> None:
    with database.transaction() as tx:
        throttle.count(tx.session, tries, now=tx.now)


def test_the_sixth_try_at_one_secret_is_refused_wherever_it_comes_from(database: Database) -> None:
    for n in range(5):
        count(database, throttle.code_tries(CODE_KEY, f"K7QM-0000-000{n}", f"198.51.100.{n}"))
    with pytest.raises(TooMany):
        count(database, throttle.code_tries(CODE_KEY, "k7qm 9999 9999", "198.51.100.99"))


def test_a_hall_full_of_people_at_one_address_is_not_locked_out_but_a_guesser_there_is(
    database: Database,
) -> None:
    for n in range(100):
        count(database, throttle.code_tries(CODE_KEY, f"{n:04}-0000-0000", HOME))
    with pytest.raises(TooMany):
        count(database, throttle.code_tries(CODE_KEY, "ZZZZ-0000-0000", HOME))


def test_an_hour_later_there_are_five_again(database: Database, clock: Clock) -> None:
    tries = throttle.password_tries(CODE_KEY, "wang", HOME)
    for _ in range(5):
        count(database, tries)
    clock.forward(minutes=59, seconds=59)
    with pytest.raises(TooMany):
        count(database, tries)
    clock.forward(seconds=1)
    count(database, tries)


def test_a_refused_try_does_not_lengthen_the_wait(database: Database, clock: Clock) -> None:
    tries = throttle.password_tries(CODE_KEY, "wang", HOME)
    for _ in range(5):
        count(database, tries)
    for _ in range(3):
        clock.forward(minutes=19)
        with pytest.raises(TooMany):
            count(database, tries)
    clock.forward(minutes=3)
    count(database, tries)


def test_a_right_password_forgets_the_wrong_ones_of_its_name_but_gives_its_place_one_back(
    database: Database,
) -> None:
    tries = throttle.password_tries(CODE_KEY, "wang", HOME)
    for _ in range(4):
        count(database, tries)
    with database.transaction() as tx:
        throttle.give_back(tx.session, tries)
    with database.reading() as session:
        counted = sorted(row.tries for row in session.query(Throttle))
    assert counted == [0, 3]


def test_one_holder_of_an_ipv6_network_is_one_place() -> None:
    one, other, far = (throttle.network(a) for a in ("2001:db8::1", "2001:db8::ffff:1", "2001:db8:0:1::1"))
    assert one == other != far
    assert throttle.network("192.0.2.1") != throttle.network("192.0.2.2")


def test_the_table_tells_neither_who_was_tried_nor_from_where(database: Database) -> None:
    count(database, throttle.password_tries(CODE_KEY, "wang", HOME))
    with database.reading() as session:
        keys = [row.key for row in session.query(Throttle)]
    assert len(keys) == 2
    assert all(len(key) == 64 and "wang" not in key and HOME not in key for key in keys)
