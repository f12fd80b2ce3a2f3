// What is typed at a door, kept with every key stroke until the door is sealed. One page at a time writes a door.

import { NoSpare, roomForMore } from "./space.js";
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

export const saveDraft = (draft) => deed(["drafts"], (tx) => tx.store.put({ ...draft, saved_at: Date.now() }));

export async function dropDraft(householdId) {
  if ((await evidenceOf(householdId)).length && !(await steady())) throw new NoSpare();
  return deed(["drafts", "draft_evidence"], async (tx) => {
    await tx.objectStore("drafts").delete(householdId);
    await tx.objectStore("draft_evidence").delete(IDBKeyRange.bound([householdId], [householdId, []]));
  });
}

export class DraftGone extends Error {}

// The pictures and the draft that speaks of them come together, or none of it; never for a draft that was sealed or
// thrown away meanwhile. `pieces` by role; `fresh`: there was no draft when the door was opened.
export async function keepEvidence(draft, pieces, fresh) {
  if (Object.values(pieces).some((piece) => piece.mime === "image/jpeg")) await roomForMore();
  return deed(["drafts", "draft_evidence"], async (tx) => {
    const drafts = tx.objectStore("drafts");
    if (!fresh && !(await drafts.get(draft.household_id))) throw new DraftGone();
    for (const [role, piece] of Object.entries(pieces)) {
      await tx.objectStore("draft_evidence").put({ household_id: draft.household_id, role, ...piece });
    }
    await drafts.put({ ...draft, saved_at: Date.now() });
  });
}

export const evidenceOf = (householdId) =>
  look(["draft_evidence"], (tx) => tx.store.getAll(IDBKeyRange.bound([householdId], [householdId, []])));

// A paper that was given up, with its pictures.
export async function dropPaper(draft, voice) {
  if (!(await steady())) throw new NoSpare();
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
