"""Whatever an insider alters, the verifier finds it when the heads are anchored (scripts/tamper.py runs more)."""

from random import Random

import pytest

from deliberate.verifier import verify
from tests.proof.tampering import CLASSES, Found, trial, worlds
from tests.proof.world import World, anchored, make_world

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
