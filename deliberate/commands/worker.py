"""`deliberate worker`: time's own deeds. Counting begins at the deadline, the day's number is published,
leaves enter the ledger, heads are signed and handed out, bulletins written, messages sent."""

import signal
import sys
import threading
from types import FrameType

import click

from deliberate.config import Config, read_config
from deliberate.db import Database, Lock
from deliberate.logs import begin, say
from deliberate.services import clockwork, ledger_batches, worker_turns
from deliberate.storage import storage_of

from .bulletin import publish_due
from .exits import REFUSED
from .heads import Turn
from .letter_printing import Printer
from .news import send_news
from .outgoing import send_due
from .post import Post
from .recounting import recount_new
from .standing_by import turnstile
from .telling import open_store, telling
from .troubles import Troubles

EVERY = 60
"""Seconds between two looks at the open rounds."""


@click.command()
@click.option("--once", is_flag=True, help="Look once and leave.")
def worker(once: bool) -> None:
    """Look at every open round once a minute, until stopped."""
    stop = threading.Event()

    def leave(_signal: int, _frame: FrameType | None) -> None:
        stop.set()

    for kind in (signal.SIGTERM, signal.SIGINT):
        signal.signal(kind, leave)
    with telling():
        config = read_config()
    begin(config.log)
    with open_store() as store:
        troubles = turns(store, config, stop, once=once)
    say("stopped" if stop.is_set() else "done")
    if once and troubles:
        sys.exit(REFUSED)


def turns(store: Database, config: Config, stop: threading.Event, *, once: bool) -> int:
    """Turn after turn while it is ours; where another worker is at work, wait for it to be gone.

    How many troubles the last turn had.
    """
    printer, gate, told, troubles = Printer(store, config, say), turnstile(store), False, Troubles()
    try:
        while True:
            left, mine = False, gate.mine()
            if mine:
                troubles = turn(store, config)
                with troubles.net("letters to print"):
                    left = printer.turn(troubles=troubles)
            elif not told:
                say("another worker is at work; standing by")
            told = not mine
            if once or stop.wait(0 if left else EVERY):
                break
    finally:
        gate.leave()
    return troubles.number


def turn(store: Database, config: Config) -> Troubles:
    """Everything that is due now; what goes wrong in one part of it holds up no other."""
    troubles, post = Troubles(), Post(config, say)
    with troubles.net("rounds"):
        look(store, troubles)
    with troubles.net("ledgers"):
        Turn(store, config, say, troubles, post).take()
    with troubles.net("bulletins"):
        publish_due(store, config, troubles)
    with troubles.net("recounting bulletins"):
        recount_new(storage_of(config), troubles)
    with troubles.net("messages"):
        send_due(store, config, say, troubles=troubles, post=post)
    with troubles.net("news"):
        send_news(store, config, say, troubles=troubles, post=post)
    with troubles.net("mail"):
        post.close()
    with troubles.net("the end of the turn"), store.transaction() as tx:
        worker_turns.took_turn(tx.session, troubles.number, now=tx.now)
    return troubles


def look(store: Database, troubles: Troubles | None = None) -> int:
    """One look: each round in a transaction of its own, so that one in trouble holds up no other."""
    troubles = troubles or Troubles()
    with store.reading() as session:
        due = clockwork.due_rounds(session)
        waiting = ledger_batches.waiting_communities(session)
    for round_id in due:
        with troubles.net(f"round {round_id}"), store.transaction(Lock.step(round_id)) as tx:
            clockwork.tick(tx.session, round_id, now=tx.now)
    for community_id in waiting:
        lock = Lock.community(community_id)
        with troubles.net(f"ledger of community {community_id}"), store.transaction(lock) as tx:
            ledger_batches.place(tx.session, community_id, now=tx.now)
    say(f"looked at {len(due)} open rounds")
    return len(due)
