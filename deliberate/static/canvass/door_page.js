// One door, all that it is asked at once: the plan first, then the visit, then the paper; saved, and on. No other
// door can be seen from here, because the resident may be holding this screen.

import { button, choices, code, field, h, icon, notice } from "./dom.js";
import { quietNow } from "./doors.js";
import { DraftGone, dropDraft, saveDraft, voices } from "./draft.js";
import { faultsOf, leftOut, recordOf } from "./finishing.js";
import { sureOfDoor, sureOfPaper } from "./giving_up.js";
import { here } from "./here.js";
import { KeptDoor } from "./kept_door.js";
import { paperForm } from "./paper_form.js";
import { planCard, planTitle } from "./plan_view.js";
import { EvidenceGone, seal } from "./seal.js";
import { shutNotice } from "./shut_notice.js";
import { fullWords, makeRoom } from "./space.js";
import { fromTyped, typedOf } from "./times.js";
import { OUTCOMES, electorateWord, outcomeWord, place, wishWords } from "./vocabulary.js";
import { clock, t, tn, when } from "./words.js";

// Outcomes at which somebody was spoken to, so that the plan belongs on the screen.
const TALKED = new Set([null, "answered", "papers_left", "language", "come_back"]);

class DoorPage extends KeptDoor {
  faults = [];
  refused = null;
  coming = 0;
  brought = Promise.resolve();

  // While a picture is on its way to the disk nothing is sealed without it. One after the other, as they were chosen:
  // of two for one place the last one stays, however long the first takes to read.
  async bring(take) {
    this.coming += 1;
    this.redrawFoot();
    const turn = this.brought.then(take);
    this.brought = turn.catch(() => {});
    try {
      await turn;
    } catch (fault) {
      if (fault instanceof DraftGone || !this.release) this.app.fault(t("这张照片没有留下"), t("照片还没有保存好，这一户就关上了。请打开这一户，再拍一张。"));
      else this.failed(fault);
    }
    this.coming -= 1;
    if (this.release) this.redraw();
  }

  failed(fault) {
    this.refused = fullWords(fault) ?? [t("这一步没有保存。"), t("请再试一次；还不行，请先导出没有传完的，再联系社区。")];
    this.redraw();
    this.app.alert();
  }

  // Busy from the first touch: a second one, while the first still waits for the disk, seals nothing. Whoever leaves the
  // page meanwhile waits for it, so that the door is opened again as what it has become.
  async finish() {
    if (this.busy || this.coming) return;
    const page = here();
    this.busy = true;
    this.redraw();
    const sealing = this.pending.then(() => this.sealed());
    this.pending = sealing.catch(() => {});
    this.busy = await sealing;
    if (this.busy) return this.leave().then(() => this.app.saved(this.door, page));
    if (this.release) this.redraw();
    if (this.faults.length) this.focusFault();
  }

  // True once the door is a record.
  async sealed() {
    this.faults = faultsOf(this.draft, this.door, this.serials);
    this.refused = null;
    if (this.faults.length) return false;
    try {
      if (this.unsaved) await makeRoom(() => saveDraft(this.draft, this.opened));
      await makeRoom(() => seal(...recordOf(this.draft, this.door, this.rounds)));
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
    const words = [...wishWords(wish), wish.appointed_at && t("约在%(time)s", { time: when(wish.appointed_at) })];
    return h("section", { class: "card card-await" }, h("b", {}, words.filter(Boolean).join(" · ")), wish.question && h("p", {}, wish.question));
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
      place: place(this.door),
      desk: this.mode === "desk",
      corrects: Boolean(this.draft.corrects),
      matters: this.door.matters.filter((matter) => matter.electorate === voice && this.rounds.has(matter.round_id)),
      title,
      serials: [...this.rounds.values()].flatMap((round) => round.serials || []),
      explained: (roundId) => this.mode === "desk" || Boolean(this.draft.explained[roundId]),
      keep: (change) => this.keepPaper(voice, change),
      bring: (take) => this.bring(take),
      keepPieces: (...given) => this.keepPieces(voice, ...given),
      settled: () => this.settled(),
      piece: (sha256) => this.piece(sha256),
      redraw,
      say: (text) => this.app.say(text),
      giveUp: () => this.giveUp(voice),
    });
  }

  // A picture on its way to the paper would come to the empty one after it: it is waited for, as sealing does.
  async giveUp(voice) {
    if (this.coming) return this.app.say(t("照片正在保存。等它保存好，再说这张表要不要。"));
    if (!(await sureOfPaper(this.draft, voice)) || this.busy || this.coming || !this.release) return null;
    await this.drop(voice);
    return this.release && this.redraw();
  }

  papersLeftOut() {
    const papers = leftOut(this.draft, this.door).map((voice) => [voice, this.draft.papers[voice]]);
    if (!papers.length) return null;
    return h("section", { class: "card card-await", "data-field": "left-out" }, papers.map(([voice, paper]) =>
      h("div", { class: "row", "data-left-out": voice },
        h("p", {}, h("b", {}, electorateWord(voice)), " ", code(paper.serial), " ", h("bdi", {}, paper.signer_name)),
        button(t("这张表不要了"), () => this.giveUp(voice), "quiet", "cross", { "data-do": "void" }))));
  }

  visit() {
    const chosen = (outcome) => {
      this.keep({ outcome, ...this.arrival() });
      this.redraw();
    };
    return [
      h("h2", {}, t("这次入户")),
      choices("outcome", t("敲门以后怎么样"), OUTCOMES.map((one) => [one, outcomeWord(one)]), this.draft.outcome, chosen),
      this.draft.outcome === "come_back" && this.comeBack(),
      this.papersLeftOut(),
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
    const desk = this.mode === "desk";
    const own = this.door.shut === "own";
    const shut = own || (this.door.shut && !desk && !this.draft.corrects);
    if (shut && (own || this.fresh)) return [shutNotice(this), !this.fresh && this.throwAwayRow()];
    const spoken = !desk && TALKED.has(this.draft.outcome);
    return [
      shut && shutNotice(this),
      !desk && this.visit(),
      spoken && h("h2", {}, t("先说清楚，再请住户签")),
      spoken && this.plans(),
      desk && [h("p", {}, t("交来的纸质意见表")), this.papersLeftOut()],
      this.draft.corrects && this.textarea("reason", t("录错了什么"), t("写明表上写的是什么、录的时候看错了什么。"), 500),
      (desk || this.draft.outcome === "answered") && voices(this.door).map((voice) => this.paper(voice)),
      !desk && this.textarea("note", t("给下一次入户的人（可以不填）"), t("比如什么时候在家、要不要翻译。不要写住户怎么答的。"), 2000),
      this.throwAwayRow(),
      this.foot(),
    ];
  }

  throwAwayRow() {
    return h("div", { class: "row" }, button(t("这一户不登记了"), () => this.throwAway(), "quiet", "cross", { "data-do": "throw-away" }));
  }

  async throwAway() {
    if (!(await sureOfDoor(this.draft)) || this.busy || !this.release) return;
    this.busy = true;
    try {
      await this.pending;
      await dropDraft(this.householdId);
    } catch (fault) {
      this.busy = false;
      return this.failed(fault);
    }
    await this.leave();
    this.app.go("");
  }

  foot() {
    const wait = Boolean(this.coming);
    return h("div", { class: "foot", id: "finish" },
      wait && h("p", { role: "status" }, t("照片正在保存")),
      button(t("保存，下一户"), () => this.finish(), "main", "check", { id: "seal", disabled: this.busy || wait }));
  }

  redrawFoot() {
    this.root.querySelector("#finish")?.replaceWith(this.foot());
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
