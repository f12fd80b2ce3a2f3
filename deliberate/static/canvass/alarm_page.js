// Never an empty list: when this tablet's memory is gone although it had worked, it says so in red.

import { button, h } from "./dom.js";
import { canary, note } from "./store.js";
import { t, tn } from "./words.js";

export async function alarmPage(app, root) {
  const known = canary() || {};
  const read = async () => {
    await note("alarm read", { made: known.made, delivered: known.delivered });
    app.renewing = true;
    app.go("enrol");
  };
  root.replaceChildren(h("section", { class: "alarm", role: "alert" },
    h("h1", { tabindex: "-1" }, t("这台平板上的记录不见了")),
    h("p", {}, t("%(name)s 以前做过的记录，现在平板上找不到了。请不要再用它入户，马上给社区打电话。", { name: known.name || t("这台平板") })),
    h("p", {}, tn("这台平板一共做过 %(n)s 条", known.made || 0), h("br"), tn("其中社区确认收到过 %(n)s 条", known.delivered || 0)),
    h("p", {}, t("社区的“平板管理”页面上写着收到了哪些号、缺哪些号。缺的那些户，纸表还在的可以补录，不在的要再去一次。"))),
    h("div", { class: "foot" }, button(t("看过了，也告诉社区了；重新登记"), read, "grave")));
  return { title: t("记录不见了"), leave: () => {} };
}
