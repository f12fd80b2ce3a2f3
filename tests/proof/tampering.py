"""What somebody with the database, and perhaps with the signing key, could publish instead of the truth.

Each class alters one round in one way at random and publishes it as well as it can: the count, the sums and, where
it holds a key, the signatures follow. Observers hold the heads of the true ledger, households their receipts.
"""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Any

from deliberate.domain import bulletin as published
from deliberate.domain import spot_check
from deliberate.domain.consent import Standing
from deliberate.domain.ledger import leaf as ledger
from deliberate.domain.rules import household_rule, to_data
from deliberate.verifier import verify
from tests.proof.checking import steps_of
from tests.proof.world import KEYS, OTHER_ROUND, Entry, Event, World, anchored, bytes_of, make_world

INSIDER = KEYS[5]
Files = dict[str, bytes]


class NotHere(Exception):
    """This round has nothing that could be altered so."""


@dataclass(frozen=True)
class Altered:
    """What is published instead, and the records whose households hold receipts of the truth."""

    files: Files
    touched: tuple[Event, ...] = ()


Alter = Callable[[World, Random], Altered]
CLASSES: dict[str, Alter] = {}


def alters(name: str) -> Callable[[Alter], Alter]:
    """Name a class."""

    def keep(function: Alter) -> Alter:
        CLASSES[name] = function
        return function

    return keep


# --- what the insider changes in the ledger itself -----------------------------------------------------------

Change = Callable[[World, Random], tuple[Event, ...]]
SIGNED = ("heads left as they are", "signed by another key", "signed by the true key")


def in_ledger(name: str, *modes: str) -> Callable[[Change], Change]:
    """A change that is published in several ways: what was signed before is left, or signed anew."""

    def keep(change: Change) -> Change:
        for mode in modes or SIGNED:
            CLASSES[f"{name}; {mode}"] = _publishing(change, mode)
        return change

    return keep


def _publishing(change: Change, mode: str) -> Alter:
    def alter(world: World, rng: Random) -> Altered:
        heads = world.heads()
        other = world.copy()
        touched = change(other, rng)
        if mode == SIGNED[0]:
            return Altered(other.files(heads=heads), touched)
        return Altered(other.files(INSIDER if mode == SIGNED[1] else None), touched)

    return alter


def pick(rng: Random, among: list[Any]) -> Any:
    if not among:
        raise NotHere
    return rng.choice(among)


def _before_closing(world: World) -> list[int]:
    closing = world.at("closing")
    return [n for n, e in enumerate(world.events[:closing]) if e in world.consents()]


def _answering(world: World) -> list[Event]:
    """Records that carry an answer and are named by no other."""
    named = {one for e in world.consents() for one in e.values["supersedes"].split()}
    return [e for e in world.consents() if e.values["answer"] and e.hash not in named]


def _true(event: Event) -> Event:
    """The record as its household's receipt has it."""
    return Event(event.kind, dict(event.values), list(event.salts))


@in_ledger("an answer flipped")
def flip(world: World, rng: Random) -> tuple[Event, ...]:
    event = pick(rng, _answering(world))
    truth = _true(event)
    event.values["answer"] = rng.choice(
        [a for a in ("agree", "disagree", "abstain") if a != truth.values["answer"]]
    )
    world.recount()
    return (truth,)


@in_ledger("a record dropped")
def drop(world: World, rng: Random) -> tuple[Event, ...]:
    at = pick(rng, [n for n in _before_closing(world) if world.events[n] in _answering(world)])
    truth = world.events[at]
    world.remove(at)
    world.recount()
    return (truth,)


@in_ledger("the last records before the closing dropped", SIGNED[2])
def drop_tail(world: World, rng: Random) -> tuple[Event, ...]:
    gone = []
    for at in sorted(_before_closing(world)[-rng.randrange(1, 6) :], reverse=True):
        named = {one for e in world.consents() for one in e.values["supersedes"].split()}
        if world.events[at].hash not in named:
            gone.append(world.events[at])
            world.remove(at)
    if not gone:
        raise NotHere
    world.recount()
    return tuple(gone)


@in_ledger("a consent put in for a silent household")
def stuff(world: World, rng: Random) -> tuple[Event, ...]:
    silent = [slot for slot, stands in world.standings().items() if stands is Standing.SILENT]
    at = rng.randrange(world.at("opening") + 1, world.at("closing"))
    world.insert(at, world.consent(pick(rng, silent), "agree"))
    world.recount()
    return ()


@in_ledger("a later consent put over a household's no", SIGNED[2])
def override(world: World, rng: Random) -> tuple[Event, ...]:
    event = pick(rng, [e for e in _answering(world) if e.values["answer"] != "agree"])
    world.insert(
        world.at("closing"), world.consent(event.values["slot"], "agree", "change", supersedes=event.hash)
    )
    world.recount()
    return ()


@in_ledger("two records change places", SIGNED[0], SIGNED[2])
def reorder(world: World, rng: Random) -> tuple[Event, ...]:
    places = _before_closing(world)
    one, two = rng.sample(places, 2)
    world.events[one], world.events[two] = world.events[two], world.events[one]
    return ()


@in_ledger("a consent to another text counted")
def other_text(world: World, rng: Random) -> tuple[Event, ...]:
    event = pick(rng, _answering(world))
    event.values["plan"] = rng.randbytes(32).hex()
    return ()


@in_ledger("the text exchanged after the consents", SIGNED[2])
def bait(world: World, rng: Random) -> tuple[Event, ...]:
    world.plan = rng.randbytes(32).hex()
    world.of("opening")[0].values["plan"] = world.plan
    return ()


@in_ledger("a late paper counted", SIGNED[2])
def unlate(world: World, rng: Random) -> tuple[Event, ...]:
    event = pick(rng, [e for e in world.consents() if e.values["late"] == "1"])
    truth = _true(event)
    event.values["late"] = "0"
    world.recount()
    return (truth,)


@in_ledger("a consent for a slot that is on no roll", SIGNED[2])
def ghost(world: World, rng: Random) -> tuple[Event, ...]:
    world.insert(world.at("closing"), world.consent(rng.randbytes(8).hex(), "agree"))
    return ()


@in_ledger("silent households taken off the roll")
def shrink(world: World, rng: Random) -> tuple[Event, ...]:
    silent = [s for s in world.standings() if not any(e.values["slot"] == s for e in world.consents())]
    gone = set(rng.sample(silent, rng.randrange(1, len(silent) + 1))) if silent else pick(rng, [])
    world.entries = [one for one in world.entries if one.slot not in gone]
    world.reroll()
    world.recount()
    return ()


@in_ledger("households that do not exist put on the roll, and consenting")
def pad(world: World, rng: Random) -> tuple[Event, ...]:
    for _ in range(rng.randrange(1, 5)):
        entry = Entry(rng.randbytes(8).hex(), rng.randrange(4000, 16000), bytes_of(rng))
        world.entries.append(entry)
        world.insert(world.at("closing"), world.consent(entry.slot, "agree"))
    world.reroll()
    world.recount()
    return ()


@in_ledger("the rule lowered under four fifths")
def lower(world: World, rng: Random) -> tuple[Event, ...]:
    num, den = rng.choice(((1, 2), (3, 5), (2, 3), (79, 100)))
    world.rules[0]["tests"][0].update(num=num, den=den)
    world.reroll()
    world.recount()
    return ()


@in_ledger("nine tenths lowered to four fifths", SIGNED[0], SIGNED[2])
def weaken(world: World, rng: Random) -> tuple[Event, ...]:
    if world.rules[0]["tests"][0]["num"] != 9:
        raise NotHere
    world.rules = to_data([household_rule(4, 5)])
    world.reroll()
    world.recount()
    return ()


@in_ledger("another number on the count sheet", SIGNED[2])
def miscount(world: World, rng: Random) -> tuple[Event, ...]:
    figures = world.figures[-1]
    places = figures["electorates"]["household"]
    number = rng.randrange(1, 4)
    if places["silent"]["one"] < number:
        raise NotHere
    places["agree"]["one"] += number
    places["participating"]["one"] += number
    places["silent"]["one"] -= number
    places["no_response"]["one"] -= number
    figures["tests"], figures["outcome"] = verify.judge(world.rules, figures["electorates"])
    world.of("sheet")[-1].values["figures"] = ledger.canonical(figures)
    return ()


@in_ledger("another outcome", SIGNED[2])
def outcome(world: World, rng: Random) -> tuple[Event, ...]:
    event = world.of("outcome")[0]
    words = ["adopted", "rejected", "no_valid_decision"]
    words.remove(event.values["outcome"])
    event.values["outcome"] = rng.choice(words)
    return ()


@in_ledger("one household of the spot check exchanged", SIGNED[2])
def exchange(world: World, rng: Random) -> tuple[Event, ...]:
    draw = pick(rng, [e for e in world.of("check") if e.values["step"] == "draw"])
    data = json.loads(draw.values["data"])
    others = sorted(set(world.standings()) - set(data["slots"]))
    data["slots"][rng.randrange(len(data["slots"]))] = rng.choice(others)
    draw.values["data"] = ledger.canonical(data)
    return ()


@in_ledger("a smaller spot check", SIGNED[2])
def smaller(world: World, rng: Random) -> tuple[Event, ...]:
    pick(rng, [e for e in world.of("check") if e.values["step"] == "draw"])
    plan, draw, verdict = (json.loads(e.values["data"]) for e in world.of("check"))
    if plan["sample"] < 2:
        raise NotHere
    plan["sample"] = verdict["reached"] = rng.randrange(1, plan["sample"])
    draw["slots"] = draw["slots"][: plan["sample"]]
    for event, data in zip(world.of("check"), (plan, draw, verdict), strict=True):
        event.values["data"] = ledger.canonical(data)
    return ()


@in_ledger("a failed spot check called confirmed", SIGNED[2])
def confirm(world: World, rng: Random) -> tuple[Event, ...]:
    verdict = pick(rng, [e for e in world.of("check") if e.values["step"] == "verdict"])
    data = json.loads(verdict.values["data"])
    data["differences"] = rng.randrange(1, data["reached"] + 1)
    verdict.values["data"] = ledger.canonical(data)
    return ()


@in_ledger("the spot check left out", SIGNED[2])
def unchecked(world: World, rng: Random) -> tuple[Event, ...]:
    while world.of("check"):
        world.remove(world.at("check"))
    return ()


@in_ledger("an objection and its recheck left out", SIGNED[2])
def unobject(world: World, rng: Random) -> tuple[Event, ...]:
    pick(rng, world.of("objection"))
    for kind in ("objection", "recheck"):
        world.remove(world.at(kind))
    return ()


@in_ledger("the scrutineer's signature left out", SIGNED[2])
def unsign(world: World, rng: Random) -> tuple[Event, ...]:
    last = world.of("sheet")[-1].values["n"]
    at = [n for n, e in enumerate(world.events) if e in world.of("sheet_signature") and e.values["n"] == last]
    world.remove(next(n for n in at if world.events[n].values["role"] == "scrutineer"))
    return ()


# --- what is added after the closing: everything that was signed before stays as it is ---------------------------


def _check(world: World, step: str, data: dict[str, Any]) -> None:
    """A step of the spot check, just before the outcome."""
    _before_outcome(world, world.event("check", step=step, data=ledger.canonical(data)))


def _before_outcome(world: World, *events: Event) -> None:
    for event in events:
        world.insert(world.at("outcome"), event)


def _stripped(world: World, *steps: str) -> None:
    """The newest steps of the spot check, if they are these, left out."""
    while world.of("check") and world.of("check")[-1].values["step"] in steps:
        world.remove(world.at("check"))


def _amended(world: World) -> None:
    """A sheet that says what the records say now, signed by two, and the outcome that follows."""
    n = str(len(world.of("sheet")))
    roles = ("moderator", "scrutineer")
    signed = [world.event("sheet_signature", n=n, role=role, account="3") for role in roles]
    _before_outcome(world, world.event("sheet", n=n), *signed)
    world.figures.append(world.count())
    world.of("sheet")[-1].values["figures"] = ledger.canonical(world.figures[-1])
    for event in world.of("outcome"):
        event.values["outcome"] = world.figures[-1]["outcome"]
        event.values["tests"] = ledger.canonical(world.figures[-1]["tests"])


def _checked(world: World) -> None:
    """The spot check of the newest sheet, as it would have gone."""
    for step, data in steps_of(world):
        _check(world, step, data)


def _of_standing(world: World, *wanted: Standing) -> list[Event]:
    """Records that carry an answer and stand, of homes that stand so."""
    stands = world.standings()
    after = [e for e in _answering(world) if e.values["late"] == "0"]
    return [e for e in after if stands[e.values["slot"]] in wanted]


def _objected(world: World, voiding: Event, decision: str = "upheld", ground: str = "not_us") -> None:
    number = str(len(world.of("objection")) + 1)
    _before_outcome(
        world,
        world.event("objection", number=number, slot=voiding.values["slot"], ground=ground),
        voiding,
        world.event("recheck", number=number, decision=decision, account="9"),
    )


def _rechecked_with(world: World, *records: Event) -> None:
    """A full recheck that found so much to put right."""
    _stripped(world, "rechecked")
    if not world.of("check") or world.of("check")[-1].values["step"] != "recheck":
        raise NotHere
    _before_outcome(world, *records)
    _amended(world)
    _check(world, "rechecked", {"sheet": len(world.figures), "forms": 9, "differing": len(records)})


@in_ledger("a correction for a silent household after the closing", SIGNED[2])
def correct_silence(world: World, rng: Random) -> tuple[Event, ...]:
    silent = [slot for slot, stands in world.standings().items() if stands is Standing.SILENT]
    _rechecked_with(world, world.consent(pick(rng, silent), "agree", "correction"))
    return ()


@in_ledger("more corrections after the closing than forms that differed", SIGNED[2])
def correct_more(world: World, rng: Random) -> tuple[Event, ...]:
    event = pick(rng, _of_standing(world, Standing.DISAGREE, Standing.ABSTAIN))
    made = world.consent(event.values["slot"], "agree", "correction", supersedes=event.hash)
    _rechecked_with(world, made)
    last = world.of("check")[-1]
    last.values["data"] = ledger.canonical({"sheet": len(world.figures), "forms": 9, "differing": 0})
    if world.of("objection"):
        raise NotHere
    return ()


@in_ledger("consents voided after the closing though nobody objected", SIGNED[2])
def void_unasked(world: World, rng: Random) -> tuple[Event, ...]:
    _stripped(world, "plan", "draw", "verdict", "recheck", "rechecked")
    many = _of_standing(world, Standing.AGREE)
    for event in rng.sample(many, len(many) // 3):
        _before_outcome(world, world.consent(event.values["slot"], "", "voiding", supersedes=event.hash))
    _amended(world)
    _checked(world)
    return ()


@in_ledger("the no of a contradiction voided after the closing", SIGNED[2])
def void_side(world: World, rng: Random) -> tuple[Event, ...]:
    _stripped(world, "plan", "draw", "verdict", "recheck", "rechecked")
    event = pick(
        rng, [e for e in _of_standing(world, Standing.CONTRADICTION) if e.values["answer"] != "agree"]
    )
    _objected(world, world.consent(event.values["slot"], "", "voiding", supersedes=event.hash))
    _amended(world)
    _checked(world)
    return ()


@in_ledger("a consent voided though its objection was not upheld", SIGNED[2])
def void_not_upheld(world: World, rng: Random) -> tuple[Event, ...]:
    _stripped(world, "plan", "draw", "verdict", "recheck", "rechecked")
    event = pick(rng, _of_standing(world, Standing.AGREE))
    voiding = world.consent(event.values["slot"], "", "voiding", supersedes=event.hash)
    decision, ground = rng.choice((("not_upheld", "not_us"), ("upheld", "procedure")))
    _objected(world, voiding, decision, ground)
    _amended(world)
    _checked(world)
    return ()


@in_ledger("a record added after the outcome", SIGNED[2])
def after_outcome(world: World, rng: Random) -> tuple[Event, ...]:
    world.insert(world.at("outcome") + 1, world.event("objection", number="77", ground="procedure"))
    world.insert(world.at("outcome") + 2, world.event("recheck", number="77", decision="not_upheld"))
    world.cuts.append((len(world.events), "batch"))
    return ()


@in_ledger("a second opening, and what was said before it hidden", SIGNED[2])
def reopen(world: World, rng: Random) -> tuple[Event, ...]:
    """The answers of before count as those of another round, which need not be shown before the opening."""
    if world.of("objection"):
        raise NotHere
    opening = world.of("opening")[0]
    again = Event("opening", dict(opening.values), [bytes_of(rng) for _ in opening.salts])
    for event in (opening, *world.consents()):
        event.values["round"], event.shown = OTHER_ROUND, False
    for event in (again, *(world.consent(one.slot, "agree") for one in world.entries)):
        world.insert(world.at("closing"), event)
    _stripped(world, "plan", "draw", "verdict", "recheck", "rechecked")
    world.recount()
    _checked(world)
    return ()


@in_ledger("closed before its time, with silent households", SIGNED[2])
def close_early(world: World, rng: Random) -> tuple[Event, ...]:
    if all(stands in ("agree", "disagree", "abstain") for stands in world.standings().values()):
        raise NotHere
    later = dict.fromkeys(("answer_until", "register_until", "settle_until"), "2026-06-01T16:00:00Z")
    if rng.random() < 0.5:
        world.of("opening")[0].values.update(later)
        return ()
    opening = world.of("opening")[0].values
    opening["time"], until = "2026-04-01T08:00:00Z", opening["answer_until"]
    made = world.event("extension", old_until=until, new_until="2026-06-01T16:00:00Z")
    made.values["time"] = "2026-04-20T08:00:00Z"
    world.insert(world.at("closing"), made)
    return ()


@in_ledger("a deadline moved after it had passed", SIGNED[2])
def extend_late(world: World, rng: Random) -> tuple[Event, ...]:
    until = world.of("opening")[0].values["answer_until"]
    old, new = rng.choice(((until, "2026-06-01T16:00:00Z"), ("2020-01-01T00:00:00Z", "2026-04-01T00:00:00Z")))
    world.insert(world.at("closing"), world.event("extension", old_until=old, new_until=new))
    return ()


@in_ledger("the outcome put on record before the answers", SIGNED[2])
def decide_first(world: World, rng: Random) -> tuple[Event, ...]:
    decided = world.of("outcome")[0]
    world.remove(world.at("outcome"))
    world.insert(world.at("opening") + 1, decided)
    return ()


@in_ledger("the roll certified after the closing", SIGNED[2])
def certify_late(world: World, rng: Random) -> tuple[Event, ...]:
    certificate = rng.choice(world.of("roll"))
    world.remove(world.events.index(certificate))
    _before_outcome(world, certificate)
    return ()


@in_ledger("two objections under one number", SIGNED[2])
def object_twice(world: World, rng: Random) -> tuple[Event, ...]:
    filed = [world.event("objection", number="9", slot=slot, ground="procedure") for slot in "ab"]
    _before_outcome(world, *filed, world.event("recheck", number="9", decision="not_upheld"))
    return ()


def _drawn(world: World, rng: Random) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
    """Plan, draw and verdict of a round with a sample; the verdict is taken out."""
    pick(rng, [e for e in world.of("check") if e.values["step"] == "draw"])
    plan, draw, verdict = (json.loads(e.values["data"]) for e in world.of("check"))
    _stripped(world, "verdict")
    return plan, draw, verdict


def _second_draw(world: World, rng: Random, plan: dict[str, Any]) -> dict[str, Any]:
    wanted = plan["kind"] == "consents"
    frame = [s for s, stands in world.standings().items() if (stands is Standing.AGREE) == wanted]
    seed = "".join(rng.choices("0123456789", k=20))
    return {"seed": seed, "slots": spot_check.in_order(seed, frame)[: plan["sample"]]}


def _failed(verdict: dict[str, Any]) -> dict[str, Any]:
    return {**verdict, "result": "recheck_needed", "differences": verdict["reached"]}


@in_ledger("a failed verdict, then a confirmed one", SIGNED[2])
def judge_again(world: World, rng: Random) -> tuple[Event, ...]:
    _plan, _draw, verdict = _drawn(world, rng)
    _check(world, "verdict", _failed(verdict))
    _check(world, "verdict", verdict)
    return ()


@in_ledger("the dice thrown a second time", SIGNED[2])
def draw_again(world: World, rng: Random) -> tuple[Event, ...]:
    plan, _draw, verdict = _drawn(world, rng)
    _check(world, "draw", _second_draw(world, rng, plan))
    _check(world, "verdict", verdict)
    return ()


@in_ledger("a failed spot check done over", SIGNED[2])
def check_again(world: World, rng: Random) -> tuple[Event, ...]:
    plan, _draw, verdict = _drawn(world, rng)
    _check(world, "verdict", _failed(verdict))
    if rng.random() < 0.5:
        _check(world, "recheck", {"failed": True})
    _check(world, "plan", plan)
    _check(world, "draw", _second_draw(world, rng, plan))
    _check(world, "verdict", verdict)
    return ()


@in_ledger("a full recheck ended that was never begun", SIGNED[2])
def recheck_unbegun(world: World, rng: Random) -> tuple[Event, ...]:
    _stripped(world, "plan", "draw", "verdict", "recheck", "rechecked")
    _check(world, "rechecked", {"sheet": len(world.figures), "forms": 0, "differing": 0})
    return ()


@in_ledger("more differences allowed after the draw", SIGNED[2])
def allow_more(world: World, rng: Random) -> tuple[Event, ...]:
    plan, _draw, verdict = _drawn(world, rng)
    for allowed, limit in ((1, 10), (2, 10), (0, 10)):
        least = verify.least_sample(plan["frame"], plan["wrong"], allowed, limit)
        if least is None or 2 * least > plan["frame"]:
            continue
        few, every = verify.chance(plan["frame"], plan["wrong"], allowed, least)
        more = {"allowed": allowed, "risk_limit": limit, "sample": least, "risk": -(-few * 10000 // every)}
        _check(world, "plan", {**plan, **more})
        _check(world, "verdict", {**verdict, "differences": allowed})
        return ()
    raise NotHere


@in_ledger("a consent of the sample voided, and the spot check called confirmed", SIGNED[2])
def void_drawn(world: World, rng: Random) -> tuple[Event, ...]:
    plan, draw, verdict = _drawn(world, rng)
    if plan["kind"] != "consents":
        raise NotHere
    _check(world, "verdict", verdict)
    event = pick(rng, [e for e in _of_standing(world, Standing.AGREE) if e.values["slot"] in draw["slots"]])
    _objected(world, world.consent(event.values["slot"], "", "voiding", supersedes=event.hash))
    _amended(world)
    _check(world, "verdict", {**verdict, "sheet": len(world.figures)})
    return ()


# --- what is changed in the published files only --------------------------------------------------------------


def sums(files: Files) -> Files:
    """With sums that fit again."""
    rest = {name: data for name, data in files.items() if name != published.SUMS}
    lines = [f"{hashlib.sha256(rest[name]).hexdigest()}  {name}\n" for name in sorted(rest)]
    return {**rest, published.SUMS: "".join(lines).encode()}


def rows(files: Files) -> list[dict[str, Any]]:
    return [json.loads(line) for line in files["events.jsonl"].splitlines()]


def with_rows(files: Files, changed: list[dict[str, Any]]) -> Files:
    return sums({**files, "events.jsonl": "".join(json.dumps(row) + "\n" for row in changed).encode()})


def with_json(files: Files, name: str, value: Any) -> Files:
    return sums({**files, name: json.dumps(value).encode()})


def own_rows(changed: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [row for row in changed if "answer" in row["openings"]]


@alters("an answer flipped in the file of records alone")
def flip_shown(world: World, rng: Random) -> Altered:
    files = world.files()
    changed = rows(files)
    opening = rng.choice([r for r in own_rows(changed) if r["openings"]["answer"][1]])["openings"]["answer"]
    opening[1] = "disagree" if opening[1] == "agree" else "agree"
    return Altered(with_rows(files, changed))


@alters("a record made anew in the file of records alone")
def recommit(world: World, rng: Random) -> Altered:
    other = world.copy()
    event = pick(rng, _answering(other))
    event.values["answer"] = "disagree" if event.values["answer"] == "agree" else "agree"
    other.recount()
    return Altered(sums({**other.files(), "tree.txt": world.files()["tree.txt"]}))


@alters("a record hidden from the file of records")
def hide(world: World, rng: Random) -> Altered:
    other = world.copy()
    event = pick(rng, _answering(other))
    event.shown = False
    files = world.files()
    kept = [row for row in rows(files) if row["leaf"] != event.leaf.text]
    return Altered(with_rows(files, kept), (_true(event),))


@alters("an opening withheld")
def withhold(world: World, rng: Random) -> Altered:
    files = world.files()
    changed = rows(files)
    openings = rng.choice(changed)["openings"]
    del openings[rng.choice(sorted(openings))]
    return Altered(with_rows(files, changed))


@alters("a consent of another round shown as one of this")
def replay(world: World, rng: Random) -> Altered:
    files = world.files()
    changed = rows(files)
    foreign = [row for row in changed if "\nconsent\n" in row["leaf"] and "answer" not in row["openings"]]
    row, model = pick(rng, foreign), rng.choice(own_rows(changed))
    silent = [slot for slot, stands in world.standings().items() if stands is Standing.SILENT]
    row["openings"] = {name: list(value) for name, value in model["openings"].items()}
    row["openings"]["slot"][1] = pick(rng, silent)
    return Altered(with_rows(files, changed))


@alters("a record of this round copied to a second place")
def double(world: World, rng: Random) -> Altered:
    files = world.files()
    changed = rows(files)
    row = rng.choice(own_rows(changed))
    copied = {**row, "position": len(world.events)}
    tree = files["tree.txt"] + world.tree()[row["position"]].hex().encode() + b"\n"
    return Altered(with_rows({**files, "tree.txt": tree}, [*changed, copied]))


@alters("a head hidden")
def hide_head(world: World, rng: Random) -> Altered:
    files = world.files()
    sizes: dict[str, list[str]] = {}
    for name in files:
        if name.startswith("heads/"):
            sizes.setdefault(name[6:].split("-")[0], []).append(name)
    gone = rng.choice(sorted(sizes, key=int)[:-1])
    return Altered(sums({name: data for name, data in files.items() if name not in sizes[gone]}))


@alters("every head signed by another key")
def other_key(world: World, rng: Random) -> Altered:
    return Altered(world.files(INSIDER))


@alters("a signature broken")
def broken(world: World, rng: Random) -> Altered:
    files = world.files()
    name = rng.choice([n for n in files if n.startswith("heads/")])
    text = files[name].decode()
    at = rng.randrange(text.rindex(" ") + 10, len(text) - 6)
    letter = rng.choice([one for one in "ABCDEFGHabcdefgh234567" if one != text[at]])
    return Altered(sums({**files, name: (text[:at] + letter + text[at + 1 :]).encode()}))


@alters("a bulletin from before the last heads")
def stale(world: World, rng: Random) -> Altered:
    other = world.copy()
    cut = next(size for size, why in other.cuts if why == "closing")
    other.events, other.figures = other.events[:cut], other.figures[:1]
    other.cuts = [(size, why) for size, why in other.cuts if size <= cut]
    other.kind = published.BulletinKind.PRELIMINARY
    return Altered(other.files())


@alters("another number in sheet.json alone")
def miscount_shown(world: World, rng: Random) -> Altered:
    files = world.files()
    said = json.loads(files["sheet.json"])
    said["sheets"][-1]["figures"]["electorates"]["household"]["agree"]["one"] += rng.randrange(1, 9)
    return Altered(with_json(files, "sheet.json", said))


@alters("the rule lowered in bulletin.json alone")
def lower_shown(world: World, rng: Random) -> Altered:
    files = world.files()
    said = json.loads(files["bulletin.json"])
    num, den = rng.choice(((1, 2), (3, 5), (79, 100), (17, 20)))
    said["rules"][0]["tests"][0].update(num=num, den=den)
    return Altered(with_json(files, "bulletin.json", said))


@alters("households taken off roll.jsonl alone")
def shrink_shown(world: World, rng: Random) -> Altered:
    files = world.files()
    lines = files["roll.jsonl"].splitlines(keepends=True)
    kept = sorted(rng.sample(range(len(lines)), len(lines) - rng.randrange(1, 5)))
    said = json.loads(files["bulletin.json"])
    said["roll"]["size"] = said["roll"]["electorates"]["household"] = len(kept)
    return Altered(
        with_json({**files, "roll.jsonl": b"".join(lines[n] for n in kept)}, "bulletin.json", said)
    )


@alters("the spot check's seed changed in audit.json alone")
def reseed(world: World, rng: Random) -> Altered:
    files = world.files()
    said = json.loads(files["audit.json"])
    draw = pick(rng, [row for row in said["steps"] if row["step"] == "draw"])
    draw["data"]["seed"] = "".join(rng.choices("0123456789", k=20))
    return Altered(with_json(files, "audit.json", said))


# --- trials ---------------------------------------------------------------------------------------------------


@dataclass
class Found:
    """Of so many trials, how many were found by what."""

    trials: int = 0
    folder: int = 0
    receipts: int = 0
    any: int = 0
    with_receipts: int = 0
    reasons: dict[str, int] | None = None


def worlds(number: int, households: int) -> list[World]:
    """True rounds, all different."""
    return [make_world(seed, households).keep() for seed in range(number)]


def trial(name: str, among: list[World], seed: int, found: Found) -> None:
    """Alter one round once, and let the verifier look at it."""
    rng = Random(f"{name} {seed}")
    while True:
        world = rng.choice(among)
        try:
            altered = CLASSES[name](world, rng)
            break
        except NotHere:
            continue
    kept = [("heads", anchored(world.heads(), world.key, short=rng.random() < 0.5))]
    receipts = [("receipt", world.receipt(event)) for event in altered.touched]
    verifier = verify.Verifier(verify.Memory(altered.files), kept, receipts)
    verifier.run()
    failed = {one["check"]: one["key"] for one in verifier.results if one["ok"] is False}
    found.trials += 1
    found.folder += bool(failed.keys() - {"anchored", "receipt"})
    found.any += bool(failed.keys() - {"receipt"})
    found.with_receipts += bool(altered.touched)
    found.receipts += "receipt" in failed
    found.reasons = found.reasons or {}
    for check, key in failed.items():
        if key != "needs":
            found.reasons[f"{check}: {key}"] = found.reasons.get(f"{check}: {key}", 0) + 1
