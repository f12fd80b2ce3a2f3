// The first minutes of a tablet: its checks, the office's one-time code, its name, its PIN.

import { Refused } from "./api.js";
import { canScan, scan } from "./camera.js";
import { handedOver, start } from "./deliver.js";
import { device, enrol, persist } from "./device.js";
import { button, field, h, notice, slowButton } from "./dom.js";
import { setPin, sound } from "./lock.js";
import { canary, put } from "./store.js";
import { checkLines } from "./tablet_page.js";
import { t } from "./words.js";

let fromAddress = "";

// The code of a scanned QR stands behind the #; it leaves the address at once.
export function takeCode() {
  const found = location.hash.match(/^#enrol=([0-9A-Za-z-]+)$/);
  if (!found) return false;
  fromAddress = found[1];
  history.replaceState(null, "", "/canvass/#/enrol");
  return true;
}

function refusal(fault) {
  const words = {
    code_wrong: t("代码不对。请照着社区屏幕上的再输入一次。"),
    code_expired: t("代码过期了。请社区再出一个。"),
    code_used: t("代码已经用过了。请社区再出一个。"),
    wrong_person: t("这台平板登记在另一个人名下。请先把没有传完的传完，再请社区换人。"),
    revoked: t("这台平板已经停用，不能再用原来的登记。没有传完的传完以后，换一个人用，就可以作为新的平板登记。"),
    too_many: t("试的次数太多了，请等几分钟。"),
  };
  if (fault instanceof Refused) return words[fault.word] || t("社区没有收下这个代码。请再要一个。");
  return t("现在没有信号。登记要有信号，请到有信号的地方再试。");
}

function codeStep(app, root, then) {
  const code = h("input", { id: "code", autocomplete: "off", class: "code", dir: "ltr", maxlength: 20, placeholder: "K7QM-2XR9-WT4P", value: fromAddress });
  const name = h("input", { id: "name", autocomplete: "off", maxlength: 60, value: canary()?.name || "" });
  const said = h("div", { role: "alert" });
  const scanned = async () => {
    const text = await scan(t("对准社区屏幕上的二维码"));
    const found = text?.match(/#enrol=([0-9A-Za-z-]+)/);
    if (found) code.value = found[1];
  };
  // The memory of the one before is gone, which the person has read; what is missing of it is with the office.
  const asAnother = async () => {
    await handedOver();
    return go();
  };
  const go = async () => {
    if (!code.value.trim()) return said.replaceChildren(notice("bad", t("请输入代码。")));
    await persist();
    try {
      await enrol(code.value.trim(), name.value.trim() || t("平板"));
    } catch (fault) {
      said.replaceChildren(notice("bad", t("还没有登记上。"), refusal(fault)));
      if (["wrong_person", "revoked"].includes(fault.word) && !(await device())) said.append(h("div", { class: "row" }, button(t("换一个人用：作为新的平板登记"), asAnother, "second", "again", { id: "as-another" })));
      return null;
    }
    await put("meta", null, "token_refused");
    fromAddress = "";
    return then();
  };
  const form = h("form", { onsubmit: (event) => event.preventDefault() || go() },
    field(t("社区给的代码"), code, t("议事会主持在“平板管理”页面上出的一次性代码，30分钟内有效。")),
    canScan() && h("div", { class: "row" }, slowButton(t("扫二维码"), scanned, "quiet", "camera")),
    field(t("给平板起个名字"), name, t("比如“三号平板”。写在平板背面的那个就好。")),
    said,
    h("div", { class: "foot" }, h("button", { class: "btn btn-main", id: "enrol" }, t("登记这台平板"))));
  root.replaceChildren(h("section", { class: "calm" }, h("h1", { tabindex: "-1" }, t("登记平板")), form));
  told(form).then(() => navigator.serviceWorker?.ready).then(() => told(form)).catch(() => {});
}

// What this tablet is like, before the code is asked for; told anew once it opens without a signal, which takes a while.
async function told(form) {
  const lines = await checkLines(false);
  form.previousElementSibling?.classList.contains("checks") && form.previousElementSibling.remove();
  form.before(lines);
}

export function pinStep(app, root, then) {
  const input = (id) => h("input", { id, type: "password", inputmode: "numeric", autocomplete: "off", maxlength: 6, class: "pin", dir: "ltr" });
  const [first, second] = [input("pin"), input("pin-again")];
  const said = h("div", { role: "alert" });
  const go = async () => {
    if (!sound(first.value)) return said.replaceChildren(notice("bad", t("请用6位数字，不要全一样，也不要123456。")));
    if (first.value !== second.value) return said.replaceChildren(notice("bad", t("两次输入的不一样。")));
    await setPin(first.value);
    return then();
  };
  root.replaceChildren(h("section", { class: "calm" }, h("h1", { tabindex: "-1" }, t("设一个密码")),
    h("p", {}, t("5分钟不碰，平板会锁上；用这个密码打开。忘了密码，向社区要一个新的代码，什么都不会丢。")),
    h("form", { onsubmit: (event) => event.preventDefault() || go() },
      field(t("6位数字"), first), field(t("再输入一次"), second), said,
      h("div", { class: "foot" }, h("button", { class: "btn btn-main", id: "set-pin" }, t("设好了"))))));
  device().then((own) => own && checkLines()).then((lines) => lines && root.querySelector("form")?.after(lines));
  first.focus();
}

export async function enrolPage(app, root) {
  const finish = async () => {
    app.enrolled = Boolean(await device());
    Object.assign(app, { vanished: false, renewing: false, locked: false });
    await start();
    app.go("");
  };
  codeStep(app, root, () => pinStep(app, root, finish));
  return { title: t("登记平板"), leave: () => {} };
}
