// What was sealed on this tablet: number, door, where it stands. Sealed is read-only; a mistake is corrected by a
// new record with a reason, a photograph that was to follow is added by a record of its own.

import { takePhoto } from "./camera.js";
import { correct } from "./correcting.js";
import { button, code, h, icon, notice, slowButton } from "./dom.js";
import { photograph } from "./evidence.js";
import { hearCalmly } from "./news.js";
import { walk } from "./roll.js";
import { seal } from "./seal.js";
import { makeRoom } from "./space.js";
import { needOf, unphotographed } from "./state.js";
import { outcomeWord, place as placeWord, reasonWord } from "./vocabulary.js";
import { number, t, when } from "./words.js";

function standing(record, need, replaced) {
  if (need === "mismatch") return ["no", t("同一编号内容不同，请联系社区")];
  if (need === "photo_follows") return ["await", t("照片还没有补")];
  if (need === "evidence_lost") return ["no", t("照片不在平板上了，请联系社区")];
  if (record.state === "waiting") return ["await", t("在本机，待传")];
  if (record.state === "sent") return ["await", t("照片还在传")];
  if (record.server_state === "late") return ["await", t("已传到社区，签字或登记超过时间，不计入")];
  if (replaced) return ["good", t("已传到社区")];
  if (record.left_out) return ["no", t("社区没有采用，请再去一次")];
  if (record.server_state === "quarantined") return ["await", `${t("已传到社区，由社区核对")} · ${reasonWord(record.reason)}`];
  return ["good", t("已传到社区")];
}

function supplement(record, serial, piece) {
  const { sha256, size, mime } = piece;
  const declared = [{ sha256, size, mime, role: "photo" }];
  return seal(
    { kind: "supplement", household_id: record.household_id, about: record.record_id, declared, pieces: [piece], place: record.place },
    { about: record.record_id, serial, evidence: declared },
  );
}

// Whether a paper still waits for its photograph: of two that were taken of it the first is kept.
async function waits(record, serial) {
  const { records } = await walk();
  const now = records.find((one) => one.record_id === record.record_id);
  return Boolean(now) && unphotographed(now, records).some((form) => form.serial === serial);
}

let last = Promise.resolve();

// The photograph of one paper, as `take` makes it; a tablet that cannot keep it says so.
async function follow(app, record, serial, take) {
  try {
    const piece = await take();
    if (!piece) return piece;
    const kept = last.then(async () => (await waits(record, serial)) && makeRoom(() => supplement(record, serial, piece)));
    last = kept.catch(() => {});
    if (await kept) app.say(t("照片已保存在本机。"));
    return piece;
  } catch (fault) {
    app.fault(...(fault?.name === "QuotaExceededError"
      ? [t("平板的空间满了，这一步没有保存。"), t("先把没有传完的传到社区，或者导出；填的内容都还在。")]
      : [t("这一步没有保存。"), t("请再试一次；还不行，请先导出没有传完的，再联系社区。")]));
    return null;
  }
}

function photoButtons(app, record, { serial }, place, several) {
  const input = h("input", { type: "file", accept: "image/*", class: "sr", id: `photo-${record.seq}${place ? `-${place + 1}` : ""}` });
  input.addEventListener("change", () => input.files[0] && follow(app, record, serial, () => photograph(input.files[0])));
  const whose = placeWord(record.place);
  const shoot = async () => {
    const taken = await follow(app, record, serial, () => takePhoto(t("拍全整张表，看得清表号和签字。"), { place: whose, serial }));
    if (taken === undefined) input.click();
  };
  return h("div", { class: "row" }, several && code(serial), slowButton(t("补拍照片"), shoot, "second", "camera"), input,
    h("label", { class: "btn btn-quiet", for: input.id }, t("选一张照片")));
}

function line(app, known, record) {
  const need = needOf(record, known.records);
  const corrections = known.records.filter((one) => one.supersedes === record.record_id && !one.left_out);
  const replaced = corrections.some((one) => ["accepted", "late"].includes(one.server_state));
  const [kind, word] = standing(record, need, replaced);
  const door = known.doors.find((one) => one.household_id === record.household_id);
  const superseded = corrections.length > 0;
  // What the office left out is decided: that door is gone to again.
  const correctable = ["door", "correction"].includes(record.kind) && door && !superseded && !record.left_out;
  const what = record.kind === "supplement" ? t("补拍的照片") : record.kind === "correction" ? t("更正") : record.summary?.outcome ? outcomeWord(record.summary.outcome) : t("交来的纸质意见表");
  return h("li", { class: `card${need ? " card-await" : ""}`, "data-seq": record.seq, "data-state": record.state },
    h("h3", {}, placeWord(record.place)),
    h("p", { class: "small" }, t("记录第%(n)s号", { n: number(record.seq) }), " · ", when(record.sealed_at), " · ", h("b", {}, what),
      record.summary?.serials?.map((serial) => [" · ", code(serial)]), superseded && ` · ${t("已更正")}`),
    h("p", {}, h("span", { class: `chip chip-${kind}` }, icon(kind === "good" ? "check" : kind === "no" ? "alert" : "clock"), word)),
    need === "photo_follows" && unphotographed(record, known.records).map((form, place, every) => photoButtons(app, record, form, place, every.length > 1)),
    h("div", { class: "row" },
      correctable && button(t("录错了，更正"), () => correct(app, record), "quiet", "pen")));
}

export async function recordsPage(app, root) {
  const draw = async () => {
    const known = await walk();
    const needs = (record) => (needOf(record, known.records) ? 0 : record.state === "delivered" ? 2 : 1);
    const records = known.records.filter((record) => !record.bare).sort((a, b) => needs(a) - needs(b) || b.seq - a.seq);
    root.replaceChildren(
      h("h1", { tabindex: "-1" }, t("做过的")),
      records.length ? h("ul", { class: "records" }, records.slice(0, 300).map((record) => line(app, known, record))) : notice("good", t("还没有保存过一户。")));
  };
  await draw();
  const unhear = hearCalmly("changed", draw);
  return { title: t("做过的"), leave: unhear };
}
