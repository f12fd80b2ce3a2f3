// What is typed at a door, kept with every key stroke until the door is sealed. One page at a time writes a door.

import { NotSteady, roomForMore } from "./space.js";
import { steady } from "./spare.js";
import { deed, get, look } from "./store.js";
import { typedOf } from "./times.js";

export const DOOR_LOCK = "canvass-door-";

export const emptyPaper = () => ({
  answers: {},
  serial: "",
  signer_name: "",
  relation: null,
  language: "",
  helped_by: "",
  note: "",
  replaces: "",
  photo_follows: false,
  signed_at: "",
  evidence: {},
});

// `mode` is "door" for a visit, "desk" for a paper that was handed in.
export const emptyDraft = (door, mode) => ({
  household_id: door.household_id,
  mode,
  outcome: null,
  explained: {},
  shown: {},
  come_back_at: "",
  note: "",
  at_door: null,
  at_door_mono: null,
  at_door_boot: null,
  corrects: null,
  reason: "",
  papers: Object.fromEntries(voices(door).map((voice) => [voice, emptyPaper()])),
});

// A draft that was begun at the door, as papers that were handed in: what was signed there keeps its time.
export const handedIn = (draft) => ({
  ...draft,
  mode: "desk",
  papers: Object.fromEntries(Object.entries(draft.papers).map(([voice, paper]) =>
    [voice, { ...paper, signed_at: paper.signed_at || (paper.signed_wall ? typedOf(paper.signed_wall) : "") }])),
});

// A household's matters and an owner's matters are on two papers.
export const voices = (door) => ["household", "owner"].filter((voice) => door.matters.some((one) => one.electorate === voice));

// Holds the door until `release()`, which tells when it is free again; null when another page has it open.
export function holdDoor(householdId) {
  return new Promise((done) => {
    const freed = navigator.locks.request(`${DOOR_LOCK}${householdId}`, { ifAvailable: true }, (lock) => {
      if (!lock) return done(null);
      return new Promise((free) => done(() => (free(), freed)));
    });
  });
}

export const draftOf = (householdId) => get("drafts", householdId);

const answered = ({ papers }) => new Set(Object.values(papers).flatMap(({ answers }) => Object.keys(answers).filter((id) => answers[id])));

// The walk may lose a door, a matter or a round while a page has it open and nothing is typed yet: what the draft needs
// is here again as soon as there is a draft. `opened`: door and rounds as they were when the door was opened.
async function keepDoor(tx, draft, opened) {
  if (!opened) return;
  const [doors, rounds] = [tx.objectStore("doors"), tx.objectStore("rounds")];
  const { door } = opened;
  const kept = await doors.get(door.household_id);
  const typed = answered(draft);
  const known = new Set(kept?.matters.map((matter) => matter.entry_id));
  const lost = door.matters.filter((matter) => !known.has(matter.entry_id) && (!kept || typed.has(String(matter.entry_id))));
  if (!lost.length) return;
  await doors.put(kept ? { ...kept, matters: [...kept.matters, ...lost] } : { ...door, gone: true });
  for (const { round_id } of lost) {
    const round = opened.rounds.get(round_id);
    if (round && !(await rounds.get(round_id))) await rounds.put({ ...round, over: true });
  }
}

const DRAFT = ["drafts", "doors", "rounds"];

export const saveDraft = (draft, opened = null) => deed(DRAFT, async (tx) => {
  await keepDoor(tx, draft, opened);
  await tx.objectStore("drafts").put({ ...draft, saved_at: Date.now() });
});

export async function dropDraft(householdId) {
  if ((await evidenceOf(householdId)).length && !(await steady())) throw new NotSteady();
  return deed(["drafts", "draft_evidence"], async (tx) => {
    await tx.objectStore("drafts").delete(householdId);
    await tx.objectStore("draft_evidence").delete(IDBKeyRange.bound([householdId], [householdId, []]));
  });
}

export class DraftGone extends Error {}

// The pictures and the draft that speaks of them come together, or none of it; never for a draft that was sealed or
// thrown away meanwhile. `pieces` by role; `fresh`: there was no draft when the door was opened.
export async function keepEvidence(draft, pieces, fresh, opened) {
  if (Object.values(pieces).some((piece) => piece.mime === "image/jpeg")) await roomForMore();
  return deed([...DRAFT, "draft_evidence"], async (tx) => {
    const drafts = tx.objectStore("drafts");
    if (!fresh && !(await drafts.get(draft.household_id))) throw new DraftGone();
    for (const [role, piece] of Object.entries(pieces)) {
      await tx.objectStore("draft_evidence").put({ household_id: draft.household_id, role, ...piece });
    }
    await keepDoor(tx, draft, opened);
    await drafts.put({ ...draft, saved_at: Date.now() });
  });
}

export const evidenceOf = (householdId) =>
  look(["draft_evidence"], (tx) => tx.store.getAll(IDBKeyRange.bound([householdId], [householdId, []])));

// A paper that was given up, with its pictures.
export async function dropPaper(draft, voice) {
  if (!(await steady())) throw new NotSteady();
  return deed(["drafts", "draft_evidence"], async (tx) => {
    const id = draft.household_id;
    await tx.objectStore("draft_evidence").delete(IDBKeyRange.bound([id, `${voice}:`], [id, `${voice}:\uffff`]));
    await tx.objectStore("drafts").put({ ...draft, saved_at: Date.now() });
  });
}

// Doors with something typed or sealed here and not delivered: never taken off this tablet.
export async function doorsAtWork() {
  return look(["drafts", "records"], async (tx) => {
    const drafts = await tx.objectStore("drafts").getAllKeys();
    const waiting = await tx.objectStore("records").index("state").getAll("waiting");
    return new Set([...drafts, ...waiting.map((record) => record.household_id)]);
  });
}
