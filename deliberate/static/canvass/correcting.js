// The record as a draft again, under the name of the one that it will replace: all that it said, or not at all here.

import { draftOf, emptyDraft, emptyPaper, saveDraft } from "./draft.js";
import { walk } from "./roll.js";
import { broughtFor } from "./state.js";
import { typedOf } from "./times.js";
import { t } from "./words.js";

const pieces = (evidence) => Object.fromEntries(evidence.map(({ role, ...piece }) => [role, piece]));

// `brought`: what a supplement brought for it meanwhile; such a paper waits for no photograph any more.
function paperOf(form, brought) {
  return {
    ...emptyPaper(),
    answers: Object.fromEntries(form.said.map((one) => [one.entry_id, one.answer])),
    serial: form.serial,
    signer_name: form.signer_name,
    relation: form.relation,
    language: form.language,
    helped_by: form.helped_by,
    note: form.note,
    replaces: form.replaces.join(" "),
    photo_follows: form.photo_follows && !brought,
    signed_at: typedOf(form.signed_at),
    signed_wall: form.signed_at,
    evidence: { ...pieces(form.evidence), ...pieces(brought || []) },
  };
}

function draftFrom(record, was, door, rounds, brought) {
  const draft = { ...emptyDraft(door, was.mode), corrects: record.record_id, outcome: was.visit?.outcome || null };
  Object.assign(draft, { note: was.visit?.note || "", at_door: was.visit?.at_door || null });
  draft.come_back_at = was.visit?.come_back_at ? typedOf(was.visit.come_back_at) : "";
  for (const form of was.forms) {
    const voice = door.matters.find((matter) => form.said.some((one) => one.entry_id === matter.entry_id))?.electorate || "household";
    draft.papers[voice] = paperOf(form, brought.get(form.serial));
  }
  for (const matter of door.matters) {
    const said = was.forms.flatMap((form) => form.said).find((one) => one.entry_id === matter.entry_id);
    if (!said || !rounds.has(matter.round_id)) continue;
    draft.explained[matter.round_id] = "told";
    draft.shown[matter.round_id] = said.plan_sha256;
  }
  return draft;
}

// The titles of what was answered and is not asked at this door any more: a correction would take those answers away.
function noLongerAsked(was, door, rounds) {
  const asked = new Set(door.matters.filter((matter) => rounds.has(matter.round_id)).map((matter) => matter.entry_id));
  const gone = was.forms.flatMap((form) => form.said).filter((one) => !asked.has(one.entry_id));
  const title = (sha256) => [...rounds.values()].find((round) => round.plan.sha256 === sha256)?.plan.title;
  return gone.map((one) => title(one.plan_sha256) || t("以前的一个议题"));
}

export async function correct(app, record) {
  const known = await walk();
  const here = `door/${record.household_id}`;
  const door = known.doors.find((one) => one.household_id === record.household_id);
  if (!door) return app.redraw();
  const rounds = new Map(known.rounds.map((round) => [round.round_id, round]));
  const begun = await draftOf(record.household_id);
  if (begun?.corrects === record.record_id) return app.go(here);
  if (begun) return app.fault(t("这一户还有没写完的内容，不是这份更正。"), t("请先在名单里打开这一户，把它保存或者清掉，再来更正。"));
  const was = JSON.parse(record.payload);
  const gone = noLongerAsked(was, door, rounds);
  if (gone.length) {
    return app.fault(t("这份记录不能在平板上更正。"),
      t("“%(matter)s”已经不在这一户了，在这里更正会丢掉那一份意见。请把纸表交给社区，由社区更正。", { matter: gone.join(t("、")) }));
  }
  await saveDraft(draftFrom(record, was, door, rounds, broughtFor(record, known.records)), { door, rounds });
  return app.go(here);
}
