"""`deliberate worker`: time's own deeds. Counting begins at the deadline, the day's number is published,
leaves enter the ledger, heads are signed and handed out, bulletins written, messages sent."""

import signal
import threading
from types import FrameType

import click

from deliberate.config import Config, read_config
from deliberate.db import Database, Lock
from deliberate.domain.errors import Refusal
from deliberate.logs import begin, say
from deliberate.services import clockwork, ledger_batches, worker_turns

from .bulletin import publish_due
from .heads import Turn
from .letter_printing import Printer
from .news import send_news
from .outgoing import send_due
from .standing_by import turnstile
from .telling import open_store, telling

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
        turns(store, config, stop, once=once)
    say("stopped" if stop.is_set() else "done")


def turns(store: Database, config: Config, stop: threading.Event, *, once: bool) -> None:
    """Turn after turn while it is ours; where another worker is at work, wait for it to be gone."""
    printer, gate, told = Printer(store, config, say), turnstile(store), False
    try:
        while True:
            left, mine = False, gate.mine()
            if mine:
                turn(store, config)
                left = printer.turn()
            elif not told:
                say("another worker is at work; standing by")
            told = not mine
            if once or stop.wait(0 if left else EVERY):
                break
    finally:
        gate.leave()


def turn(store: Database, config: Config) -> None:
    """Everything that is due now."""
    look(store)
    turn_ledgers(store, config)
    publish_due(store, config)
    send_due(store, config, say)
    send_news(store, config, say)
    with store.transaction() as tx:
        worker_turns.took_turn(tx.session, now=tx.now)


def look(store: Database) -> int:
    """One look: each round in a transaction of its own, so that one in trouble holds up no other."""
    with store.reading() as session:
        due = clockwork.due_rounds(session)
        waiting = ledger_batches.waiting_communities(session)
    for round_id in due:
        try:
            with store.transaction(Lock.step(round_id)) as tx:
                clockwork.tick(tx.session, round_id, now=tx.now)
        except Refusal as refusal:
            say(f"round {round_id}: {refusal}")
    for community_id in waiting:
        with store.transaction(Lock.community(community_id)) as tx:
            ledger_batches.place(tx.session, community_id, now=tx.now)
    say(f"looked at {len(due)} open rounds")
    return len(due)


def turn_ledgers(store: Database, config: Config) -> None:
    """Batches, heads, signatures and anchors of every community."""
    Turn(store, config, say).take()
