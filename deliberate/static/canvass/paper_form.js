// One signed paper: the answers on it, its number, its signer, its proof. Every touch is kept at once.

import { canScan, scan, takePhoto } from "./camera.js";
import { button, choices, code, field, h, icon, slowButton, written } from "./dom.js";
import { likeness, photograph } from "./evidence.js";
import { begun } from "./finishing.js";
import { printed, read, whole } from "./serial.js";
import { sign } from "./signing.js";
import { bootId, mono, wall } from "./times.js";
import { answers, answerWord, electorateWord, languages, mayFill, pieceWords, relations } from "./vocabulary.js";
import { t } from "./words.js";

function textField(at, name, label, hint, more = {}) {
  const input = h("input", { id: `${at.voice}-${name}`, name: `${at.voice}-${name}`, autocomplete: "off", value: at.paper[name], ...more });
  input.addEventListener("input", () => at.keep({ [name]: input.value }));
  return field(label, input, hint);
}

function serialField(at) {
  const said = h("p", { id: `${at.voice}-serial-said`, role: "status" });
  const box = textField(at, "serial", t("表号"), t("表右上角的8位数字，最后一位是校验位。"), { inputmode: "numeric", class: "code", dir: "ltr", maxlength: 20 });
  const input = box.querySelector("input");
  const judge = () => {
    const number = read(input.value);
    if (number !== null && input.value !== printed(number)) {
      input.value = printed(number);
      at.keep({ serial: input.value });
    }
    const foreign = number !== null && at.serials.length && !at.serials.some(([first, last]) => first <= number && number <= last);
    said.textContent = foreign ? t("校验正确，但这个表号不在小组领的表里，请再看一遍。") : number !== null ? t("校验正确") : whole(input.value) ? t("校验位不对，请再看一遍表上的数字。") : "";
    said.className = number !== null && !foreign ? "said-right" : "said-wrong";
  };
  input.addEventListener("input", judge);
  judge();
  const scanned = async () => {
    const text = await scan(t("对准意见表上的二维码"), { place: at.place });
    const found = text?.match(/\d{4}-?\d{3}-?\d/)?.[0];
    if (!found) return;
    input.value = found;
    at.keep({ serial: found });
    judge();
  };
  box.append(said);
  if (canScan()) box.append(h("div", {}, slowButton(t("扫二维码"), scanned, "quiet", "camera", { "data-do": "scan" })));
  return box;
}

// A live signature stands for the answers that were on the screen; for other answers it is none.
const unsigned = ({ signature, strokes, ...others }) => others;

const signedNow = () => ({ signed_wall: wall(), signed_mono: mono(), signed_boot: bootId });

function answerFields(at) {
  return at.matters.map((matter) => {
    const explained = at.explained(matter.round_id);
    const chosen = (answer) => {
      const signed = Boolean(at.paper.evidence.signature);
      // What was misread on a paper was signed when it was signed.
      const moment = at.corrects && at.paper.signed_wall ? {} : signedNow();
      at.keep({ answers: { ...at.paper.answers, [matter.entry_id]: answer }, evidence: unsigned(at.paper.evidence), ...moment });
      at.redraw();
      if (signed) at.say(t("意见改了，请住户在屏幕上重新签名。"));
    };
    const group = choices(`answer-${matter.entry_id}`, written(at.title(matter)), answers(), at.paper.answers[matter.entry_id], chosen, true);
    group.disabled = !explained || matter.own;
    const why = matter.own ? t("您就是这位业主，请别的入户人员登记。") : t("先给住户看方案，或者念给住户听，才能填意见。");
    if (group.disabled) group.querySelector("legend").append(h("small", { class: "hint soft" }, h("br"), why));
    if (matter.answered) group.querySelector("legend").append(" ", h("span", { class: "chip chip-good" }, icon("check"), t("已反馈")));
    return group;
  });
}

async function signNow(at) {
  const chosen = at.matters.filter((matter) => at.paper.answers[matter.entry_id]);
  const lines = chosen.map((matter) => [at.title(matter), answerWord(at.paper.answers[matter.entry_id])]);
  const answered = JSON.stringify(at.paper.answers);
  const done = await sign(lines);
  if (done) await at.bring(() => at.keepPieces({ signature: done.picture, strokes: done.strokes }, signedNow(), answered));
}

function fileButton(at, role, label) {
  const input = h("input", { type: "file", accept: "image/*", class: "sr", id: `${at.voice}-${role}-file`, "data-role": role });
  input.addEventListener("change", () => {
    const [file] = input.files;
    if (file) at.bring(async () => at.keepPieces({ [role]: await photograph(file) }));
  });
  return [input, h("label", { class: "btn btn-quiet", for: input.id }, label)];
}

// What was typed is on the disk before the camera opens: a small tablet may drop our tab for it.
async function shoot(at, role, label) {
  if (!(await at.settled())) return null;
  let piece = null;
  try {
    piece = await takePhoto(label, { place: at.place, serial: at.paper.serial });
  } catch (fault) {
    return at.bring(() => Promise.reject(fault));
  }
  if (piece === undefined) document.getElementById(`${at.voice}-${role}-file`)?.click();
  else if (piece) await at.bring(() => at.keepPieces({ [role]: piece }));
  return null;
}

async function shown(at, into) {
  for (const [role, name] of Object.entries(pieceWords())) {
    const declared = at.paper.evidence[role];
    const piece = declared && (await at.piece(declared.sha256));
    if (!declared) continue;
    const picture = piece ? await likeness(piece, 360) : h("p", { class: "soft" }, t("照片已经传到社区"));
    picture.setAttribute?.("aria-label", name);
    into.append(h("figure", { class: "likeness-of" }, picture, h("figcaption", { class: "small" }, icon("check"), " ", name)));
  }
}

function proof(at) {
  const answered = Object.values(at.paper.answers).some(Boolean);
  const pictures = h("div", { class: "likenesses" });
  shown(at, pictures);
  const later = h("input", { type: "checkbox", id: `${at.voice}-later`, checked: at.paper.photo_follows });
  later.addEventListener("change", () => at.keep({ photo_follows: later.checked }));
  const proxy = at.paper.relation === "proxy";
  return h("div", { "data-field": `${at.voice}-evidence` },
    h("h3", {}, t("凭据")),
    pictures,
    h("div", { class: "row" },
      slowButton(t("拍意见表"), () => shoot(at, "photo", t("拍全整张表，看得清表号和签字。")), "second", "camera", { "data-do": "photo" }),
      button(t("屏幕签名"), () => signNow(at), "second", "pen", { disabled: !answered, "data-do": "sign" }),
      fileButton(at, "photo", t("选一张照片"))),
    proxy && h("div", { class: "row" },
      slowButton(t("拍委托书"), () => shoot(at, "authority", t("委托书要写明对每个议题的意见。")), "second", "camera"),
      fileButton(at, "authority", t("选委托书照片"))),
    h("label", { class: "choice" }, later, h("span", {}, t("照片回社区再拍（拍好以前不计入）"))));
}

function more(at) {
  const note = h("textarea", { id: `${at.voice}-note`, name: `${at.voice}-note`, maxlength: 1000 });
  note.value = at.paper.note;
  note.addEventListener("input", () => at.keep({ note: note.value }));
  return h("details", { open: Boolean(at.paper.replaces || at.paper.note) },
    h("summary", { class: "btn btn-quiet" }, t("改意见的、表上写了建议的")),
    textField(at, "replaces", t("替换原来的哪一份（可以不填）"), t("住户要改意见时，表上会写明原来的表号或回执码。"), { dir: "ltr", maxlength: 200 }),
    field(t("表上的理由或建议（可以不填）"), note));
}

// `at`: the paper and what it needs to know: voice, place, matters, title, explained, keep, settled, bring, keepPieces, piece, redraw, say, giveUp.
export function paperForm(at) {
  const language = h("select", { id: `${at.voice}-language`, name: `${at.voice}-language` },
    languages().map(([value, label]) => h("option", { value, selected: value === at.paper.language }, label)));
  language.addEventListener("change", () => at.keep({ language: language.value }));
  const relation = (value) => {
    at.keep({ relation: value });
    at.redraw();
  };
  return h("section", { class: "paper", "data-voice": at.voice },
    h("h2", {}, electorateWord(at.voice)),
    h("div", { "data-field": `${at.voice}-answers` }, answerFields(at)),
    h("div", { class: "card" },
      serialField(at),
      textField(at, "signer_name", t("填写人姓名"), t("写全名，不要简写。"), { maxlength: 120 }),
      choices(`${at.voice}-relation`, t("填写人是"), relations().filter(([one]) => mayFill(one, at.voice)), at.paper.relation, relation),
      at.desk && textField(at, "signed_at", t("签字的时间（北京时间）"), t("照表上写的填。"), { type: "datetime-local" }),
      proof(at)),
    h("div", { class: "card" },
      field(t("用什么语言说明的"), language),
      textField(at, "helped_by", t("谁帮着填的（可以不填）"), null, { maxlength: 120 }),
      more(at)),
    begun(at.paper) && h("div", { class: "row" }, button(t("这张表不要了"), at.giveUp, "quiet", "cross", { "data-do": "void" })));
}

export const serialShown = (serial) => code(serial);
