// The locked screen. Wrong tries slow down; nothing is wiped, and the office can always give a new code.

import { button, field, h, notice } from "./dom.js";
import { unlock, waiting } from "./lock.js";
import { t, tn } from "./words.js";

export async function lockPage(app, root, opened) {
  const input = h("input", { id: "unlock", type: "password", inputmode: "numeric", autocomplete: "off", maxlength: 6, class: "pin", dir: "ltr" });
  const said = h("div", { role: "alert" });
  const open = h("button", { class: "btn btn-main" }, t("打开"));
  let timer = null;
  const wait = async () => {
    const left = await waiting();
    input.disabled = open.disabled = left > 0;
    if (left > 0) said.replaceChildren(notice("await", tn("密码错了几次，请等 %(n)s 秒再试。", Math.ceil(left / 1000)), t("没有传完的都还在，不会清掉。")));
    else if (timer) said.replaceChildren();
    clearTimeout(timer);
    timer = left > 0 ? setTimeout(wait, 1000) : null;
  };
  const go = async () => {
    if (await unlock(input.value)) {
      clearTimeout(timer);
      return opened();
    }
    input.value = "";
    said.replaceChildren(notice("bad", t("密码不对。")));
    return wait();
  };
  root.replaceChildren(h("section", { class: "calm" },
    h("h1", { tabindex: "-1" }, t("平板锁上了")),
    h("form", { onsubmit: (event) => event.preventDefault() || go() }, field(t("6位密码"), input), said, h("div", { class: "foot" }, open)),
    h("div", { class: "row" }, button(t("忘了密码"), () => app.forgotPin(), "quiet"))));
  await wait();
  input.focus();
  return { title: t("平板锁上了"), leave: () => clearTimeout(timer) };
}
