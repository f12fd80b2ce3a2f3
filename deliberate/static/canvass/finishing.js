// From a draft to what is sealed: everything that is still missing, all of it at once, and the record's content.

import { voices } from "./draft.js";
import { read } from "./serial.js";
import { bootId, fromTyped, mono, wall } from "./times.js";
import { mayFill } from "./vocabulary.js";
import { t } from "./words.js";

const used = (paper) => Object.values(paper.answers).some(Boolean);

// Something of a paper is here, if only its number: it is sealed, or given up by a person who says so.
export const begun = (paper) =>
  used(paper) || paper.photo_follows || Boolean(paper.relation) || Object.keys(paper.evidence).length > 0 ||
  ["serial", "signer_name", "note", "replaces"].some((name) => paper[name].trim());

const takesNone = (draft) => draft.mode === "door" && draft.outcome !== "answered";

export function papersOf(draft, door) {
  if (takesNone(draft)) return [];
  return voices(door).filter((voice) => used(draft.papers[voice])).map((voice) => [voice, draft.papers[voice]]);
}

// Begun papers that have no place in this record: the outcome takes none, or what they are about has left the walk.
export function leftOut(draft, door) {
  if (draft.mode === "door" && !draft.outcome) return [];
  const taken = takesNone(draft) ? [] : voices(door);
  return Object.keys(draft.papers).filter((voice) => !taken.includes(voice) && begun(draft.papers[voice]));
}

// The number stands on another paper of this draft too: a household's paper and an owner's are two.
const twice = (number, paper, papers) => papers.some(([, other]) => other !== paper && read(other.serial) === number);

function paperFaults(voice, paper, papers, draft, sealedSerials) {
  const faults = [];
  const add = (field, said) => faults.push([`${voice}-${field}`, said]);
  const number = read(paper.serial);
  if (number === null) add("serial", t("表号的校验位不对，或者不是8位数字。请再看一遍表上的数字。"));
  else if (sealedSerials.has(number)) add("serial", t("这个表号在这台平板上已经用过。"));
  else if (twice(number, paper, papers)) add("serial", t("这一户的两张表写了同一个表号。每张表有自己的表号，请再看一遍两张表。"));
  if (!paper.signer_name.trim()) add("signer_name", t("请写填写人的全名。"));
  if (!paper.relation) add("relation", t("请选填写人和这一户的关系。"));
  else if (!mayFill(paper.relation, voice)) add("relation", t("业主的意见不能由租户填写。请业主本人填，或者由他书面委托的人填。"));
  if (draft.mode === "desk" && !paper.signed_at) add("signed_at", t("请按表上写的填签字时间。"));
  const proven = paper.evidence.photo || paper.evidence.signature || paper.photo_follows;
  if (!proven) add("evidence", t("请拍下意见表，或者请住户在屏幕上签名。"));
  if (paper.relation === "proxy" && !paper.evidence.authority) {
    add("evidence", t("代签要有写明意见的书面委托。请拍下委托书；没有委托书的，请本人签。"));
  }
  return faults;
}

// Field by field what is still wrong; empty when the door can be sealed.
export function faultsOf(draft, door, sealedSerials = new Set()) {
  const faults = [];
  if (draft.corrects && !draft.reason.trim()) faults.push(["reason", t("更正要写明理由。")]);
  if (draft.mode === "door" && !draft.outcome) faults.push(["outcome", t("请选这次入户的结果。")]);
  if (draft.mode === "door" && draft.outcome === "come_back" && !draft.come_back_at) faults.push(["come_back_at", t("请填约好的时间。")]);
  if (leftOut(draft, door).length) {
    faults.push(takesNone(draft)
      ? ["outcome", t("这里已经有填了的意见表。有表的，结果请选“当场填写”；表不要的，请按“这张表不要了”。")]
      : ["left-out", t("这张表上的议题已经不在这一户了。表不要的，请按“这张表不要了”。")]);
  }
  const papers = papersOf(draft, door);
  if (draft.mode === "desk" || draft.outcome === "answered") {
    const unanswered = voices(door).filter((voice) => !used(draft.papers[voice]) && begun(draft.papers[voice]));
    for (const voice of unanswered) faults.push([`${voice}-answers`, t("这张表还没有填意见。请照表填上；这张表不要的，请按“这张表不要了”。")]);
    if (!papers.length && !unanswered.length) faults.push([`${voices(door)[0]}-answers`, draft.mode === "desk"
      ? t("请至少录入一个议题；没有交来意见表的，请按“名单”回去。")
      : t("请至少录入一个议题；没有填表的，请选别的结果。")]);
  }
  for (const [voice, paper] of papers) faults.push(...paperFaults(voice, paper, papers, draft, sealedSerials));
  return faults;
}

function formOf(paper, draft, door, rounds) {
  const said = door.matters
    .filter((matter) => paper.answers[matter.entry_id])
    .map((matter) => ({
      entry_id: matter.entry_id,
      answer: paper.answers[matter.entry_id],
      plan_sha256: draft.shown[matter.round_id] || rounds.get(matter.round_id).plan.sha256,
    }));
  const desk = draft.mode === "desk";
  return {
    serial: paper.serial,
    signer_name: paper.signer_name.trim(),
    relation: paper.relation,
    signed_at: desk ? fromTyped(paper.signed_at) : paper.signed_wall || wall(),
    signed_mono_ms: desk || paper.signed_boot !== bootId ? null : paper.signed_mono,
    language: paper.language,
    helped_by: paper.helped_by.trim(),
    note: paper.note.trim(),
    replaces: paper.replaces.split(/[\s,,;;、]+/).filter(Boolean).slice(0, 5),
    photo_follows: Boolean(paper.photo_follows && !paper.evidence.photo && !paper.evidence.signature),
    said,
    evidence: Object.entries(paper.evidence).map(([role, piece]) => ({ sha256: piece.sha256, size: piece.size, mime: piece.mime, role })),
  };
}

function visitOf(draft) {
  if (draft.mode === "desk") return null;
  return {
    outcome: draft.outcome,
    at_door: draft.at_door || wall(),
    at_door_mono_ms: draft.at_door_boot === bootId ? draft.at_door_mono : draft.at_door ? null : mono(),
    come_back_at: draft.outcome === "come_back" ? fromTyped(draft.come_back_at) : null,
    note: draft.note.trim(),
  };
}

// What seal() needs: the record as this tablet keeps it, and its content as the protocol wants it.
export function recordOf(draft, door, rounds) {
  const forms = papersOf(draft, door).map(([, paper]) => formOf(paper, draft, door, rounds));
  const visit = visitOf(draft);
  const first = rounds.get(door.matters[0].round_id);
  const content = { mode: draft.mode, household_id: door.household_id, crew_id: first.crew_id, visit, forms };
  const declared = [...new Map(forms.flatMap((form) => form.evidence).map((piece) => [piece.sha256, piece])).values()];
  const record = {
    kind: draft.corrects ? "correction" : "door",
    household_id: door.household_id,
    drafted: true,
    declared,
    supersedes: draft.corrects,
    photo_follows: forms.some((form) => form.photo_follows),
    place: { estate: door.estate, building: door.building, unit: door.unit, room: door.room },
    summary: {
      outcome: visit?.outcome || null,
      at_door: visit?.at_door || null,
      come_back_at: visit?.come_back_at || null,
      entries: forms.flatMap((form) => form.said.map((one) => one.entry_id)),
      serials: forms.map((form) => form.serial),
    },
  };
  if (!draft.corrects) return [record, content];
  return [record, { supersedes: draft.corrects, reason: draft.reason.trim(), ...content }];
}
