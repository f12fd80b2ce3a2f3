"""The steps of the main story, each by the person who takes it, at that person's own device."""

from io import BytesIO

from PIL import Image
from playwright.sync_api import expect

from tests.journeys.person import Person

TITLE = "修好三号楼的单元门"
SUGGESTION = "先修一单元，那里老人多。"


def photo(color: str = "white") -> dict[str, str | bytes]:
    """A photograph of a paper, as a camera hands it over."""
    target = BytesIO()
    Image.new("RGB", (600, 800), color).save(target, "JPEG")
    return {"name": "form.jpg", "mimeType": "image/jpeg", "buffer": target.getvalue()}


def raise_a_matter(resident: Person, base: str) -> None:
    resident.open(f"{base}/").follow("我来提一件事")
    resident.fill("题目", TITLE).choose("category", "facilities").choose("scope", "community")
    resident.fill("说明", "门关不严，**冬天**漏风。").fill_in(budget="45600")
    resident.press("提交").sees(TITLE)


def second(neighbour: Person, base: str) -> None:
    neighbour.open(f"{base}/home/").open(f"{base}/matters/1")
    neighbour.press("我家也联名").sees("收回我家的联名")


def screen(moderator: Person, base: str) -> None:
    moderator.open(f"{base}/desk/").sees("待审核")
    moderator.open(f"{base}/desk/matters/1/screen").choose("decision", "accept")
    moderator.press("记下审核意见")


def open_discussion(moderator: Person, base: str, deadline: str) -> None:
    moderator.open(f"{base}/matters/1").follow("开始议事")
    moderator.fill_in(question="先修哪个单元？", deadline=deadline).press("开始这一轮")


def suggest(resident: Person, base: str) -> None:
    resident.open(f"{base}/matters/1").follow("我要发言")
    resident.choose("stance", "suggestion").fill("您想说的话", SUGGESTION)
    resident.press("发出").sees(SUGGESTION)


def answer_the_suggestion(moderator: Person, base: str) -> None:
    moderator.open(f"{base}/desk/").sees("建议待答复")
    moderator.open(f"{base}/desk/comments/1/verdict").choose("verdict", "taken")
    moderator.fill("理由", "老人多的单元先修，合理。").press("答复")


def close_with_summary(moderator: Person, base: str) -> None:
    moderator.open(f"{base}/desk/matters/1/discussion")
    moderator.fill("商量好了什么", "先修一单元。").fill("还有什么分歧", "无")
    moderator.fill("下一步按什么文字继续", "按建议写进方案。").choose("then", "plan")
    moderator.press("结束本轮，公开小结")


def fix_the_plan(moderator: Person, base: str) -> None:
    moderator.open(f"{base}/desk/matters/1/plan")
    moderator.fill("方案正文", "更换38樘单元门，先修一单元。").fill("预算（元）", "45,600")
    moderator.fill("资金来源", "惠民资金，住户不出钱").fill("时间安排", "5月开工，45天")
    moderator.press("定下方案并公示")


def prepare_the_round(moderator: Person, base: str) -> None:
    moderator.open(f"{base}/desk/rounds").press("开始准备")


def certify(signer: Person, base: str, job: str) -> None:
    signer.open(f"{base}/{job}/certify/1").press("我已核对，签名")
    signer.sees("这一职责已经签过名。")


def assign_people(moderator: Person, base: str, people: dict[str, int]) -> None:
    """Moderator and scrutineer, a crew with a volunteer, its canvasser, and fifty forms."""
    moderator.open(f"{base}/desk/rounds/1/people")
    _give_duty(moderator, f"moderator:{people['moderator']}")
    _give_duty(moderator, f"scrutineer:{people['scrutineer']}")
    moderator.fill("小组名称", "第一组").fill_in(volunteer="测试志愿者").press("建立小组")
    _give_duty(moderator, f"canvasser:{people['canvasser']}", crew="1")
    moderator.open(f"{base}/desk/rounds/1/forms").fill_in(number="50").press("发放意见表")
    moderator.sees("0000-001")


def _give_duty(moderator: Person, who: str, crew: str = "") -> None:
    moderator.main.locator("select[name=person]").select_option(who)
    moderator.main.locator("select[name=crew]").select_option(crew)
    moderator.press("安排")


def open_the_round(moderator: Person, base: str) -> None:
    moderator.open(f"{base}/desk/rounds/1").follow("选日期，开始征求意见")
    moderator.press("开始征求意见")


def open_the_letter(resident: Person, code: str, *, scanned: bool) -> None:
    """Typed by hand, or scanned: the code after the # fills the field by itself.
    One matter waits, so the letter leads straight to it."""
    if scanned:
        resident.open(f"/account/letter#{code}")
        expect(resident.page.locator("#code")).to_have_value(code)
    else:
        resident.open("/account/letter").fill_in(code=code.lower().replace("-", " "))
    resident.press("打开我家的页面")


def answer_in_two_taps(resident: Person, answer: str = "agree") -> str:
    """The door, the button; gives the receipt code."""
    resident.choose("answer", answer).press("确认我家的意见")
    return receipt_of(resident)


def answer_impatiently(resident: Person) -> str:
    """Two clicks on the button, then back: it is answered, once."""
    resident.choose("answer", "agree")
    button = resident.main.get_by_role("button", name=resident.say("确认我家的意见"))
    button.dblclick()
    resident.page.wait_for_url("**/receipt/*")
    first = receipt_of(resident)
    resident.page.go_back()
    resident.sees("已经收到您家的意见。").looks_right()
    return first


def answer_by_keyboard(resident: Person) -> str:
    """Tab to the doors, arrow keys within, Enter on the button; no pointer."""
    resident.follow("看方案，提交意见")
    keys = resident.page.keyboard
    for _ in range(60):
        keys.press("Tab")
        if resident.page.evaluate("document.activeElement.name") == "answer":
            break
    keys.press("ArrowDown")
    keys.press("ArrowUp")
    assert resident.page.evaluate("document.activeElement.value") == "agree"
    assert resident.page.evaluate("document.activeElement.checked")
    keys.press("Tab")
    with resident.page.expect_navigation():
        keys.press("Enter")
    resident.looks_right()
    return receipt_of(resident)


def receipt_of(resident: Person) -> str:
    code = resident.main.locator(".receipt .code").inner_text()
    assert len("".join(code.split())) == 12
    return "".join(code.split())


def not_at_home(canvasser: Person, base: str, home: int) -> None:
    canvasser.open(f"{base}/doors/{home}").choose("outcome", "not_home")
    canvasser.press("保存，下一户")


def enter_a_paper(canvasser: Person, base: str, home: int, entry: int, serial: str) -> None:
    """First with a wrong check digit: refused, everything kept; then as it stands on the paper."""
    wrong = serial[:-1] + str((int(serial[-1]) + 1) % 10)
    canvasser.open(f"{base}/doors/{home}").choose("outcome", "answered").choose(f"answer-{entry}", "agree")
    canvasser.fill_in(serial=wrong, signer_name="阿依努尔·买买提江").choose("relation", "head")
    canvasser.main.locator("input[name=photo]").set_input_files(photo())  # type: ignore[arg-type]
    canvasser.press("保存，下一户", refused=True)
    expect(canvasser.main.locator("[name=signer_name]")).to_have_value("阿依努尔·买买提江")
    canvasser.fill_in(serial=serial)
    canvasser.main.locator("input[name=photo]").set_input_files(photo())  # type: ignore[arg-type]
    canvasser.press("保存，下一户")


def settle_the_contradiction(moderator: Person, base: str) -> None:
    moderator.open(f"{base}/desk/contradictions").press("由我来核实")
    moderator.main.locator("input[name=stands]").first.check()
    moderator.fill("核实的依据", "打电话问过户主，以这一份为准。").press("保存核实结果")


def end_answering(moderator: Person, base: str) -> None:
    moderator.open(f"{base}/desk/rounds/1").follow("截止，开始统计")
    moderator.press("截止，开始统计")


def count(moderator: Person, base: str, blank: int) -> None:
    """Forms that were not used come back; the round is closed."""
    moderator.open(f"{base}/desk/rounds/1/forms").fill_in(blank=str(blank), spoilt="0").press("登记交回")
    moderator.open(f"{base}/desk/counting/1").press("结束统计，做出统计表")


def sign_the_sheet(scrutineer: Person, base: str) -> None:
    scrutineer.open(f"{base}/scrutiny/").follow("核对并签名").press("我已核对，签名")


def show_the_result(moderator: Person, base: str) -> None:
    moderator.open(f"{base}/desk/counting/1").press("公示初步结果")


def plan_the_check(scrutineer: Person, base: str) -> None:
    """Ten households: more than half would be asked, so everything is rechecked."""
    scrutineer.open(f"{base}/scrutiny/sheets/1").follow("抽查回访")
    scrutineer.choose("allowed", "0").press("就用这个方案")
    scrutineer.sees("全面复核")


def check_the_forms(scrutineer: Person, base: str, forms: int) -> None:
    """Each beside its picture; then the recheck ends."""
    scrutineer.open(f"{base}/scrutiny/checks/1").follow("逐张核对意见表")
    for _form in range(forms):
        scrutineer.choose("shows", "agree").press("已核对，下一张")
    scrutineer.open(f"{base}/scrutiny/checks/1").press("结束全面复核")
    scrutineer.sees("已经全面复核")


def object(resident: Person, base: str) -> None:
    resident.open(f"{base}/matters/1").open(f"{base}/home/rounds/1/objection")
    resident.choose("kind", "procedure").fill("请说明情况", "计票过程有疑问，请复核。").press("提交异议")


def answer_the_objection(rechecker: Person, base: str) -> None:
    rechecker.open(f"{base}/desk/objections").open(f"{base}/desk/objections/1")
    rechecker.choose("finding", "not_upheld").fill_in(method="当面核对")
    rechecker.fill("给住户的书面答复", "核对了原始意见，统计无误。").press("保存答复")


def conclude(moderator: Person, base: str) -> None:
    moderator.open(f"{base}/desk/counting/1").press("确定最终结果并公告")


def carry_out(moderator: Person, base: str) -> None:
    moderator.open(f"{base}/desk/counting/1").press("开始实施")
    moderator.open(f"{base}/desk/execution/1").fill("做什么", "更换单元门").fill("负责单位", "测试施工队")
    moderator.fill_in(due_on="2026-06-30", budget="45600").press("加上这项任务")
    moderator.follow("报告进展").fill_in(progress="100", spent="45000", note="38樘门全部换好。")
    moderator.main.locator("input[name=picture]").set_input_files(photo("green"))  # type: ignore[arg-type]
    moderator.press("保存进展")
    moderator.open(f"{base}/desk/execution/1").fill("完工说明", "全部换好，居民代表验收。").press(
        "公示完工和账目"
    )


def rate(resident: Person, base: str) -> None:
    resident.open(f"{base}/home/evaluations/1").choose("rating", "satisfied").press("保存评议")


def archive(moderator: Person, base: str) -> None:
    moderator.open(f"{base}/desk/execution/1").press("结束评议，公布结果")
    moderator.open(f"{base}/desk/execution/1").press("归档")
    moderator.open(f"{base}/desk/dossier/1").sees(TITLE)
