"""Evenings made by chance of everything that a tablet may deliver, lawful or not; the same seed, the same evening."""

import random
from collections.abc import Callable
from typing import Any

from deliberate.domain.consent import Answer
from deliberate.domain.serial import printed
from tests.make_tablet import Json, Tablet


class Chance:
    """What was sealed so far, and what comes next."""

    def __init__(self, tablet: Tablet, seed: int) -> None:
        self.tablet, self.chance = tablet, random.Random(seed)
        self.sealed: list[Json] = []
        self.serials = iter(range(1, 90))

    def batch(self, size: int) -> list[Any]:
        return [self.one() for _ in range(size)]

    def one(self) -> Any:
        usual: list[Callable[[], Any]] = [self.paper] * 8
        odd = [
            self.nobody,
            self.same_form,
            self.not_ours,
            self.other_text,
            self.nowhere,
            self.promised,
            self.replacing,
            self.correction,
            self.supplement,
            self.proxy,
            self.unsaid,
            self.again,
            self.spoilt,
            self.void,
            self.elsewhere,
            self.poison,
            self.newer,
        ]
        made = self.chance.choice([*usual, *odd])()
        if isinstance(made, dict) and made not in self.sealed:
            self.sealed.append(made)
        return made

    def _entry(self) -> Any:
        return self.chance.choice(self.tablet.at.entries)

    def _answer(self) -> Answer:
        return self.chance.choice(list(Answer))

    def _serial(self) -> int:
        return next(self.serials)

    def _paper(self, number: int, form: Json | None = None, **more: Any) -> Json:
        entry = self._entry()
        signed = {**self.tablet.form({entry: self._answer()}, number), **(form or {})}
        return self.tablet.door(entry.household_id, self.tablet.visit(), [signed], **more)

    def newer(self) -> Json:
        """By a program that is newer than this server."""
        if self.chance.random() < 0.5:
            return self._paper(self._serial(), v=2)
        return self.tablet.door(self._entry().household_id, self.tablet.visit("not_home"), v=2)

    def _earlier(self) -> str:
        return str(self.chance.choice(self.sealed)["record_id"]) if self.sealed else self.tablet.uuid

    def paper(self) -> Json:
        return self._paper(self._serial())

    def nobody(self) -> Json:
        outcome = self.chance.choice(["not_home", "refused", "do_not_visit", "papers_left"])
        return self.tablet.door(self._entry().household_id, self.tablet.visit(outcome))

    def same_form(self) -> Json:
        return self._paper(1)

    def not_ours(self) -> Json:
        return self._paper(9_000)

    def other_text(self) -> Json:
        said = [{"entry_id": self._entry().id, "answer": "agree", "plan_sha256": "0" * 64}]
        return self._paper(self._serial(), {"said": said})

    def nowhere(self) -> Json:
        return self.tablet.door(99_999, self.tablet.visit("not_home"))

    def promised(self) -> Json:
        return self._paper(self._serial(), {"photo_follows": True, "evidence": []})

    def replacing(self) -> Json:
        return self._paper(self._serial(), {"replaces": [printed(self.chance.randint(1, 5))]})

    def correction(self) -> Json:
        more = {"kind": "correction", "supersedes": self._earlier(), "reason": "看错了"}
        return self._paper(self._serial(), **more)

    def supplement(self) -> Json:
        shown = [self.tablet.show("photo", self.chance.randbytes(20))]
        return self.tablet.seal("supplement", about=self._earlier(), serial=printed(2), evidence=shown)

    def proxy(self) -> Json:
        return self._paper(self._serial(), {"relation": "proxy"})

    def unsaid(self) -> Json:
        return self._paper(self._serial(), {"evidence": []})

    def again(self) -> Json:
        return self.chance.choice(self.sealed) if self.sealed else self.paper()

    def spoilt(self) -> Json:
        return {**self.paper(), "sha256": "0" * 64}

    def void(self) -> Json:
        return self.tablet.seal("void", supersedes=self._earlier(), reason="录重了")

    def elsewhere(self) -> Json:
        return self._paper(self._serial(), crew_id=99_999)

    def poison(self) -> Any:
        return self.chance.choice(["nothing of ours", {**self.paper(), "payload": '{"v": 1}'}, 7])
