"""Whatever an insider alters, the verifier finds it when the heads are anchored (scripts/tamper.py runs more)."""

import base64
import json
from random import Random

import pytest

from deliberate.domain.consent import Standing
from deliberate.verifier import verify
from tests.proof.tampering import CLASSES, INSIDER, Found, trial, with_json, worlds
from tests.proof.world import ORIGIN, World, anchored, make_world

FEW, MORE = 2, 20
APPENDED = [
    f"{name}; signed by the true key"
    for name in (
        "a correction for a silent household after the closing",
        "more corrections after the closing than forms that differed",
        "consents voided after the closing though nobody objected",
        "the no of a contradiction voided after the closing",
        "a consent voided though its objection was not upheld",
        "a record added after the outcome",
        "a second opening, and what was said before it hidden",
        "closed before its time, with silent households",
        "a deadline moved after it had passed",
        "the outcome put on record before the answers",
        "the roll certified after the closing",
        "two objections under one number",
        "a failed verdict, then a confirmed one",
        "the dice thrown a second time",
        "a failed spot check done over",
        "a full recheck ended that was never begun",
        "more differences allowed after the draw",
        "a consent of the sample voided, and the spot check called confirmed",
    )
]


@pytest.fixture(scope="module")
def rounds() -> list[World]:
    return worlds(12, 30)


def found(name: str, rounds: list[World], trials: int) -> Found:
    result = Found()
    for seed in range(trials):
        trial(name, rounds, seed, result)
    return result


def test_there_are_many_classes() -> None:
    assert len(CLASSES) >= 18


@pytest.mark.parametrize("name", CLASSES)
def test_an_alteration_is_found(name: str, rounds: list[World]) -> None:
    assert found(name, rounds, FEW).any == FEW


@pytest.mark.whole
@pytest.mark.parametrize("name", CLASSES)
def test_an_alteration_is_found_again_and_again(name: str, rounds: list[World]) -> None:
    result = found(name, rounds, MORE)
    assert result.any == MORE
    assert result.receipts == result.with_receipts


def test_a_true_round_passes(rounds: list[World]) -> None:
    for n, world in enumerate(rounds):
        kept = [("heads", anchored(world.heads(), world.key, short=n % 2 == 0))]
        receipts = [("receipt", world.receipt(event)) for event in world.consents()[:3]]
        verifier = verify.Verifier(verify.Memory(world.files()), kept, receipts)
        assert verifier.run(), verify.report(verifier, 1)


@pytest.mark.parametrize("name", APPENDED)
def test_what_may_not_follow_is_found_without_any_head_that_was_kept(name: str, rounds: list[World]) -> None:
    """Whoever signs with the true key can add to a ledger, and no head that was kept shows it."""
    result = found(name, rounds, MORE // 4)
    assert result.folder == MORE // 4, result.reasons


@pytest.mark.parametrize("short", [True, False], ids=["the key and characters", "whole heads"])
def test_who_kept_a_key_believes_no_head_that_another_signed(rounds: list[World], short: bool) -> None:
    """All heads that were kept are there, and the forger's own key stands in the bulletin beside the true one."""
    world = rounds[0]
    kept = [head for head in world.heads() if head.size <= world.at("closing")]
    other = world.copy()
    silent = next(slot for slot, stands in world.standings().items() if stands is Standing.SILENT)
    other.insert(other.at("closing"), other.consent(silent, "agree"))
    other.recount()
    later = [head for head in other.heads(INSIDER) if head.size > kept[-1].size]
    files = other.files(heads=[*kept, *later])
    said = json.loads(files["bulletin.json"])
    said["keys"].append({"name": ORIGIN, "public": base64.b64encode(INSIDER.public).decode()})
    files = with_json(files, "bulletin.json", said)
    verifier = verify.Verifier(verify.Memory(files), [("heads", anchored(kept, world.key, short=short))])
    assert not verifier.run()
    assert {one["key"] for one in verifier.results if one["ok"] is False} == {"anchor_other_key"}
    signers = next(one["params"]["key"] for one in verifier.results if one["check"] == "heads")
    assert len(signers.split(", ")) == 2


def test_a_ledger_made_anew_is_found_by_anchored_heads_only(rounds: list[World]) -> None:
    """What the documents say plainly: without heads that somebody kept, the true key can lie."""
    result = found("a record dropped; signed by the true key", rounds, 5)
    assert (result.folder, result.any, result.receipts) == (0, 5, 5)


def test_a_consent_forged_before_the_head_was_anchored_is_not_found() -> None:
    """Also said plainly: that is found by notice, receipt and spot check, not by mathematics."""
    world = make_world(3)
    silent = next(s for s in world.standings() if not any(e.values["slot"] == s for e in world.consents()))
    world.insert(world.at("closing"), world.consent(silent, "agree"))
    world.recount()
    kept = [("heads", anchored(world.heads(), world.key, short=Random(1).random() < 0.5))]
    assert verify.Verifier(verify.Memory(world.files()), kept).run()
