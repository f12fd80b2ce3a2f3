"""The six main jobs by keyboard alone: visible focus, logical order, and what each of them costs."""

import pytest
from playwright.sync_api import expect

from deliberate.db import Database
from deliberate.domain.serial import printed
from deliberate.models import Account, Proposal
from tests import make, make_count
from tests.journeys.browser_steps import photo
from tests.journeys.keyboard import HEAD, Cost, Keyboard
from tests.make import Clock
from tests.town_in_browser import TownInBrowser

PHONE, TABLET, DESK = 390, 820, 1366
MOST_TAPS = 29
"""Of all six together: whoever adds a step notices it here."""


def begin(street: TownInBrowser, job: str, account: Account | None, width: int, start: str) -> Keyboard:
    """On the page where the job begins."""
    return Keyboard(street.open(account, width, start), job)


def raise_a_matter(street: TownInBrowser) -> Cost:
    keys = begin(street, "raise a matter", street.town.resident, PHONE, "/c/{slug}/")
    keys.go("a[href$='/home/propose']").write("[name=title]", "修好三号楼的单元门").pick(
        "category", "facilities"
    )
    keys.pick("scope", "community").write("[name=body]", "门关不严，冬天漏风。")
    return keys.go("form[action$='/home/propose'] button").done()


def second(street: TownInBrowser, neighbour: Account, number: int) -> Cost:
    keys = begin(street, "second", neighbour, PHONE, "/c/{slug}/")
    keys.go(f"main a[href$='/matters/{number}']").go("form[action$='/second'] button")
    return keys.done()


def answer(street: TownInBrowser) -> tuple[Cost, str]:
    """From the letter to the receipt; and the code of the receipt."""
    keys = begin(street, "answer for the household", None, PHONE, "/account/letter")
    keys.write("[name=code]", street.town.letter_code).go("form[action='/account/letter'] button")
    keys.go("main .panel-await a.btn").pick("answer", "agree").go("form[action*='/answer'] button")
    code = keys.page.locator(".receipt .code").inner_text()
    return keys.done(), "".join(code.split())


def check(street: TownInBrowser, code: str) -> Cost:
    keys = begin(street, "check my answer", None, PHONE, "/c/{slug}/home/check")
    keys.write("[name=receipt]", code).go("form[action$='/check'] button")
    assert keys.page.locator("form[action$='/check/right']").count() == 1
    return keys.done()


def enter_a_paper(street: TownInBrowser) -> Cost:
    home = street.town.at.homes[10]
    keys = begin(street, "enter a paper consent", street.town.at.staff.canvasser, TABLET, "/c/{slug}/doors/")
    keys.go(f"a[href$='/doors/buildings/{home.building_id}']").go(f"a[href$='/doors/{home.id}']")
    keys.pick("outcome", "answered")
    entry = street.town.at.entries[10].id
    keys.pick(f"answer-{entry}", "agree").write("[name=serial]", printed(9)).write(
        "[name=signer_name]", "阿依努尔"
    )
    keys.pick("relation", "head").hand_over("[name=photo]", photo())  # type: ignore[arg-type]
    return keys.go(".door-actions button").done()


def close_a_round(street: TownInBrowser, number: int) -> Cost:
    keys = begin(street, "close a round", street.town.at.staff.moderator, DESK, "/c/{slug}/desk/")
    keys.go(f"main a[href$='/desk/rounds/{number}/count']").go("main form button")
    keys.go(f"main a[href$='/desk/counting/{number}']")
    return keys.go(f"form[action$='/desk/counting/{number}/close'] button").done()


def test_a_household_answers_and_checks(town_in_browser: TownInBrowser) -> None:
    _cost, code = answer(town_in_browser)
    check(town_in_browser, code)


def test_who_sends_nothing_is_told_by_the_page_in_their_language(town_in_browser: TownInBrowser) -> None:
    keys = begin(town_in_browser, "answer for the household", None, PHONE, "/account/letter")
    keys.write("[name=code]", town_in_browser.town.letter_code).go("form[action='/account/letter'] button")
    keys.go("main .panel-await a.btn").reach("form[action*='/answer'] button").page.keyboard.press("Enter")
    expect(keys.page.locator("[role=alert]")).to_be_focused()
    expect(keys.page.locator("[role=alert]")).to_contain_text("请选一项")


@pytest.mark.whole
def test_the_six_main_jobs(
    town_in_browser: TownInBrowser, database: Database, clock: Clock, capsys: pytest.CaptureFixture[str]
) -> None:
    """All of them; prints what each costs, of which only the machine's seconds vary."""
    with database.transaction() as tx:
        neighbour = make.resident(tx.session, town_in_browser.town.at.homes[10])
        waiting = tx.session.query(Proposal).filter_by(title="院里修无障碍坡道").one().number
    costs = [raise_a_matter(town_in_browser), second(town_in_browser, neighbour, waiting)]
    answered, code = answer(town_in_browser)
    costs += [answered, check(town_in_browser, code), enter_a_paper(town_in_browser)]
    with database.transaction() as tx:
        make_count.over(town_in_browser.town.at, tx, clock)
    costs.append(close_a_round(town_in_browser, town_in_browser.town.at.round.id))
    with capsys.disabled():
        print("\n".join(["", HEAD, *(cost.line() for cost in costs)]))
    assert sum(cost.taps for cost in costs) <= MOST_TAPS
