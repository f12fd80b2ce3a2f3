// What comes down: the doors, what they are asked, and what has changed. A door at which something was typed or
// sealed and not delivered is never taken off this tablet; it is marked and kept.

import { read } from "./api.js";
import { deed, get, look, nextTurn, setCanary, unsafe } from "./store.js";
import { tell } from "./news.js";

const atWork = async (tx) => {
  const drafts = await tx.objectStore("drafts").getAllKeys();
  const records = await tx.objectStore("records").getAll();
  return new Set([...drafts, ...records.filter((one) => one.state !== "delivered").map((one) => one.household_id)]);
};

const STORES = ["meta", "doors", "rounds", "drafts", "records"];

// A matter that has left the walk stays at its door as long as an answer to it is typed there: it is sealed with the
// others, and the community says what becomes of it.
async function withTyped(tx, door) {
  const draft = await tx.objectStore("drafts").get(door.household_id);
  const old = draft && (await tx.objectStore("doors").get(door.household_id));
  if (!old) return door;
  const typed = new Set(Object.values(draft.papers).flatMap((paper) => Object.keys(paper.answers).filter((id) => paper.answers[id])));
  const known = new Set(door.matters.map((matter) => matter.entry_id));
  const left = old.matters.filter((matter) => typed.has(String(matter.entry_id)) && !known.has(matter.entry_id));
  return { ...door, matters: [...door.matters, ...left] };
}

async function takeHello(said) {
  await deed(["meta", "rounds"], async (tx) => {
    const rounds = tx.objectStore("rounds");
    const kept = new Set(said.rounds.map((round) => round.round_id));
    for (const old of await rounds.getAll()) if (!kept.has(old.round_id)) await rounds.put({ ...old, over: true });
    for (const round of said.rounds) await rounds.put(round);
    const { quiet, visits, community, person, limits, export_key } = said;
    const place = { quiet, visits, community, person, limits, export_key };
    await tx.objectStore("meta").put(place, "place");
  });
  setCanary({ telephone: said.community.telephone });
}

async function allPages(token) {
  for (let tries = 0; tries < 3; tries += 1) {
    const doors = [];
    let page = await read("roll?after=0", token);
    const { cursor, roll_version } = page;
    while (page.roll_version === roll_version) {
      doors.push(...page.doors);
      if (page.next === null) return { doors, cursor, roll_version };
      page = await read(`roll?after=${page.next}`, token);
    }
  }
  return null;
}

async function takeRoll(said) {
  const now = Date.now();
  await deed(STORES, async (tx) => {
    const doors = tx.objectStore("doors");
    const busy = await atWork(tx);
    const coming = new Set(said.doors.map((door) => door.household_id));
    for (const old of await doors.getAll()) {
      if (coming.has(old.household_id)) continue;
      if (busy.has(old.household_id)) await doors.put({ ...old, gone: true });
      else await doors.delete(old.household_id);
    }
    const turn = await nextTurn(tx);
    for (const door of said.doors) await doors.put({ ...(await withTyped(tx, door)), kept_at: now, turn });
    await tx.objectStore("meta").put({ cursor: said.cursor, version: said.roll_version, at: now }, "roll");
  });
}

async function takeChanges(said) {
  const now = Date.now();
  await deed(STORES, async (tx) => {
    const doors = tx.objectStore("doors");
    const busy = await atWork(tx);
    const turn = await nextTurn(tx);
    for (const door of said.doors) await doors.put({ ...(await withTyped(tx, door)), kept_at: now, turn });
    for (const id of said.gone) {
      const old = await doors.get(id);
      if (old && busy.has(id)) await doors.put({ ...old, gone: true });
      else await doors.delete(id);
    }
    const roll = await tx.objectStore("meta").get("roll");
    await tx.objectStore("meta").put({ ...roll, cursor: said.cursor, at: now }, "roll");
  });
}

export async function fetchAnew(token) {
  await takeHello(await read("hello", token));
  const whole = await allPages(token);
  if (whole) await takeRoll(whole);
  tell("doors");
}

// The doors as the server knows them now; all of them anew when the walk itself has changed. `again`: the rounds too,
// because a deadline may have been extended, forms issued, or quiet days named, while the walk stayed the same.
export async function catchUp(token, again) {
  const roll = await get("meta", "roll");
  if (!roll) return fetchAnew(token);
  if (again) await takeHello(await read("hello", token));
  let cursor = roll.cursor;
  for (;;) {
    const said = await read(`changes?cursor=${cursor}`, token);
    if (said.roll_version !== roll.version) return fetchAnew(token);
    await takeChanges(said);
    cursor = said.cursor;
    if (!said.has_more) break;
  }
  return tell("doors");
}

export const forgetCursor = () => deed(["meta"], (tx) => tx.store.delete("roll"));

// Of a record that the community has, that there was one: neither whose it was nor what it said.
const bare = ({ record_id, seq, kind, sha256, state, verdict, alarm, server_state, reason, number, sealed_at, delivered_at, tries }) => ({
  record_id, seq, kind, sha256, state, verdict, alarm, server_state, reason, number, sealed_at, delivered_at, tries,
  payload: "", evidence: [], summary: null, place: null, bare: true,
});

async function dropDelivered(tx) {
  const records = await tx.objectStore("records").getAll();
  for (const record of records) if (record.state === "delivered" && !record.bare) await tx.objectStore("records").put(bare(record));
  const needed = new Set(records.filter((record) => record.state !== "delivered").flatMap((record) => record.evidence));
  const unsent = await unsafe(tx);
  for (const named of await tx.objectStore("evidence").getAllKeys()) {
    if (unsent.has(named) || needed.has(named)) continue;
    await tx.objectStore("evidence").delete(named);
    await tx.objectStore("safe").delete(named);
  }
}

// A tablet that is used no more keeps its unsent work and nothing else.
export function dropRoll() {
  return deed([...STORES, "evidence", "safe"], async (tx) => {
    const busy = await atWork(tx);
    const [doors, rounds] = [tx.objectStore("doors"), tx.objectStore("rounds")];
    const kept = (await doors.getAll()).filter((door) => busy.has(door.household_id));
    const asked = new Set(kept.flatMap((door) => door.matters.map((matter) => matter.round_id)));
    for (const id of await doors.getAllKeys()) if (!busy.has(id)) await doors.delete(id);
    for (const id of await rounds.getAllKeys()) if (!asked.has(id)) await rounds.delete(id);
    await tx.objectStore("meta").delete("roll");
    await dropDelivered(tx);
  });
}

export async function walk() {
  return look(["doors", "rounds", "meta", "drafts", "records"], async (tx) => ({
    doors: await tx.objectStore("doors").getAll(),
    rounds: await tx.objectStore("rounds").getAll(),
    place: await tx.objectStore("meta").get("place"),
    roll: await tx.objectStore("meta").get("roll"),
    drafts: new Set(await tx.objectStore("drafts").getAllKeys()),
    records: await tx.objectStore("records").getAll(),
  }));
}
