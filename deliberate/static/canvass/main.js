// The tablet's one page: which screen is shown, who may see it, and the line that is always there.

import { alarmPage } from "./alarm_page.js";
import { start } from "./deliver.js";
import { device } from "./device.js";
import { button, code, h, icon, notice } from "./dom.js";
import { doorPage } from "./door_page.js";
import { following } from "./doors.js";
import { enrolPage, pinStep, takeCode } from "./enrol_page.js";
import { left } from "./here.js";
import { listPage } from "./list_page.js";
import { lockNow, open, watch as watchLock } from "./lock.js";
import { lockPage } from "./lock_page.js";
import { hear, tell } from "./news.js";
import { startPractice, stopPractice } from "./practice.js";
import { recordsPage } from "./records_page.js";
import { walk } from "./roll.js";
import { regain, tidy } from "./space.js";
import { stateLine } from "./state_line.js";
import { canary, dropOld, get, onLoss, practising } from "./store.js";
import { tabletPage } from "./tablet_page.js";
import { knownAhead } from "./times.js";
import { place } from "./vocabulary.js";
import { watch as watchUpdate } from "./update.js";
import { preferred, speak, t } from "./words.js";

const root = document.getElementById("app");
const bar = h("header", { class: "bar" });
const band = h("div", { class: "practice", hidden: true });
const news = h("div", { id: "news", role: "status" });

let fading = null;

// Each message has its own time: that of the one before ends with it.
function announce(said, ms) {
  clearTimeout(fading);
  news.replaceChildren(said);
  fading = setTimeout(() => news.replaceChildren(), ms);
}

const app = {
  enrolled: false,
  vanished: false,
  locked: false,
  screen: null,

  go(to) {
    const hash = `#/${to}`;
    if (location.hash === hash) this.redraw();
    else location.hash = hash;
  },

  say(text) {
    announce(notice("good", text), 8000);
  },

  fault(title, ...more) {
    announce(notice("bad", title, ...more), 30_000);
  },

  alert() {
    root.querySelector(".notice-bad")?.scrollIntoView({ block: "center" });
  },

  // Who types the office's new code is not disturbed; whatever other page follows, it is the locked one.
  lock() {
    const before = this.locked;
    lockUp();
    if (this.locked !== before && !this.renewing) this.redraw();
  },

  // It stays locked: only a new code and a new PIN lead back to the doors.
  forgotPin() {
    this.renewing = true;
    this.go("enrol");
  },

  async practise() {
    await startPractice();
    this.go("");
  },

  async endPractice() {
    await stopPractice();
    this.go("");
    start();
  },

  // Saved; the tablet can be taken back before the next door's name is on the screen. Whoever went on from that `page`
  // meanwhile stays where they are: in place of another door it would leave that one held.
  async saved(door, page) {
    const known = await walk();
    if (page.aborted) return this.say(t("刚才那一户已保存在本机。"));
    const next = following(known, door.household_id);
    left();
    history.replaceState(null, "", "#/saved");
    this.screen = { title: t("已保存"), leave: () => {} };
    root.replaceChildren(h("section", { class: "saved" }, icon("check"),
      h("h1", { tabindex: "-1" }, t("已保存在本机")),
      h("p", {}, place(door)),
      h("p", { class: "soft" }, practising() ? t("这是练习，什么都没有记。") : t("有信号的时候会自己传到社区。")),
      h("div", { class: "foot" },
        next && button(t("收回平板，去下一户"), () => this.go(`door/${next.household_id}`), "main", "on", { id: "next" }),
        button(t("回到名单"), () => this.go(""), next ? "quiet" : "main", "back", { id: "list" }))));
    drawBar();
    root.querySelector("h1").focus();
    scrollTo(0, 0);
  },

  redraw: () => show(),
};

const { line, again } = stateLine(app);

function way(to, label, sign) {
  const here = location.hash === `#/${to}` || (!to && ["", "#/"].includes(location.hash));
  return h("button", { type: "button", "data-way": to, onclick: () => app.go(to), "aria-current": here ? "page" : null }, icon(sign), h("span", { class: "word" }, label));
}

function drawBar() {
  const inside = app.enrolled && !app.locked && !app.vanished && !app.renewing;
  const atDoor = location.hash.startsWith("#/door");
  bar.replaceChildren(
    ...[
      atDoor && inside && h("button", { type: "button", id: "back", onclick: () => app.go("") }, icon("back"), h("span", {}, t("名单"))),
      h("span", { class: "where" }, atDoor ? "" : t("入户")),
      inside && !atDoor && way("", t("名单"), "find"),
      inside && !atDoor && !practising() && way("records", t("做过的"), "check"),
      inside && !atDoor && !practising() && way("tablet", t("平板"), "lock"),
    ].filter(Boolean));
  band.hidden = !practising();
  band.replaceChildren(t("练习：什么都不记，也不传。"), " ", button(t("练习完了"), () => app.endPractice(), "quiet", null, { id: "end-practice" }));
}

const asked = () => location.hash.split("/")[1];

// Locked by the clock, it stays so whatever the clock says next.
function lockUp() {
  lockNow();
  if (app.enrolled && !practising()) app.locked = true;
}

// A code is taken by the tablet's own memory; that of practice is thrown away, and a token in it were lost.
async function toEnrol() {
  await stopPractice();
  app.say(t("练习结束了。现在登记平板。"));
  start();
}

function pageOf(root) {
  const [, name, id, mode] = location.hash.split("/");
  if (app.vanished && name !== "enrol") return alarmPage(app, root);
  if (!app.enrolled && !practising()) return enrolPage(app, root);
  if (name === "enrol" && app.renewing) return enrolPage(app, root);
  if (app.locked) return lockedPage(root);
  if (name === "enrol") return enrolPage(app, root);
  if (name === "door") return doorPage(app, root, Number(id), mode === "desk" ? "desk" : "door");
  if (name === "records" && !practising()) return recordsPage(app, root);
  if (name === "tablet" && !practising()) return tabletPage(app, root);
  return listPage(app, root);
}

// A tablet that was switched off between its enrolment and its PIN chooses one now.
async function lockedPage(root) {
  if (await get("meta", "pin")) return lockPage(app, root, unlocked);
  pinStep(app, root, unlocked);
  return { title: t("登记平板"), leave: () => {} };
}

function unlocked() {
  app.locked = false;
  show();
}

// What keeps everything cannot be opened: nothing is shown of it, and nothing of it is lost.
function shutStore(fault) {
  const telephone = canary()?.telephone;
  return [
    notice("bad", t("平板的存储打不开。"), t("请把平板关掉再打开；还不行，请联系社区，不要清除数据。"),
      telephone && h("p", {}, t("社区电话"), " ", code(telephone)), String(fault?.name || "")),
    h("div", { class: "row" }, button(t("再试一次"), () => location.reload(), "main", "again", { id: "try-again" })),
  ];
}

let showing = Promise.resolve();

// Each page draws on a sheet of its own: whatever comes late, it never covers the page that is shown by then.
function show() {
  left();
  showing = showing.then(async () => {
    left();
    await app.screen?.leave?.();
    if (asked() !== "enrol") app.renewing = false;
    const sheet = h("div", { class: "screen" });
    try {
      if (asked() === "enrol" && practising()) await toEnrol();
      if (!open()) lockUp();
      app.screen = await pageOf(sheet);
    } catch (fault) {
      app.screen = null;
      sheet.replaceChildren(...shutStore(fault));
    }
    root.replaceChildren(sheet);
    drawBar();
    again();
    document.title = app.screen?.title || t("入户");
    scrollTo(0, 0);
    root.querySelector("h1")?.focus({ preventScroll: true });
  });
  return showing;
}

async function vanished() {
  if (app.vanished) return;
  app.vanished = true;
  await show();
}

// A database that knows less than the canary outside it has lost something.
async function sound() {
  const known = canary();
  const counter = await get("meta", "counter");
  return !known?.made || (counter?.seq || 0) >= known.made;
}

async function begin() {
  onLoss("vanished", vanished);
  onLoss("blocked", () => app.say(t("平板的另一个页面还开着旧版本，请把它关掉。")));
  onLoss("blocking", () => location.reload());
  hear("handed-over", () => location.reload());
  await speak(preferred()).catch(() => {});
  const scanned = takeCode();
  document.body.prepend(bar, band, line, news);
  app.renewing = scanned;
  try {
    const own = await device();
    knownAhead(own?.skew_ms);
    app.enrolled = Boolean(own);
    app.vanished = !(await sound());
  } catch (fault) {
    return root.replaceChildren(...shutStore(fault));
  }
  await show();
  addEventListener("hashchange", () => (takeCode() && (app.renewing = true), show()));
  watchLock(() => app.lock());
  watchUpdate(() => {
    tell("changed");
    updateBand();
  });
  await tidy().catch(() => {});
  await dropOld().catch(() => {});
  if (!app.enrolled) return null;
  start();
  return regain().catch(() => {});
}

function updateBand() {
  if (!document.getElementById("update")) {
    news.before(h("div", { class: "state state-waiting", id: "update" }, h("span", { class: "said" }, t("有新的版本")),
      h("button", { type: "button", onclick: () => app.go("tablet") }, t("去看看"))));
  }
}

begin();
