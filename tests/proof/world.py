"""A round and its ledger made in memory, without the application: what a bulletin is published from.

`World` holds the events as whoever has the database holds them, so that a test can alter any of them and
publish again, with or without signing anew.
"""

import base64
import copy
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from hashlib import sha256
from random import Random
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from deliberate.domain import bulletin as published
from deliberate.domain import count, tally
from deliberate.domain.consent import Answer, Channel, Deed, Record, Standing, standing
from deliberate.domain.ledger import leaf as ledger
from deliberate.domain.ledger import merkle, note
from deliberate.domain.rules import RC80, Electorate, from_data, household_rule, to_data
from tests.proof.checking import steps_of

ORIGIN = "deliberate.test/spring"
ROUND, OTHER_ROUND = "7.1", "6.2"
TIME = "2026-05-01T08:00:00Z"
SHARES = ((4, 5), (4, 5), (9, 10))


def bytes_of(rng: Random) -> bytes:
    return rng.randbytes(32)


class Key:
    """A key that signs heads."""

    def __init__(self, rng: Random) -> None:
        self._private = Ed25519PrivateKey.from_private_bytes(rng.randbytes(32))
        self.public = self._private.public_key().public_bytes_raw()

    @lru_cache(20_000)  # noqa: B019 - there are six keys, and they live as long as the tests
    def note(self, text: str, name: str) -> str:
        """The text with this key's signature; the same text is signed in one way only (RFC 8032)."""
        return note.signed(text, name, self.public, self._private.sign)


@lru_cache(20_000)
def roll_text(slot: str, electorate: str, area: int, secret: bytes) -> str:
    """The leaf of an entry; thousands of trials ask for the same ones."""
    values = {"household": f"room {slot}", "owner": "", "area": str(area), "homes": "1"}
    return ledger.roll_leaf(slot, electorate, values, secret)


@dataclass
class Entry:
    """One entry of the roll."""

    slot: str
    area: int
    secret: bytes
    electorate: str = "household"

    def text(self) -> str:
        return roll_text(self.slot, self.electorate, self.area, self.secret)


@dataclass
class Event:
    """One leaf with everything that opens it."""

    kind: str
    values: dict[str, str]
    salts: list[bytes]
    shown: bool = True
    """Whether it is published with its openings (else only hashed into the tree)."""
    _made: tuple[tuple[str, ...], ledger.Leaf] | None = None

    @property
    def leaf(self) -> ledger.Leaf:
        state = tuple(self.values.values())
        if self._made is None or self._made[0] != state:
            self._made = (state, ledger.make_leaf(self.kind, self.values, self.salts))
        return self._made[1]

    @property
    def hash(self) -> str:
        return self.leaf.hash.hex()

    def openings(self) -> dict[str, list[str]]:
        return {o.name: [base64.b64encode(o.salt).decode(), o.value] for o in self.leaf.openings}


@dataclass
class World:
    """Everything that there is to publish, as the one who holds the database has it."""

    rng: Random
    key: Key
    receipts: Key
    rules: list[dict[str, Any]]
    plan: str
    entries: list[Entry] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    cuts: list[tuple[int, str]] = field(default_factory=list)
    """Sizes at which a head is made, and why."""
    figures: list[dict[str, Any]] = field(default_factory=list)
    kind: published.BulletinKind = published.BulletinKind.FINAL
    seed: str = ""
    """Of the spot check, once the dice were thrown."""
    truth: "tuple[list[published.Head], dict[str, bytes]] | None" = None
    """Heads and folder of a round that nobody alters any more; an altered copy has none."""

    def copy(self) -> "World":
        other = copy.copy(self)
        other.rng, other.truth = Random(self.rng.random()), None
        other.entries = [copy.copy(one) for one in self.entries]
        other.events = [Event(e.kind, dict(e.values), list(e.salts), e.shown, e._made) for e in self.events]
        other.cuts = list(self.cuts)
        other.figures = copy.deepcopy(self.figures)
        other.rules = copy.deepcopy(self.rules)
        return other

    # --- looking

    def of(self, kind: str, round_name: str = ROUND) -> list[Event]:
        return [e for e in self.events if e.kind == kind and e.values["round"] == round_name]

    def at(self, kind: str) -> int:
        """Where the last event of the kind stands."""
        return max(i for i, e in enumerate(self.events) if e.kind == kind and e.values["round"] == ROUND)

    def consents(self) -> list[Event]:
        return self.of("consent")

    def roll_root(self) -> str:
        return merkle.root(merkle.leaf_hash(one.text().encode()) for one in self.entries).hex()

    def tree(self) -> list[bytes]:
        return [event.leaf.hash for event in self.events]

    def standings(self, until: int | None = None) -> dict[str, Standing]:
        """Where each entry stands by the events before a position."""
        before = [(n, e.hash, e.values) for n, e in enumerate(self.events[:until]) if _own_consent(e)]
        ids = {leaf_hash: n for n, leaf_hash, _ in before}
        records: dict[str, list[Record]] = {one.slot: [] for one in self.entries}
        for n, _, v in before:
            older = frozenset(ids.get(one, -1) for one in v["supersedes"].split())
            answer = Answer(v["answer"]) if v["answer"] else None
            made = Record(n, Deed(v["deed"]), answer, Channel(v["channel"]), older, v["late"] == "1")
            records.setdefault(v["slot"], []).append(made)
        return {one.slot: standing(records[one.slot]) for one in self.entries}

    # --- making

    def event(self, kind: str, **values: str) -> Event:
        names = ledger.FIELDS[kind]
        full = {name: values.get(name, "") for name in names}
        full["round"] = values.get("round", ROUND)
        full["time"] = TIME
        return Event(kind, full, [bytes_of(self.rng) for _ in names])

    def consent(self, slot: str, answer: str, deed: str = "answer", **more: str) -> Event:
        values = {
            "plan": self.plan,
            "slot": slot,
            "deed": deed,
            "answer": answer,
            "late": "0",
            "channel": "online",
            "signer": f"secret name of {slot}",
            **more,
        }
        return self.event("consent", **values)

    def insert(self, at: int, event: Event) -> None:
        """Put an event into the tree; heads behind it grow by one."""
        self.events.insert(at, event)
        self.cuts = [(size + (size > at), why) for size, why in self.cuts]

    def remove(self, at: int) -> None:
        """Take an event out of the tree."""
        del self.events[at]
        self.cuts = [(size - (size > at), why) for size, why in self.cuts]

    def count(self, until: int | None = None) -> dict[str, Any]:
        """The sheet that follows from the events before a position."""
        stands = self.standings(until)
        places = tally.count((stands[one.slot], one.area) for one in self.entries)
        answered = sum(s in ("agree", "disagree", "abstain", "contradiction") for s in stands.values())
        return count.figures(
            {Electorate.HOUSEHOLD: places},
            from_data(self.rules),
            {Electorate.HOUSEHOLD: len(self.entries)},
            {Channel.ONLINE: answered},
            count.Forms(),
        )

    def recount(self) -> None:
        """Make sheets, sample and outcome follow from the events again, as a careful insider would."""
        sheets = self.of("sheet")
        self.figures = [self.count(self.events.index(sheet)) for sheet in sheets]
        for event, figures in zip(sheets, self.figures, strict=True):
            event.values["figures"] = ledger.canonical(figures)
        if self.of("check"):
            self._check_again()
        for event in self.of("outcome"):
            event.values["outcome"] = self.figures[-1]["outcome"]
            event.values["tests"] = ledger.canonical(self.figures[-1]["tests"])

    def _check_again(self) -> None:
        """The spot check as it would have gone with these figures and the same dice."""
        steps, old = steps_of(self), self.of("check")
        while len(old) > len(steps):
            self.remove(self.at("check"))
            old.pop()
        while len(old) < len(steps):
            old.append(self.event("check"))
            self.insert(self.at("check") + 1, old[-1])
        for event, (step, data) in zip(self.of("check"), steps, strict=True):
            event.values["step"], event.values["data"] = step, ledger.canonical(data)

    def reroll(self) -> None:
        """Make opening and certificates follow from the roll again."""
        self.entries.sort(key=lambda one: one.slot)
        for event in (*self.of("opening"), *self.of("roll")):
            event.values["roll_root"], event.values["size"] = self.roll_root(), str(len(self.entries))
        for event in self.of("opening"):
            event.values["rules"] = ledger.canonical(self.rules)

    # --- publishing

    def keep(self) -> "World":
        """As it is, for thousands of trials."""
        self.truth = (self.heads(), self.files())
        return self

    def heads(self, key: Key | None = None) -> list[published.Head]:
        if self.truth and key is None:
            return self.truth[0]
        key = key or self.key
        wanted = dict.fromkeys(size for size, _ in self.cuts)
        frontier, roots = merkle.Frontier(), {}
        for size, leaf_hash in enumerate(self.tree(), 1):
            frontier.append(leaf_hash)
            if size in wanted:
                roots[size] = frontier.root
        made = []
        for n, (size, why) in enumerate(self.cuts, 1):
            lines = [f"time {TIME}", f"receipts {base64.b64encode(self.receipts.public).decode()}"]
            lines += self._facts(why)
            text = note.body(note.Checkpoint(ORIGIN, size, roots[size], tuple(lines)))
            made.append(published.Head(size, n, key.note(text, ORIGIN)))
        return made

    def _facts(self, why: str) -> list[str]:
        if why == "opening":
            roll, rules = (
                f"roll {self.roll_root()} {len(self.entries)}",
                ledger.canonical(self.rules).encode(),
            )
            return [f"opening {ROUND}", roll, f"rules {sha256(rules).hexdigest()}", f"plan {self.plan}"]
        if why == "closing":
            return [f"closing {ROUND}", f"sheet {count.digest(self.figures[0])}"]
        if why == "final":
            last = self.figures[-1]
            return [f"final {ROUND}", f"sheet {count.digest(last)}", f"outcome {last['outcome']}"]
        return []

    def bulletin(
        self, key: Key | None = None, heads: list[published.Head] | None = None
    ) -> published.Bulletin:
        signed: dict[str, list[str]] = {}
        for event in self.of("sheet_signature"):
            signed.setdefault(event.values["n"], []).append(event.values["role"])
        done = {e.values["number"]: e.values["decision"] for e in self.of("recheck")}
        return published.Bulletin(
            kind=self.kind,
            origin=ORIGIN,
            round=ROUND,
            plan=self.plan,
            rules=self.rules,
            scope={"kind": "community", "ids": []},
            keys=[(ORIGIN, base64.b64encode((key or self.key).public).decode())],
            roll_size=len(self.entries),
            roll_root=self.roll_root(),
            electorates={"household": len(self.entries), "owner": 0},
            roll=[one.text() for one in self.entries],
            tree=[one.hex() for one in self.tree()],
            events=list(self._shown()),
            heads=self.heads(key) if heads is None else heads,
            sheets=[
                published.Sheet(int(e.values["n"]), figures, signed.get(e.values["n"], []))
                for e, figures in zip(self.of("sheet"), self.figures, strict=True)
            ],
            objections=[
                published.Filed(int(v["number"]), v["ground"], done.get(v["number"]))
                for v in (e.values for e in self.of("objection"))
            ],
            audit=[published.Step(e.values["step"], json.loads(e.values["data"])) for e in self.of("check")],
        )

    def _shown(self) -> Iterator[published.Event]:
        opened_at = self.at("opening")
        for position, event in enumerate(self.events):
            own = event.values["round"] == ROUND
            if event.shown and (own or position >= opened_at):
                openings = published.shown(event.kind, event.openings(), own=own)
                yield published.Event(position, event.leaf.text, openings)

    def files(self, key: Key | None = None, heads: list[published.Head] | None = None) -> dict[str, bytes]:
        """The folder, in memory."""
        if self.truth and key is None and heads is None:
            return dict(self.truth[1])
        return {name: b"".join(parts) for name, parts in published.files(self.bulletin(key, heads))}

    def receipt(self, event: Event) -> bytes:
        """What the household was given for this record."""
        text = f"{ORIGIN}\npromise 1\n{event.hash}\nby 2026-06-30\n"
        name = f"{ORIGIN}/receipts"
        return json.dumps(
            {
                "format": "deliberate/receipt/1",
                "origin": ORIGIN,
                "leaf": event.leaf.text,
                "openings": event.openings(),
                "promise": self.receipts.note(text, name),
            }
        ).encode()


def _own_consent(event: Event) -> bool:
    return event.kind == "consent" and event.values["round"] == ROUND


KEYS = tuple(Key(Random(seed)) for seed in range(6))
"""The first four are heads' keys of communities, then a receipts' key, then an insider's own."""


def make_world(seed: int, households: int = 40, *, batch: int = 20) -> World:
    """A round with changes, withdrawals, contradictions, late papers, an objection and another round beside it."""
    rng = Random(seed)
    num, den = rng.choice(SHARES)
    world = World(
        rng,
        rng.choice(KEYS[:4]),
        KEYS[4],
        to_data([household_rule(num, den) if num != 4 else RC80]),
        rng.randbytes(32).hex(),
    )
    slots = sorted({rng.randbytes(8).hex() for _ in range(households)})
    world.entries = [Entry(slot, rng.randrange(4000, 16000), bytes_of(rng)) for slot in slots]
    world.events = [_foreign(world) for _ in range(rng.randrange(3))]
    for role in ("registrar", "scrutineer"):
        world.events.append(world.event("roll", role=role, account="17"))
    world.events.append(_opening(world))
    world.cuts.append((len(world.events), "opening"))
    waiting = _answers(world) + [_foreign(world) for _ in range(rng.randrange(2, 8))]
    rng.shuffle(waiting)
    for start in range(0, len(waiting), batch):
        world.events += waiting[start : start + batch]
        world.cuts.append((len(world.events), "batch"))
    _closing(world)
    world.reroll()
    world.recount()
    _rest(world)
    world.recount()
    return world


def _foreign(world: World) -> Event:
    """A consent of another round of the community, for another text."""
    return world.consent(
        world.rng.randbytes(8).hex(), "agree", round=OTHER_ROUND, plan=world.rng.randbytes(32).hex()
    )


def _opening(world: World) -> Event:
    return world.event(
        "opening",
        plan=world.plan,
        scope=ledger.canonical({"kind": "community", "ids": []}),
        visibility="sealed",
        answer_until=TIME,
        register_until=TIME,
        settle_until=TIME,
    )


def _answers(world: World) -> list[Event]:
    rng, made = world.rng, []
    for entry in world.entries:
        if (chance := rng.random()) < 0.05:
            continue
        first = world.consent(entry.slot, rng.choices(("agree", "disagree", "abstain"), (90, 6, 4))[0])
        made.append(first)
        if chance < 0.08:
            made.append(world.consent(entry.slot, "disagree", channel="paper"))
        elif chance < 0.12:
            made.append(world.consent(entry.slot, "agree", "change", supersedes=first.hash))
        elif chance < 0.15:
            made.append(world.consent(entry.slot, "", "withdrawal", supersedes=first.hash))
        elif chance < 0.18:
            first.values["late"] = "1"
    return made


def _closing(world: World) -> None:
    world.events += [
        world.event("closing", account="3"),
        world.event("sheet", n="0"),
        world.event("sheet_signature", n="0", role="moderator", account="3"),
    ]
    world.cuts.append((len(world.events), "closing"))
    world.events.append(world.event("sheet_signature", n="0", role="scrutineer", account="4"))
    world.cuts.append((len(world.events), "batch"))


def _rest(world: World) -> None:
    """An objection that is upheld for one household, with its amendment; the outcome."""
    rng = world.rng
    if rng.random() < 0.5:
        stands, consents = world.standings(), world.consents()
        one = rng.choice([e for e in consents if stands[e.values["slot"]] is Standing.AGREE])
        named = {old for e in consents for old in e.values["supersedes"].split()}
        same = [e for e in consents if e.values["slot"] == one.values["slot"] and e.hash not in named]
        older = " ".join(e.hash for e in same)
        world.events += [
            world.event("objection", number="1", slot=one.values["slot"], ground="not_us"),
            world.consent(one.values["slot"], "", "voiding", supersedes=older, reason="secret reason"),
            world.event("recheck", number="1", decision="upheld", account="9"),
            world.event("sheet", n="1"),
            world.event("sheet_signature", n="1", role="moderator", account="3"),
            world.event("sheet_signature", n="1", role="scrutineer", account="4"),
        ]
        world.cuts.append((len(world.events), "batch"))
    world.recount()
    world.seed = "".join(rng.choices("0123456789", k=20))
    for step, data in steps_of(world):
        world.events.append(world.event("check", step=step, data=ledger.canonical(data)))
    world.cuts.append((len(world.events), "batch"))
    world.events.append(world.event("outcome"))
    world.cuts.append((len(world.events), "final"))


def anchored(heads: list[published.Head], key: Key, *, short: bool) -> bytes:
    """What an observer keeps: whole heads; or the key and, read off notices, size and characters."""
    if not short:
        return "\n".join(head.note for head in heads).encode()
    lines = [note.vkey(note.Key(ORIGIN, key.public))]
    for head in heads:
        root = base64.b64decode(head.note.split("\n")[2])
        letters = base64.b32encode(root).decode()[:20]
        lines.append(f"{head.size} {' '.join(letters[i : i + 4] for i in range(0, 20, 4))}")
    return "\n".join(lines).encode()
