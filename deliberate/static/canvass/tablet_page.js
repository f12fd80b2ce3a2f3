// This tablet: what it still has to deliver, its checks, its language, the export, practice, the lock.

import { NoConnection, read } from "./api.js";
import { button, field, h, icon, notice, slowButton } from "./dom.js";
import { deliverNow, handedOver } from "./deliver.js";
import { device, install, installable, measures, persist, punctual, roomy } from "./device.js";
import { download } from "./export.js";
import { hearCalmly } from "./news.js";
import { sure } from "./sheet.js";
import { counted } from "./state.js";
import { get, look } from "./store.js";
import { aheadBy } from "./times.js";
import { build, openNewVersion, ready, shellKept } from "./update.js";
import { LANGUAGES, choose, spoken, t, tn } from "./words.js";

// Each check in words of its own for good and for bad, so that neither the sign nor the colour has to be understood.
export async function checkLines(clockKnown = true) {
  const [known, whole] = await Promise.all([measures(), shellKept()]);
  const lines = [
    [known.installed, t("已安装到桌面"), t("还没有安装到桌面"), t("在浏览器菜单里选“安装应用”或“添加到主屏幕”，再从桌面打开。")],
    [known.persisted, t("存储不会被清掉"), t("存储可能会被浏览器清掉"), t("浏览器还没有答应长期保存；安装到桌面以后通常会答应。")],
    [roomy(known), t("空间够用"), t("空间不够"), t("请清出至少500MB空间。")],
    [whole, t("没有信号也能打开"), t("没有信号时还打不开"), t("请在有信号的地方等一会儿。")],
  ];
  if (clockKnown) lines.push([punctual(aheadBy()), t("时钟准确"), t("时钟不准"), t("平板的时间和社区差得多，请在系统设置里打开“自动设定时间”。")]);
  return h("ul", { class: "checks" }, lines.map(([good, right, wrong, help]) =>
    h("li", { class: good ? "check-good" : "check-bad" }, icon(good ? "check" : "alert"), h("b", {}, good ? right : wrong), !good && h("small", {}, help))));
}

function languageField(app) {
  const select = h("select", { id: "language" }, Object.entries(LANGUAGES).map(([value, label]) => h("option", { value, selected: value === spoken(), lang: value }, label)));
  select.addEventListener("change", async () => {
    await choose(select.value);
    app.redraw();
  });
  return field(t("语言"), select);
}

async function deliveryCard(app, known) {
  const refused = await get("meta", "token_refused");
  const exported = async () => {
    const made = await download();
    app.say(tn("导出了 %(n)s 条。请把文件交给社区。", made.records));
  };
  const renew = () => app.go("enrol");
  return h("section", { class: "card" },
    h("h2", {}, t("传到社区")),
    h("p", {}, tn("在本机待传的记录：%(n)s", known.waiting), h("br"), tn("待传的照片和签名：%(n)s", known.evidence), h("br"),
      tn("已传到社区的记录：%(n)s", known.delivered), h("br"), tn("要您处理的记录：%(n)s", known.needs)),
    refused && notice("bad", t("社区不认这台平板了"), t("什么都没有丢。请向社区要一个新的代码，再登记一次，就接着传。"), button(t("输入新的代码"), renew, "second")),
    h("div", { class: "row" },
      button(t("现在传"), deliverNow, "main", "send"),
      button(t("导出没有传完的"), exported, "quiet", "on", { id: "export" }),
      button(t("看做过的"), () => app.go("records"), "quiet", "check")));
}

// Whether the office answers, be it with a refusal.
async function reached() {
  if (navigator.onLine === false) return false;
  try {
    await read("hello", (await device()).token);
    return true;
  } catch (fault) {
    return !(fault instanceof NoConnection);
  }
}

// What the community has with other content is there in both, for the office to look at: the tablet can do no more.
const handedOn = (known) => [
  t("这台平板就要用新的代码登记。"),
  known.mismatches && tn("有 %(n)s 条记录和社区的内容不同。两份内容社区都有，由社区核对；换了人，这台平板不再提醒。", known.mismatches),
].filter(Boolean);

// Another person is another device: nothing of the first may be left undelivered, or be mixed with the second's.
async function handOver(app) {
  const known = await counted();
  if (known.waiting || known.needs > known.mismatches || known.evidence || (await look(["drafts"], (tx) => tx.store.count()))) {
    return app.say(t("还有没有传完的，或者没有写完的。先传完，再换人。"));
  }
  // The next person is enrolled with the office's code, which takes a line.
  if (!(await reached())) return app.fault(t("现在没有信号，不能换人。"), t("新的人要用社区给的代码登记，登记要有信号。请到有信号的地方再换。"));
  if (!(await sure(t("把这台平板交给另一个人？"), handedOn(known), t("交给另一个人")))) return null;
  await handedOver();
  return location.reload();
}

function versionCard(app) {
  const open = async () => {
    if (!(await openNewVersion())) app.say(t("有一户还开着。请先保存或者关掉，再更新。"));
  };
  return h("section", { class: "card" }, h("h2", {}, t("版本")), h("p", { class: "small soft" }, build()),
    ready() ? notice("await", t("有新的版本"), button(t("现在更新"), open, "second")) : h("p", {}, t("已经是最新的。")));
}

export async function tabletPage(app, root) {
  const draw = async () => {
    const [known, own] = await Promise.all([counted(), device()]);
    const parts = [
      h("h1", { tabindex: "-1" }, own.name),
      h("p", { class: "soft" }, `${own.community.name} · `, h("bdi", {}, own.person.name)),
      await deliveryCard(app, known),
      h("section", { class: "card" }, h("h2", {}, t("这台平板")), await checkLines(), h("div", { class: "row" },
        installable() && button(t("安装到桌面"), () => install().then(draw), "second"),
        button(t("再查一遍"), () => persist().then(deliverNow).then(draw)))),
      h("section", { class: "card" }, languageField(app),
        h("div", { class: "row" },
          button(t("练习（什么都不记）"), () => app.practise(), "quiet", "pen", { id: "practise" }),
          button(t("锁上"), () => app.lock(), "quiet", "lock", { id: "lock" }),
          slowButton(t("换一个人用"), () => handOver(app), "quiet", "again", { id: "hand-over" }))),
      versionCard(app),
    ];
    root.replaceChildren(...parts.filter(Boolean));
  };
  await draw();
  const unhear = hearCalmly("changed", draw);
  return { title: t("平板"), leave: unhear };
}
