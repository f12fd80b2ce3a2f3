"""A canvasser learns that a door has answered, never how (DESIGN §4, rule 11)."""

import re
from collections.abc import Callable

from deliberate.domain.consent import Answer, Standing
from tests import make, make_round
from tests.make_round import say
from tests.walk import Begin, Walk, household_entry


def lasting(page: str) -> str:
    """The page without what differs from one opening to the next."""
    return re.sub(r'name="(request_id|csrf_token)"[^>]*>', "", page)


def pages_of(my: Walk) -> dict[str, str]:
    """Every page that a canvasser can open."""
    home = my.at.homes[0]
    paths = ["", "buildings", f"buildings/{home.building_id}", "search?q=10", "stack?q=10", "papers"]
    paths += [f"plans/{of.round.id}" for of in (my.at, my.also) if of]
    paths += [f"{one.id}{rest}" for one in my.at.homes[:5] for rest in ("", "/paper")]
    return {path: lasting(my.get(path)) for path in paths}


def test_no_page_tells_how_a_door_answered_not_even_that_it_changed_its_mind(
    walk: Callable[..., Walk], transaction: Begin
) -> None:
    my = walk()
    homes = my.at.homes[1:4]
    with transaction() as tx:
        codes = [
            say(tx.session, my.at, my.at.entries[n], answer, now=tx.now)
            for n, answer in zip((1, 2, 3), (Answer.AGREE, Answer.DISAGREE, Answer.ABSTAIN), strict=True)
        ]
    before = pages_of(my)
    assert all("已反馈" in before[f"{home.id}"] for home in homes)
    assert not any("checked" in page for page in before.values())
    assert not any(word in page for page in before.values() for word in ("线上", "意见不一致", "撤回"))
    with transaction() as tx:
        for n, answer in zip((1, 2, 3), (Answer.DISAGREE, Answer.ABSTAIN, Answer.AGREE), strict=True):
            member = make.actor(tx.session, make.resident(tx.session, my.at.homes[n]))
            said = make_round.online(answer, my.at.plan, f"turn-{n}", codes[n - 1])
            make_round.consents.answer_online(
                tx.session, member, my.at.entries[n].id, said, key=make_round.KEY, now=tx.now
            )
    assert pages_of(my) == before
    with transaction() as tx:
        say(tx.session, my.at, my.at.entries[1], Answer.AGREE, now=tx.now)
    assert my.standing(my.at.entries[1].id) is Standing.CONTRADICTION
    assert pages_of(my) == before


def test_a_paper_that_contradicts_is_taken_like_any_other(
    walk: Callable[..., Walk], transaction: Begin
) -> None:
    my = walk()
    same, other = my.at.homes[1:3]
    with transaction() as tx:
        for n in (1, 2):
            say(tx.session, my.at, my.at.entries[n], Answer.AGREE, now=tx.now)
    told = []
    for number, (home, answer) in enumerate(((same, Answer.AGREE), (other, Answer.DISAGREE)), 1):
        my.paper(
            home, number, {household_entry(my.at, home): answer}, paper=True, signed_at="2026-03-02T10:30"
        )
        told.append(re.sub(rf"\b{home.room}\b", "ROOM", lasting(my.get("stack"))))
    assert told[0] == told[1]
    assert my.standing(household_entry(my.at, other)) is Standing.CONTRADICTION
