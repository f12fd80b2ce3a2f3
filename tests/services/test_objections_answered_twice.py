"""An objection's answer is written once; a second one is neither kept nor said to be."""

from dataclasses import replace

import pytest

from deliberate.domain.errors import Stale
from deliberate.domain.objection import Finding, ObjectionKind
from deliberate.models import Consent, Objection
from deliberate.services import objections
from tests import make, make_count
from tests.make import Clock
from tests.make_round import KEY
from tests.services.counted_rounds import Begin, moderator

UPHELD = objections.Answer(Finding.UPHELD, "当面核对", "经核对，确实不是您家签字，已作废。")


def test_an_answer_sent_twice_with_other_words_is_not_said_to_be_saved(
    transaction: Begin, clock: Clock
) -> None:
    with transaction() as tx:
        at = make_count.answered(tx, 10, 9)
        make_count.shown(at, tx, clock)
        member = make.actor(tx.session, make.resident(tx.session, at.homes[0]))
        home, kind = at.homes[0].id, ObjectionKind.NOT_US
        made = objections.file_objection(
            tx.session, member, at.round.id, home, kind, "不是我们签的", now=clock.at
        )
        said = replace(UPHELD, voided_consent_id=min(one.id for one in tx.session.query(Consent)))

        def send(answer: objections.Answer) -> Objection:
            actor = moderator(at, tx)
            return objections.answer_objection(tx.session, actor, made.id, answer, key=KEY, now=clock.at)

        send(said)
        assert send(replace(said, reply=f" {said.reply} ")).reply == said.reply
        for other in (
            replace(said, reply="经核对，没有作废。"),
            replace(said, method="电话核对"),
            replace(said, voided_consent_id=None),
            replace(said, finding=Finding.NOT_UPHELD),
        ):
            with pytest.raises(Stale):
                send(other)
        assert (made.finding, made.reply, made.method) == (said.finding, said.reply, said.method)
