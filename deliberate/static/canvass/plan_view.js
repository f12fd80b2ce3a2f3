// The plan before the answer: held out to the resident, read aloud, or explained in the resident's own language.
// Only then can an answer be entered; and only the very text that was shown is what the answer is bound to.

import { button, h, icon, notice, written } from "./dom.js";
import { sheet } from "./sheet.js";
import { trueNow } from "./times.js";
import { yuan } from "./vocabulary.js";
import { LANGUAGES, spoken, t, when } from "./words.js";

const facts = (rows) => h("dl", { class: "facts" }, rows.map(([term, said]) => h("div", {}, h("dt", {}, term), h("dd", {}, said))));

export function planFacts(round) {
  const { plan } = round;
  return facts([
    [t("预算"), t("%(sum)s元", { sum: yuan(plan.budget) })],
    [t("钱从哪里来"), written(plan.funding)],
    [t("工期"), written(plan.schedule)],
    [t("截止（北京时间）"), when(round.answer_until)],
  ]);
}

export const planTitle = (round) => round.plan.title;

// What this round asks, as it was locked when it opened; told in the language of the screen, else in Chinese.
export function rule(round) {
  const language = round.rules?.[spoken()] ? spoken() : "zh-Hans";
  const what = round.rules?.[language]?.join(language === "zh-Hans" ? ";" : "; ");
  if (!what) return t("达到这一轮写明的比例才实施；没有反馈的、弃权的都不算同意。");
  return t("要实施，必须：%(what)s。没有反馈的、弃权的都不算同意。", { what });
}

// Past its time as far as this tablet can know; what counts is decided by the server's clock.
function deadline(round, now = trueNow()) {
  if (now >= new Date(round.register_until)) return notice("await", t("登记的时间已经过了"), t("还可以登记，会照样保存，但不计入。"));
  if (now >= new Date(round.answer_until)) return notice("await", t("征求意见已经截止"), t("截止以前签好的表，还可以登记到%(time)s。", { time: when(round.register_until) }));
  return null;
}

// Plain text of a plan written in Markdown, for the eye and for the voice.
const plain = (body) => body.replace(/\r/g, "").replace(/^#+\s*/gm, "").replace(/\*\*|__|`/g, "").replace(/\[([^\]]*)\]\([^)]*\)/g, "$1");

function voice() {
  const voices = globalThis.speechSynthesis?.getVoices?.() || [];
  return voices.find((one) => one.lang.startsWith("zh"));
}

function readAloud(round) {
  const { plan } = round;
  const said = new SpeechSynthesisUtterance([plan.title, ...(round.rules?.["zh-Hans"] || []), plain(plan.body), plan.funding, plan.schedule].join("。"));
  said.lang = "zh-CN";
  said.voice = voice() || null;
  speechSynthesis.cancel();
  speechSynthesis.speak(said);
}

// The Chinese text, which alone is answered; above it its translation, when there is one into this language.
function text(round, language) {
  const other = round.plan.translations?.[language];
  const given = { class: "typed", lang: language, dir: "auto" };
  const translated = other && [
    h("p", { class: "soft" }, t("这是译文，帮助您看懂；签字、公示和指纹都以下面的中文原文为准。")),
    h("h1", given, other.title),
    [plain(other.body), other.funding, other.schedule].map((part) => h("p", given, part)),
    h("p", { class: "soft" }, t("中文原文")),
  ];
  return [translated, h(other ? "h2" : "h1", {}, written(planTitle(round))), h("p", { class: "rule" }, rule(round)), planFacts(round),
    h("p", { class: "typed", lang: "zh-Hans", dir: "auto" }, plain(round.plan.body))].flat(3).filter(Boolean);
}

// One button for each language in which the plan can be read; none when there is only the Chinese text.
function languagesOf(round, show) {
  const others = Object.keys(round.plan.translations || {}).filter((one) => one in LANGUAGES);
  if (!others.length) return null;
  return h("div", { class: "row" }, ["zh-Hans", ...others].map((one) =>
    button(LANGUAGES[one], () => show(one), "quiet", null, { lang: one, "data-language": one })));
}

// True when the resident has handed the tablet back after reading.
async function holdOut(round) {
  const article = h("article", { class: "sheet-read", tabindex: "0" });
  const show = (language) => article.replaceChildren(...text(round, language));
  show(spoken());
  const read = await sheet(planTitle(round), (close) => [
    languagesOf(round, show),
    article,
    h("div", { class: "sheet-foot" }, button(t("看完了，交还平板"), () => close(true), "main", "check")),
  ].filter(Boolean));
  globalThis.speechSynthesis?.cancel();
  return read;
}

// One matter's card. `explain(how)` is called once it was shown, read aloud or explained.
export function planCard(round, how, done, explain) {
  const mark = (kind) => (event) => explain(kind, event);
  const open = async () => (await holdOut(round)) && explain("shown");
  const aloud = () => {
    readAloud(round);
    explain("read");
  };
  const said = { shown: t("给住户看过了"), read: t("念给住户听了"), told: t("当面讲清楚了") }[how];
  return h("section", { class: "card", "data-round": round.round_id },
    h("h3", {}, written(planTitle(round))),
    !how && planFacts(round),
    !how && h("p", { class: "rule" }, rule(round)),
    deadline(round),
    done && h("p", {}, h("span", { class: "chip chip-good" }, icon("check"), t("已反馈"))),
    round.over && h("p", {}, h("span", { class: "chip chip-await" }, t("这一轮已经不在您的名单上"))),
    h("div", { class: "row" },
      button(t("给住户看"), open, how === "shown" ? "quiet" : "second", "show", { "data-do": "show", "aria-pressed": String(how === "shown") }),
      voice() && button(t("朗读"), aloud, "quiet", "sound", { "aria-pressed": String(how === "read") }),
      button(t("已当面讲清楚"), mark("told"), "quiet", "check", { "data-do": "told", "aria-pressed": String(how === "told"), lang: spoken() })),
    said && h("p", { class: "said-right" }, icon("check"), " ", said));
}
