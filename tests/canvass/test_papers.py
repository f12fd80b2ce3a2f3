"""What stands on a paper is sealed whole, or given up by a person who says so: whatever is tapped, and whenever."""

import json
from typing import Any

import pytest
from playwright.sync_api import expect

from deliberate.domain.serial import printed
from tests.canvass.conftest import Evening
from tests.canvass.oracle import balanced
from tests.canvass.tablet import CAMERA, FULL, Tablet, picture

OWNERS = """m.deed(["doors"], async (tx) => {
  const door = await tx.store.get(given);
  const matters = [...door.matters, { ...door.matters[0], entry_id: 99999, electorate: "owner" }];
  await tx.store.put({ ...door, matters });
})"""

SLOW_DISK = """([name, ms]) => {
  const real = IDBDatabase.prototype.transaction;
  IDBDatabase.prototype.transaction = function (names, mode, more) {
    const tx = real.call(this, names, mode, more);
    if (mode === "readwrite" && [].concat(names).includes(name)) {
      globalThis.writing = true;
      const until = performance.now() + ms;
      const store = tx.objectStore("drafts");
      const spin = () => { if (performance.now() < until) store.get(0).onsuccess = spin; };
      spin();
    }
    return tx;
  };
}"""
"""What is put into the store of this name takes its time to the disk."""

SLOW_EYE = """(ms) => {
  const real = globalThis.createImageBitmap;
  globalThis.createImageBitmap = async (...given) => {
    await new Promise((later) => setTimeout(later, ms));
    return real(...given);
  };
}"""
"""An old tablet: reading a photograph takes its time."""


SLOW_FIRST = """() => {
  const real = globalThis.createImageBitmap;
  globalThis.createImageBitmap = async (...given) => {
    globalThis.createImageBitmap = real;
    await new Promise((later) => setTimeout(later, 1500));
    return real(...given);
  };
}"""
"""The next picture takes its time to be read, and no other."""

TONE = """m.all("draft_evidence").then(async ([piece]) => {
  const shot = await createImageBitmap(new Blob([piece.bytes], { type: piece.mime }));
  const ink = Object.assign(document.createElement("canvas"), { width: 1, height: 1 }).getContext("2d");
  ink.drawImage(shot, 0, 0, 1, 1);
  return ink.getImageData(0, 0, 1, 1).data[0];
})"""


def tone(tablet: Tablet) -> int:
    """How light the one picture of the draft is."""
    found: int = tablet.module("store.js", TONE)
    return found


def sealed(tablet: Tablet) -> dict[str, Any]:
    """The one record of this tablet, as it was sealed."""
    (record,) = tablet.kept("records")
    found: dict[str, Any] = json.loads(str(record["payload"]))
    return found


def paper(tablet: Tablet) -> dict[str, Any]:
    """The household's paper as it is on the disk."""
    (draft,) = tablet.kept("drafts")
    found: dict[str, Any] = draft["papers"]["household"]  # type: ignore[index]
    return found


def test_another_outcome_never_takes_a_signed_paper_with_it(evening: Evening, tablet: Tablet) -> None:
    """It is given up by name, or the outcome is what the paper says."""
    tablet.signal(False)
    tablet.paper_at(evening.home(0), {evening.entry(0): "agree"}, 1)
    tablet.signed()
    tablet.outcome("refused")
    tablet.page.click("#seal")
    expect(tablet.page.locator("[data-field='outcome'] .fault")).to_contain_text("这里已经有填了的意见表")
    assert tablet.kept("records") == []
    assert len(tablet.kept("draft_evidence")) == 2
    tablet.page.click("[data-left-out='household'] [data-do='void']")
    expect(tablet.page.locator("dialog")).to_contain_text("屏幕签名")
    tablet.page.click("dialog [data-do='no']")
    assert len(tablet.kept("draft_evidence")) == 2
    tablet.page.click("[data-left-out='household'] [data-do='void']")
    tablet.sure()
    expect(tablet.page.locator("[data-left-out]")).to_have_count(0)
    assert tablet.kept("draft_evidence") == []
    tablet.seal()
    assert (sealed(tablet)["visit"]["outcome"], sealed(tablet)["forms"]) == ("refused", [])
    balanced(evening, tablet, 1)


@pytest.mark.whole
def test_a_paper_without_an_answer_is_asked_about(evening: Evening, tablet: Tablet) -> None:
    tablet.signal(False)
    tablet.module("store.js", OWNERS, evening.home(0))
    tablet.paper_at(evening.home(0), {evening.entry(0): "agree"}, 1)
    tablet.photograph()
    tablet.page.fill("#owner-serial", printed(2))
    tablet.page.set_input_files("#owner-photo-file", picture(tone="beige"))
    expect(tablet.page.locator(".likeness")).to_have_count(2)
    tablet.page.click("#seal")
    expect(tablet.page.locator("[data-field='owner-answers'] .fault")).to_contain_text("这张表还没有填意见")
    assert tablet.kept("records") == []
    tablet.page.check("#answer-99999-disagree")
    tablet.page.fill("#owner-signer_name", "阿依古丽·买买提")
    tablet.page.check("#owner-relation-owner")
    tablet.seal()
    assert [form["serial"] for form in sealed(tablet)["forms"]] == [printed(1), printed(2)]
    assert len(tablet.kept("evidence")) == 2


@pytest.mark.whole
def test_what_the_server_refuses_of_two_papers_is_asked_about_at_the_door(
    evening: Evening, tablet: Tablet
) -> None:
    """No tenant answers for the owner, and each paper has a number of its own."""
    tablet.signal(False)
    tablet.module("store.js", OWNERS, evening.home(0))
    tablet.paper_at(evening.home(0), {evening.entry(0): "agree", 99999: "disagree"}, 1)
    tablet.photograph()
    tablet.page.fill("#owner-serial", printed(1))
    tablet.page.fill("#owner-signer_name", "阿依古丽·买买提")
    tablet.page.check("#household-relation-tenant")
    expect(tablet.page.locator("#owner-relation-head")).to_be_visible()
    expect(tablet.page.locator("#owner-relation-tenant")).to_have_count(0)
    tablet.page.check("#owner-relation-owner")
    tablet.page.set_input_files("#owner-photo-file", picture(tone="beige"))
    expect(tablet.page.locator(".likeness")).to_have_count(2)
    tablet.page.click("#seal")
    for voice in ("household", "owner"):
        expect(tablet.page.locator(f"[data-field='{voice}-serial'] .fault")).to_contain_text("同一个表号")
    tablet.page.fill("#owner-serial", printed(2))
    tablet.page.click("#back")
    tablet.page.wait_for_selector(".door-card")
    tenant = """m.deed(["drafts"], async (tx) => {
      const draft = await tx.store.get(given);
      draft.papers.owner.relation = "tenant";
      await tx.store.put(draft);
    })"""
    tablet.module("store.js", tenant, evening.home(0))
    tablet.at_door(evening.home(0))
    tablet.page.click("#seal")
    expect(tablet.page.locator("[data-field='owner-relation'] .fault")).to_contain_text("不能由租户填写")
    assert tablet.kept("records") == []
    tablet.page.check("#owner-relation-owner")
    tablet.seal()
    assert [form["serial"] for form in sealed(tablet)["forms"]] == [printed(1), printed(2)]


@pytest.mark.whole
def test_a_paper_whose_matter_has_left_the_walk_is_given_up_by_name(evening: Evening, tablet: Tablet) -> None:
    tablet.signal(False)
    tablet.module("store.js", OWNERS, evening.home(0))
    tablet.paper_at(evening.home(0), {evening.entry(0): "agree"}, 1)
    tablet.photograph()
    tablet.page.fill("#owner-serial", printed(2))
    tablet.page.click("#back")
    tablet.page.wait_for_selector(".door-card")
    gone = OWNERS.replace("[...door.matters, {", "door.matters.slice(0, 1), gone = [{")
    tablet.module("store.js", gone, evening.home(0))
    tablet.at_door(evening.home(0))
    tablet.page.click("#seal")
    expect(tablet.page.locator("[data-field='left-out'] .fault")).to_be_visible()
    tablet.page.click("[data-left-out='owner'] [data-do='void']")
    tablet.sure()
    expect(tablet.page.locator("[data-left-out]")).to_have_count(0)
    tablet.seal()
    assert [form["serial"] for form in sealed(tablet)["forms"]] == [printed(1)]


@pytest.mark.whole
def test_no_piece_of_a_paper_goes_with_its_draft(evening: Evening, tablet: Tablet) -> None:
    """Whatever a page would seal: the store itself refuses a record that leaves a photograph out."""
    tablet.signal(False)
    tablet.paper_at(evening.home(0), {evening.entry(0): "agree"}, 1)
    tablet.photograph()
    tablet.page.click("#back")
    tablet.page.wait_for_selector(".door-card")
    said = tablet.module(
        "seal.js",
        """m.seal({kind: "door", household_id: given, drafted: true, declared: []}, {forms: []})
             .then(() => "sealed", (fault) => fault instanceof m.PieceLeftOut)""",
        evening.home(0),
    )
    assert said is True
    assert (len(tablet.kept("drafts")), len(tablet.kept("draft_evidence")), tablet.kept("records")) == (
        1,
        1,
        [],
    )


@pytest.mark.whole
def test_what_is_tapped_while_a_picture_is_kept_stays(evening: Evening, tablet: Tablet) -> None:
    tablet.signal(False)
    tablet.paper_at(evening.home(0), {evening.entry(0): "agree"}, 1)
    tablet.page.evaluate(SLOW_DISK, ["draft_evidence", 600])
    tablet.page.set_input_files("#household-photo-file", picture())
    tablet.until("globalThis.writing")
    tablet.page.fill("#household-signer_name", "努尔兰·哈森")
    tablet.page.check(f"#answer-{evening.entry(0)}-disagree")
    expect(tablet.page.locator(".likeness")).to_have_count(1)
    tablet.seal()
    (form,) = sealed(tablet)["forms"]
    assert (form["signer_name"], form["said"][0]["answer"]) == ("努尔兰·哈森", "disagree")
    assert len(form["evidence"]) == 1


@pytest.mark.whole
def test_a_picture_that_cannot_be_kept_takes_nothing_else_with_it(evening: Evening, tablet: Tablet) -> None:
    tablet.signal(False)
    tablet.paper_at(evening.home(0), {evening.entry(0): "agree"}, 1)
    tablet.photograph()
    before = paper(tablet)["evidence"]
    tablet.page.evaluate(SLOW_EYE, 500)
    tablet.page.evaluate(FULL, [["draft_evidence"], "QuotaExceededError"])
    tablet.page.set_input_files("#household-photo-file", picture(tone="snow"))
    tablet.page.fill("#household-signer_name", "努尔兰·哈森")
    expect(tablet.page.locator(".notice-bad").first).to_contain_text("平板的空间满了")
    assert paper(tablet)["signer_name"] == "努尔兰·哈森"
    assert paper(tablet)["evidence"] == before
    tablet.seal()
    (form,) = sealed(tablet)["forms"]
    assert form["evidence"][0]["sha256"] == before["photo"]["sha256"]


@pytest.mark.whole
def test_a_signature_that_cannot_be_kept_is_told(evening: Evening, tablet: Tablet) -> None:
    tablet.signal(False)
    tablet.paper_at(evening.home(0), {evening.entry(0): "agree"}, 1)
    tablet.page.evaluate(FULL, [["draft_evidence"], "QuotaExceededError"])
    tablet.sign()
    tablet.page.click("dialog .btn-main")
    expect(tablet.page.locator(".notice-bad").first).to_contain_text("平板的空间满了")
    assert (tablet.kept("draft_evidence"), paper(tablet)["evidence"]) == ([], {})
    tablet.page.evaluate("globalThis.fullStores = []")
    tablet.signed()
    tablet.seal()
    assert len(sealed(tablet)["forms"][0]["evidence"]) == 2


@pytest.mark.whole
def test_a_signature_that_waits_for_the_disk_stands_for_no_other_answer(
    evening: Evening, tablet: Tablet
) -> None:
    tablet.signal(False)
    tablet.paper_at(evening.home(0), {evening.entry(0): "agree"}, 1)
    tablet.page.evaluate(SLOW_DISK, ["drafts", 3000])
    tablet.page.fill("#household-signer_name", "努尔兰·哈森")
    tablet.sign()
    tablet.page.click("dialog .btn-main")
    expect(tablet.page.locator("dialog")).to_have_count(0)
    tablet.page.check(f"#answer-{evening.entry(0)}-disagree")
    expect(tablet.page.locator("#news")).to_contain_text("意见改了，请住户在屏幕上重新签名")
    expect(tablet.page.locator("#seal")).to_be_enabled()
    tablet.page.click("#seal")
    expect(tablet.page.locator("[data-field='household-evidence'] .fault")).to_be_visible()
    assert tablet.kept("draft_evidence") == []


@pytest.mark.whole
def test_a_written_authority_is_no_photograph_of_the_paper(evening: Evening, tablet: Tablet) -> None:
    tablet.signal(False)
    tablet.paper_at(evening.home(0), {evening.entry(0): "agree"}, 1)
    tablet.page.check("#household-later")
    tablet.page.check("#household-relation-proxy")
    tablet.page.set_input_files("#household-authority-file", picture())
    expect(tablet.page.locator(".likeness")).to_have_count(1)
    expect(tablet.page.locator("#household-later")).to_be_checked()
    tablet.seal()
    assert sealed(tablet)["forms"][0]["photo_follows"] is True


@pytest.mark.whole
def test_nothing_is_saved_while_a_photograph_is_still_read(evening: Evening, tablet: Tablet) -> None:
    tablet.signal(False)
    tablet.paper_at(evening.home(0), {evening.entry(0): "agree"}, 1)
    tablet.photograph()
    old = paper(tablet)["evidence"]["photo"]["sha256"]
    tablet.page.evaluate(SLOW_EYE, 600)
    tablet.page.set_input_files("#household-photo-file", picture(tone="snow"))
    expect(tablet.page.locator("#seal")).to_be_disabled()
    expect(tablet.page.locator("#finish")).to_contain_text("照片正在保存")
    tablet.seal()
    (piece,) = sealed(tablet)["forms"][0]["evidence"]
    assert piece["sha256"] != old
    tablet.page.wait_for_timeout(800)
    assert (tablet.kept("drafts"), tablet.kept("draft_evidence")) == ([], [])


@pytest.mark.whole
@pytest.mark.parametrize("thrown_away", [False, True])
def test_a_photograph_comes_to_no_door_that_was_left(
    evening: Evening, tablet: Tablet, thrown_away: bool
) -> None:
    tablet.signal(False)
    tablet.paper_at(evening.home(0), {evening.entry(0): "agree"}, 1)
    tablet.page.evaluate(SLOW_EYE, 2500)
    tablet.page.set_input_files("#household-photo-file", picture())
    if thrown_away:
        tablet.page.click("text=这一户不登记了")
        tablet.sure()
    else:
        tablet.page.click("#back")
    tablet.page.wait_for_selector(".door-card")
    expect(tablet.page.locator("#news .notice-bad")).to_contain_text("这张照片没有留下")
    assert len(tablet.kept("drafts")) == (0 if thrown_away else 1)
    assert tablet.kept("draft_evidence") == []


@pytest.mark.whole
def test_a_paper_is_given_up_only_after_its_photograph_has_come(evening: Evening, tablet: Tablet) -> None:
    """Else the next paper would be sealed with the photograph of the one before."""
    tablet.signal(False)
    tablet.paper_at(evening.home(0), {evening.entry(0): "agree"}, 1)
    tablet.page.evaluate(SLOW_EYE, 2000)
    tablet.page.set_input_files("#household-photo-file", picture())
    tablet.page.click("[data-voice='household'] [data-do='void']")
    expect(tablet.page.locator("#news")).to_contain_text("照片正在保存")
    expect(tablet.page.locator("dialog")).to_have_count(0)
    expect(tablet.page.locator(".likeness")).to_have_count(1)
    tablet.page.click("[data-voice='household'] [data-do='void']")
    expect(tablet.page.locator("dialog")).to_contain_text("意见表照片")
    tablet.sure()
    expect(tablet.page.locator(".likeness")).to_have_count(0)
    assert (tablet.kept("draft_evidence"), paper(tablet)["evidence"]) == ([], {})


def test_a_second_tap_throws_nothing_away(evening: Evening, tablet: Tablet) -> None:
    tablet.signal(False)
    tablet.paper_at(evening.home(0), {evening.entry(0): "agree"}, 1)
    tablet.signed()
    tablet.page.locator("text=这一户不登记了").scroll_into_view_if_needed()
    touched = tablet.page.locator("text=这一户不登记了").bounding_box()
    tablet.page.locator("text=这一户不登记了").dblclick(delay=60)
    expect(tablet.page.locator("dialog")).to_contain_text("屏幕签名")
    answer = tablet.page.locator("dialog [data-do='yes']").bounding_box()
    assert touched
    assert answer
    assert abs(touched["y"] - answer["y"]) > answer["height"]
    assert (len(tablet.kept("drafts")), len(tablet.kept("draft_evidence"))) == (1, 2)
    tablet.page.click("dialog [data-do='no']")
    tablet.page.click("text=这一户不登记了")
    tablet.sure()
    tablet.page.wait_for_selector(".door-card")
    assert (tablet.kept("drafts"), tablet.kept("draft_evidence")) == ([], [])


GONE = {
    "walk": """m.deed(["doors"], (tx) => tx.store.delete(given))""",
    "withdrawn": """m.deed(["doors", "rounds"], async (tx) => {
      await tx.objectStore("doors").delete(given);
      await tx.objectStore("rounds").clear();
    })""",
    "matter": """m.deed(["doors"], async (tx) => {
      const door = await tx.store.get(given);
      await tx.store.put({ ...door, matters: door.matters.filter((one) => one.entry_id !== 99999) });
    })""",
}
"""What may come down while a door is open at which nothing was touched."""


@pytest.mark.parametrize(
    "how", ["walk", *(pytest.param(how, marks=pytest.mark.whole) for how in ("withdrawn", "matter"))]
)
def test_a_draft_is_reached_again_though_its_door_left_the_walk_under_it(
    evening: Evening, tablet: Tablet, how: str
) -> None:
    tablet.signal(False)
    answers = {evening.entry(0): "agree"}
    if how == "matter":
        added = OWNERS.replace('"owner"', '"household"')
        tablet.module("store.js", added, evening.home(0))
        answers[99999] = "disagree"
    tablet.at_door(evening.home(0))
    tablet.module("store.js", GONE[how], evening.home(0))
    tablet.outcome("answered")
    tablet.explain()
    tablet.fill_paper(answers, 1)
    tablet.photograph()
    tablet.page.click("#back")
    tablet.page.wait_for_selector(".door-card")
    tablet.at_door(evening.home(0))
    expect(tablet.page.locator(".likeness")).to_have_count(1)
    tablet.seal()
    (form,) = sealed(tablet)["forms"]
    assert {one["entry_id"]: one["answer"] for one in form["said"]} == answers


def shut(tablet: Tablet, home: int, **how: object) -> None:
    """Nobody may knock at this door any more; its draft waits."""
    tablet.page.click("#back")
    tablet.page.wait_for_selector(".door-card")
    put = """m.deed(["doors"], async (tx) => {
      await tx.store.put({ ...(await tx.store.get(given.home)), ...given.how });
    })"""
    tablet.module("store.js", put, {"home": home, "how": how})
    tablet.go_list()
    tablet.page.click(f"[data-door='{home}']")


@pytest.mark.whole
def test_a_draft_at_a_door_where_nobody_knocks_any_more_is_saved(evening: Evening, tablet: Tablet) -> None:
    tablet.paper_at(evening.home(0), {evening.entry(0): "agree"}, 1)
    tablet.signed()
    shut(tablet, evening.home(0), unwelcome="asked_not_to")
    expect(tablet.page.locator(".notice-await").first).to_contain_text("请不要再敲这一户的门")
    tablet.seal()
    tablet.insist(made=1, delivered=1)
    assert [record.verdict.value for record in evening.records()] == ["accepted"]
    balanced(evening, tablet, 1)


@pytest.mark.whole
def test_a_paper_signed_before_the_door_was_shut_is_registered_as_handed_in(
    evening: Evening, tablet: Tablet
) -> None:
    tablet.paper_at(evening.home(0), {evening.entry(0): "agree"}, 1)
    tablet.signed()
    wall = str(paper(tablet)["signed_wall"])
    shut(tablet, evening.home(0), unwelcome="often_enough")
    tablet.page.click("text=登记交来的意见表")
    expect(tablet.page.locator("#household-signed_at")).to_have_value(wall[:16])
    tablet.seal()
    record = sealed(tablet)
    assert (record["mode"], record["visit"]) == ("desk", None)
    assert record["forms"][0]["signed_at"] == f"{wall[:16]}:00+08:00"
    assert len(record["forms"][0]["evidence"]) == 2
    balanced(evening, tablet, 1)


@pytest.mark.whole
def test_a_tap_on_papers_handed_in_takes_no_visit_away(evening: Evening, tablet: Tablet) -> None:
    """Until something is entered there; without a paper nobody is asked for another outcome."""
    tablet.signal(False)
    tablet.at_door(evening.home(0))
    tablet.outcome("refused")
    shut(tablet, evening.home(0), unwelcome="often_enough")
    tablet.page.click("text=登记交来的意见表")
    tablet.page.wait_for_selector("#household-signed_at")
    tablet.page.click("#seal")
    expect(tablet.page.locator("[data-field='household-answers'] .fault, .fault").first).to_contain_text(
        "没有交来意见表的，请按“名单”回去"
    )
    tablet.page.click("#back")
    tablet.page.wait_for_selector(".door-card")
    assert [draft["mode"] for draft in tablet.kept("drafts")] == ["door"]
    tablet.page.click(f"[data-door='{evening.home(0)}']")
    expect(tablet.page.locator("#outcome-refused")).to_be_checked()
    tablet.seal()
    assert sealed(tablet)["visit"]["outcome"] == "refused"


@pytest.mark.whole
def test_a_draft_of_ones_own_home_is_thrown_away(evening: Evening, tablet: Tablet) -> None:
    tablet.paper_at(evening.home(0), {evening.entry(0): "agree"}, 1)
    shut(tablet, evening.home(0), own=True)
    expect(tablet.page.locator(".notice-bad")).to_contain_text("这一户不能由您登记")
    assert not tablet.page.query_selector("#seal")
    tablet.page.click("text=这一户不登记了")
    tablet.sure()
    tablet.page.wait_for_selector(".door-card")
    assert tablet.kept("drafts") == []


@pytest.mark.whole
def test_a_visit_is_of_the_day_on_which_its_outcome_was_chosen(evening: Evening, tablet: Tablet) -> None:
    tablet.signal(False)
    tablet.at_door(evening.home(0))
    tablet.outcome("not_home")
    tablet.page.click("#back")
    tablet.page.wait_for_selector(".door-card")
    tablet.shift_clock(2)
    tablet.paper_at(evening.home(0), {evening.entry(0): "agree"}, 1)
    tablet.photograph()
    tablet.seal()
    record = sealed(tablet)
    assert record["visit"]["at_door"][:10] == record["sealed_at"][:10]
    assert record["visit"]["at_door"] <= record["forms"][0]["signed_at"]


@pytest.mark.whole
def test_of_two_pictures_the_one_chosen_last_is_kept(evening: Evening, tablet: Tablet) -> None:
    """Though the first, of another paper, takes longer to read; and a photograph taken meanwhile is later still."""
    tablet.signal(False)
    tablet.page.evaluate(CAMERA)
    tablet.paper_at(evening.home(0), {evening.entry(0): "agree"}, 1)
    tablet.page.evaluate(SLOW_FIRST)
    tablet.page.set_input_files("#household-photo-file", picture(tone="black"))
    tablet.page.set_input_files("#household-photo-file", picture(tone="gray"))
    expect(tablet.page.locator("#seal")).to_be_enabled()
    assert 120 < tone(tablet) < 136
    tablet.page.evaluate(SLOW_FIRST)
    tablet.page.set_input_files("#household-photo-file", picture(tone="black"))
    tablet.page.click("[data-do='photo']")
    tablet.page.wait_for_selector("dialog video")
    tablet.page.click("dialog .btn-main")
    expect(tablet.page.locator("dialog")).to_have_count(0)
    expect(tablet.page.locator("#seal")).to_be_enabled()
    assert tone(tablet) > 250


HELD_SEAL = """(ms) => {
  navigator.locks.request("canvass-seal", () => new Promise((later) => setTimeout(later, ms)));
}"""


@pytest.mark.whole
@pytest.mark.parametrize("other", [1, 0], ids=["another door", "the same door"])
def test_who_goes_on_while_a_door_is_saved_stays_where_they_are(
    evening: Evening, tablet: Tablet, other: int
) -> None:
    """No screen comes over that door, which can be left and opened again; of the one before there is one record."""
    tablet.signal(False)
    tablet.paper_at(evening.home(0), {evening.entry(0): "agree"}, 1)
    tablet.photograph()
    tablet.page.evaluate(HELD_SEAL, 1500)
    tablet.page.click("#seal")
    tablet.page.click("#back")
    tablet.page.evaluate("(home) => { location.hash = `#/door/${home}`; }", evening.home(other))
    expect(tablet.page.locator("#news")).to_contain_text("刚才那一户已保存在本机")
    tablet.page.wait_for_selector("#outcome-not_home")
    expect(tablet.page.locator(".saved")).to_have_count(0)
    assert tablet.page.locator("#outcome-answered").is_checked() is False
    tablet.page.click("#back")
    tablet.not_home(evening.home(other))
    assert [len(record["evidence"]) for record in tablet.kept("records")].count(1) == 1  # type: ignore[arg-type]
    tablet.signal(True)
    tablet.insist(made=2, delivered=2)
    balanced(evening, tablet, 2)
