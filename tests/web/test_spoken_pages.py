"""What a screen reader is told of the main pages: landmarks, headings, names, states, and what speaks up by itself."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.town_in_browser import TownInBrowser

PAGES = {
    "stranger": ["/c/{slug}/", "/c/{slug}/matters/6", "/c/{slug}/rounds/1", "/account/letter"],
    "resident": ["/c/{slug}/home/", "/c/{slug}/home/rounds/2", "/c/{slug}/home/propose"],
    "moderator": ["/c/{slug}/desk/", "/c/{slug}/desk/rounds/1", "/c/{slug}/desk/counting"],
    "canvasser": ["/c/{slug}/doors/", "/c/{slug}/doors/10"],
    "scrutineer": ["/c/{slug}/scrutiny/"],
    "registrar": ["/c/{slug}/roll/"],
}
TO_BE_NAMED = {
    "button",
    "link",
    "textbox",
    "combobox",
    "checkbox",
    "radio",
    "spinbutton",
    "searchbox",
    "group",
    "region",
    "navigation",
    "image",
    "table",
    "progressbar",
    "dialog",
}
FOR_LOOKS = {"group"}
"""A group without a name says nothing and is passed over (a `details`, an address)."""


@dataclass
class Spoken:
    """A node of the accessibility tree: what is said of it."""

    role: str
    name: str
    properties: dict[str, Any] = field(default_factory=dict)
    description: str = ""


def heard(page: Page) -> list[Spoken]:
    """All that is not passed over, in the order in which it is read."""
    client = page.context.new_cdp_session(page)
    client.send("Accessibility.enable")
    nodes = client.send("Accessibility.getFullAXTree")["nodes"]
    client.detach()
    return [_spoken(node) for node in _in_order(nodes) if not node.get("ignored")]


def _in_order(nodes: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    by_id = {node["nodeId"]: node for node in nodes}
    waiting = [nodes[0]["nodeId"]]
    while waiting:
        if node := by_id.get(waiting.pop()):
            yield node
            waiting += reversed(node.get("childIds", []))


def _spoken(node: dict[str, Any]) -> Spoken:
    def value(of: str) -> str:
        return str(node.get(of, {}).get("value", "")).strip()

    properties = {one["name"]: one["value"].get("value") for one in node.get("properties", [])}
    return Spoken(value("role"), value("name"), properties, value("description"))


def faults(tree: list[Spoken], title: str) -> Iterator[str]:
    """What somebody who only listens would miss."""
    roles = [one.role for one in tree]
    for landmark in ("banner", "main", "contentinfo"):
        if roles.count(landmark) != 1:
            yield f"{roles.count(landmark)} times {landmark}"
    for one in tree:
        if one.role in TO_BE_NAMED - FOR_LOOKS and not one.name:
            yield f"a {one.role} without a name: {one.properties}"
    first = [one.name for one in tree if one.role == "heading" and one.properties.get("level") == 1]
    if len(first) != 1 or first[0].split(" · ")[0].strip("“”") not in title:
        yield f"the title “{title}” is not that of the page: {first}"
    if not any(one.role == "status" and one.properties.get("live") == "polite" for one in tree):
        yield "nothing speaks up when something was done"


def read(town_in_browser: TownInBrowser, person: str, address: str) -> Page:
    """On a telephone."""
    return town_in_browser.open(town_in_browser.town.people[person], 390, address)


FIRST = {person: PAGES[person][:1] for person in ("resident", "canvasser")}


@pytest.mark.parametrize("pages", [FIRST, pytest.param(PAGES, marks=pytest.mark.whole)], ids=["first", "all"])
def test_the_main_pages_are_told(town_in_browser: TownInBrowser, pages: dict[str, list[str]]) -> None:
    """The first of a telephone and of a tablet in every run, all of them in a whole one."""
    found = []
    for person, addresses in pages.items():
        for address in addresses:
            opened = read(town_in_browser, person, address)
            found += [f"{person} {address}: {fault}" for fault in faults(heard(opened), opened.title())]
    assert not found, "\n".join(found)


def test_the_answer_is_told_in_its_order_and_what_is_missing_speaks_up(
    town_in_browser: TownInBrowser,
) -> None:
    opened = read(town_in_browser, "resident", "/c/{slug}/home/rounds/2")
    tree = heard(opened)
    doors = [one for one in tree if one.role == "radio"]
    assert [one.name.split()[0] for one in doors] == ["同意", "不同意", "弃权"]
    assert [one.properties.get("checked") for one in doors] == ["false"] * 3
    at = tree.index(doors[0])
    assert any(one.role in ("group", "radiogroup") and one.name for one in tree[at - 8 : at])
    assert next(one.name for one in tree[at:] if one.role == "button") == "确认我家的意见"


def test_a_form_says_what_is_wrong_beside_the_field_and_at_the_top(town_in_browser: TownInBrowser) -> None:
    opened = read(town_in_browser, "resident", "/c/{slug}/home/propose")
    opened.evaluate("document.querySelectorAll('main form').forEach((one) => { one.noValidate = true })")
    with opened.expect_navigation():
        opened.click("form[action$='/home/propose'] button")
    tree = heard(opened)
    alert = next(one for one in tree if one.role == "alert")
    wrong = next(one for one in tree if one.role == "textbox" and one.name.startswith("题目"))
    assert tree.index(alert) < tree.index(wrong)
    assert wrong.properties.get("invalid") == "true"
    assert wrong.description
    assert opened.evaluate("document.activeElement.matches('.error-summary')")
