// One door, all that it is asked at once: the plan first, then the visit, then the paper; saved, and on. No other
// door can be seen from here, because the resident may be holding this screen.

import { button, choices, field, h, icon, notice } from "./dom.js";
import { quietNow, seen, byDoor } from "./doors.js";
import { draftOf, dropDraft, emptyDraft, emptyPaper, evidenceOf, holdDoor, keepEvidence, saveDraft, voices } from "./draft.js";
import { faultsOf, recordOf } from "./finishing.js";
import { paperForm } from "./paper_form.js";
import { planCard, planTitle } from "./plan_view.js";
import { walk } from "./roll.js";
import { EvidenceGone, seal } from "./seal.js";
import { read } from "./serial.js";
import { makeRoom } from "./space.js";
import { get } from "./store.js";
import { bootId, fromTyped, mono, typedOf, wall } from "./times.js";
import { OUTCOMES, outcomeWord, place } from "./vocabulary.js";
import { clock, t, tn, when } from "./words.js";

// Outcomes at which somebody was spoken to, so that the plan belongs on the screen.
const TALKED = new Set([null, "answered", "papers_left", "language", "come_back"]);

// Serials that stand on a record of this tablet; what was corrected since has given its own back.
function serialsInUse(records, draft) {
  const corrected = new Set(records.filter((record) => record.server_state !== "quarantined").map((record) => record.supersedes));
  const others = records.filter((record) => record.record_id !== draft.corrects && !corrected.has(record.record_id));
  return new Set(others.flatMap((record) => record.summary?.serials || []).map(read));
}

class DoorPage {
  constructor(app, householdId, mode) {
    Object.assign(this, { app, householdId, mode, faults: [], refused: null, pending: Promise.resolve() });
  }

  // Loads the door; false when another page of this tablet has it open.
  async open() {
    this.release = await holdDoor(this.householdId);
    if (!this.release) return false;
    const known = await walk();
    this.rounds = new Map(known.rounds.map((round) => [round.round_id, round]));
    const door = known.doors.find((one) => one.household_id === this.householdId);
    if (!door) {
      await this.leave();
      return null;
    }
    const kept = await draftOf(this.householdId);
    this.door = seen(door, byDoor(known.records).get(this.householdId), Boolean(kept), known.place?.visits ?? 3);
    this.quiet_times = known.place?.quiet;
    this.quiet = quietNow(this.quiet_times);
    this.draft = kept || emptyDraft(this.door, this.mode);
    for (const voice of voices(this.door)) this.draft.papers[voice] ??= emptyPaper();
    this.mode = this.draft.mode;
    this.serials = serialsInUse(known.records, this.draft);
    return true;
  }

  async leave() {
    const release = this.release;
    this.release = null;
    await release?.();
  }

  // Every change goes to the disk at once, in its order.
  keep(change) {
    if (this.busy) return this.pending;
    Object.assign(this.draft, change);
    if (!this.draft.at_door) Object.assign(this.draft, { at_door: wall(), at_door_mono: mono(), at_door_boot: bootId });
    const copy = structuredClone(this.draft);
    this.pending = this.pending.then(() => saveDraft(copy)).then(
      () => (this.unsaved = false),
      (fault) => {
        this.unsaved = true;
        this.failed(fault);
      });
    return this.pending;
  }

  keepPaper(voice, change) {
    return this.keep({ papers: { ...this.draft.papers, [voice]: { ...this.draft.papers[voice], ...change } } });
  }

  async keepPiece(voice, role, piece) {
    await this.pending;
    const { sha256, size, mime } = piece;
    const paper = this.draft.papers[voice];
    const evidence = { ...paper.evidence, [role]: { sha256, size, mime } };
    const changed = { ...this.draft, papers: { ...this.draft.papers, [voice]: { ...paper, evidence, photo_follows: false } } };
    await makeRoom(() => keepEvidence(changed, `${voice}:${role}`, piece));
    this.draft = changed;
  }

  async piece(sha256) {
    const drafted = (await evidenceOf(this.householdId)).find((one) => one.sha256 === sha256);
    const kept = drafted || (await get("evidence", sha256));
    return kept?.bytes ? kept : null;
  }

  failed(fault) {
    const full = fault?.name === "QuotaExceededError";
    this.refused = full
      ? [t("平板的空间满了，这一步没有保存。"), t("先把没有传完的传到社区，或者导出；填的内容都还在。")]
      : [t("这一步没有保存。"), t("请再试一次；还不行，请先导出没有传完的，再联系社区。")];
    this.redraw();
    this.app.alert();
  }

  // Busy from the first touch: a second one, while the first still waits for the disk, seals nothing.
  async finish() {
    this.busy = true;
    this.redraw();
    await this.pending;
    this.busy = await this.sealed();
    if (!this.busy && this.release) this.redraw();
    if (this.faults.length) this.focusFault();
  }

  // True once the door is a record.
  async sealed() {
    this.faults = faultsOf(this.draft, this.door, this.serials);
    this.refused = null;
    if (this.faults.length) return false;
    try {
      if (this.unsaved) await makeRoom(() => saveDraft(this.draft));
      const row = await makeRoom(() => seal(...recordOf(this.draft, this.door, this.rounds)));
      await this.leave();
      this.app.saved(this.door, row);
      return true;
    } catch (fault) {
      if (fault instanceof EvidenceGone) this.refused = [t("照片不在这台平板上了，这一户没有保存。"), t("请重新拍一张。")];
      else this.failed(fault);
      return false;
    }
  }

  focusFault() {
    const first = this.root.querySelector(".field-wrong");
    first?.scrollIntoView({ block: "center" });
    first?.querySelector("input:not(:disabled), textarea, button")?.focus({ preventScroll: true });
  }

  head() {
    const { door } = this;
    const visits = door.visits.map((visit) =>
      h("li", {}, when(visit.at_door), " ", h("b", {}, outcomeWord(visit.outcome)),
        visit.come_back_at && ` · ${t("约在%(time)s", { time: when(visit.come_back_at) })}`));
    return [
      h("h1", { tabindex: "-1" }, place(door)),
      door.name && h("p", { class: "small" }, t("户主"), " ", h("bdi", {}, door.name)),
      this.draft.corrects && notice("await", t("更正已保存的一户"), t("原来的记录不会改动；保存的是一份新的，写明替换哪一份、为什么。")),
      this.quiet && notice("await", t("现在是不入户的时间"), this.quietWords()),
      door.gone && notice("await", t("这一户已经不在您的名单上"), t("填的内容还在，可以保存，社区会核对。")),
      door.wishes.map((wish) => this.wish(wish)),
      visits.length ? h("section", { class: "card" }, h("h3", {}, tn("来过 %(n)s 次", visits.length)), h("ul", { class: "small" }, visits)) : null,
    ];
  }

  quietWords({ reason, until, daily } = this.quiet) {
    if (daily) return t("每天%(from)s到%(until)s不敲门。", daily);
    return `${reason} · ${t("到%(time)s为止", { time: when(until) })}`;
  }

  wish(wish) {
    const words = [
      wish.wish === "call" ? t("请求打电话") : t("请求上门"),
      wish.by_woman && t("要女同志"),
      wish.evening && t("晚上"),
      wish.appointed_at && t("约在%(time)s", { time: when(wish.appointed_at) }),
    ];
    return h("section", { class: "card card-await" }, h("b", {}, words.filter(Boolean).join(" · ")), wish.question && h("p", {}, wish.question));
  }

  // Why this door cannot be recorded, or only from a paper that was handed in.
  shutNotice() {
    const own = this.door.shut === "own";
    const paper = button(t("登记交来的意见表"), () => this.app.go(`door/${this.householdId}/desk`), "quiet", "pen");
    if (own) return notice("bad", t("这一户不能由您登记。"), t("这是您自己家，或者是您的房产。请小组里的另一位，或者别的小组来登记这一户。"));
    const why = this.door.shut === "asked_not_to" ? t("这一户说过请勿再访。") : t("这一户已经白跑了几次，不能再打扰。");
    return [notice("await", t("请不要再敲这一户的门"), why, t("住户自己提出要上门，才可以再去。住户交来签好的表，可以照样登记。")), h("div", { class: "row" }, paper)];
  }

  plans() {
    const rounds = [...new Set(this.door.matters.map((matter) => matter.round_id))].map((id) => this.rounds.get(id)).filter(Boolean);
    return rounds.map((round) => {
      const done = this.door.matters.filter((matter) => matter.round_id === round.round_id).every((matter) => matter.answered);
      return planCard(round, this.draft.explained[round.round_id], done, (how) => {
        this.keep({
          explained: { ...this.draft.explained, [round.round_id]: how },
          shown: { ...this.draft.shown, [round.round_id]: round.plan.sha256 },
        });
        this.redraw();
      });
    });
  }

  paper(voice) {
    const title = (matter) => planTitle(this.rounds.get(matter.round_id));
    const redraw = () => this.redraw();
    const page = this;
    return paperForm({
      voice,
      get paper() {
        return page.draft.papers[voice];
      },
      desk: this.mode === "desk",
      corrects: Boolean(this.draft.corrects),
      matters: this.door.matters.filter((matter) => matter.electorate === voice && this.rounds.has(matter.round_id)),
      title,
      serials: [...this.rounds.values()].flatMap((round) => round.serials || []),
      explained: (roundId) => this.mode === "desk" || Boolean(this.draft.explained[roundId]),
      keep: (change) => this.keepPaper(voice, change),
      keepPiece: (role, piece) => this.keepPiece(voice, role, piece),
      settled: () => this.pending,
      piece: (sha256) => this.piece(sha256),
      redraw,
      say: (text) => this.app.say(text),
      failed: (fault) => this.failed(fault),
    });
  }

  visit() {
    const chosen = (outcome) => {
      this.keep({ outcome });
      this.redraw();
    };
    return [
      h("h2", {}, t("这次入户")),
      choices("outcome", t("敲门以后怎么样"), OUTCOMES.map((one) => [one, outcomeWord(one)]), this.draft.outcome, chosen),
      this.draft.outcome === "come_back" && this.comeBack(),
    ];
  }

  comeBack() {
    const input = h("input", { type: "datetime-local", id: "come_back_at", name: "come_back_at", value: this.draft.come_back_at, min: typedOf(new Date()) });
    const said = h("p", { class: "said-wrong", role: "status" });
    const judge = () => {
      const quiet = input.value && quietNow(this.quiet_times, new Date(fromTyped(input.value)));
      said.textContent = quiet ? t("这个时间不入户：%(why)s", { why: this.quietWords(quiet) }) : "";
    };
    input.addEventListener("input", () => {
      this.keep({ come_back_at: input.value });
      judge();
    });
    judge();
    const box = field(t("约好什么时候再来（北京时间）"), input);
    box.append(said);
    return box;
  }

  textarea(name, label, hint, most) {
    const input = h("textarea", { id: name, name, maxlength: most });
    input.value = this.draft[name];
    input.addEventListener("input", () => this.keep({ [name]: input.value }));
    return field(label, input, hint);
  }

  body() {
    if (this.door.shut === "own" || (this.door.shut && this.mode === "door" && !this.draft.corrects)) return [this.shutNotice()];
    const desk = this.mode === "desk";
    const spoken = !desk && TALKED.has(this.draft.outcome);
    return [
      !desk && this.visit(),
      spoken && h("h2", {}, t("先说清楚，再请住户签")),
      spoken && this.plans(),
      desk && h("p", {}, t("交来的纸质意见表")),
      this.draft.corrects && this.textarea("reason", t("录错了什么"), t("写明表上写的是什么、录的时候看错了什么。"), 500),
      (desk || this.draft.outcome === "answered") && voices(this.door).map((voice) => this.paper(voice)),
      !desk && this.textarea("note", t("给下一次入户的人（可以不填）"), t("比如什么时候在家、要不要翻译。不要写住户怎么答的。"), 2000),
      this.foot(),
    ];
  }

  foot() {
    const throwAway = async () => {
      if (!this.sure) {
        this.sure = true;
        return this.redraw();
      }
      await this.pending;
      await dropDraft(this.householdId);
      await this.leave();
      return this.app.go("");
    };
    return [
      h("div", { class: "row" }, button(this.sure ? t("真的不要了，清掉填的内容") : t("这一户不登记了"), throwAway, this.sure ? "grave" : "quiet", "cross")),
      h("div", { class: "foot" }, button(t("保存，下一户"), () => this.busy || this.finish(), "main", "check", { id: "seal", disabled: this.busy })),
    ];
  }

  redraw() {
    const top = scrollY;
    const focus = document.activeElement?.id;
    if (this.faults.length) this.faults = faultsOf(this.draft, this.door, this.serials);
    const parts = [this.head(), this.refused && notice("bad", ...this.refused), this.summary(), this.body()];
    this.root.replaceChildren(...parts.flat(Infinity).filter(Boolean));
    for (const [name, said] of this.faults) this.markFault(name, said);
    scrollTo(0, top);
    if (focus) document.getElementById(focus)?.focus({ preventScroll: true });
  }

  // The first time: a door that cannot be drawn is not held.
  async draw() {
    try {
      this.redraw();
    } catch (fault) {
      await this.leave();
      throw fault;
    }
  }

  summary() {
    return this.faults.length ? notice("bad", tn("还有 %(n)s 处没有填好", this.faults.length)) : null;
  }

  markFault(name, said) {
    const place_of = this.root.querySelector(`[data-field="${name}"]`) || this.root.querySelector(`[name="${name}"]`)?.closest(".field");
    if (!place_of) return;
    place_of.classList.add("field-wrong");
    place_of.prepend(h("p", { class: "fault" }, icon("alert"), said));
  }
}

export async function doorPage(app, root, householdId, mode = "door") {
  const page = new DoorPage(app, householdId, mode);
  page.root = root;
  const opened = await page.open();
  if (opened) await page.draw();
  else if (opened === null) root.replaceChildren(notice("await", t("这一户不在名单上了。")), button(t("回到名单"), () => app.go("")));
  else root.replaceChildren(notice("await", t("这一户正在另一个页面里打开。"), t("请先在那边保存或者关掉。")), button(t("回到名单"), () => app.go("")));
  return { title: opened ? t("入户") : "", leave: () => page.leave(), at: () => clock(new Date()) };
}
