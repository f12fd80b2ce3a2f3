// What the tablet keeps, in IndexedDB. Each deed is one strict transaction: all of it is on the disk, or nothing.
// The browser may close the connection behind our back (memory, a backgrounded tab): it is opened again once.
// Changes of this schema only ever add; a store that can hold unsent work is never dropped.

import { deleteDB, openDB } from "../vendor/idb/idb.js";
import { beside, full, giveUp } from "./spare.js";

const FIRST = "canvass";
const PRACTICE = "canvass-practice";
const CURRENT = "canvass.database";
const VERSION = 2;
const CANARY = "canvass.canary";
const CLOSED = new Set(["InvalidStateError", "UnknownError"]);

let name = localStorage.getItem(CURRENT) || FIRST;
let opening = null;
const losses = new EventTarget();

function build(db) {
  db.createObjectStore("meta");
  db.createObjectStore("doors", { keyPath: "household_id" });
  db.createObjectStore("rounds", { keyPath: "round_id" });
  db.createObjectStore("drafts", { keyPath: "household_id" });
  db.createObjectStore("draft_evidence", { keyPath: ["household_id", "role"] });
  const records = db.createObjectStore("records", { keyPath: "record_id" });
  records.createIndex("seq", "seq", { unique: true });
  records.createIndex("state", "state");
  records.createIndex("household_id", "household_id");
  db.createObjectStore("evidence", { keyPath: "sha256" }).createIndex("state", "state");
  db.createObjectStore("log", { autoIncrement: true });
}

// The pieces that the server holds verified while their bytes are still kept here.
const addSafe = (db) => db.createObjectStore("safe", { keyPath: "sha256" });

async function open() {
  let fresh = false;
  const real = !practising();
  const hears = {
    upgrade(upgraded, from) {
      fresh = from === 0;
      if (from < 1) build(upgraded);
      if (from < 2) addSafe(upgraded);
    },
    blocked: () => losses.dispatchEvent(new Event("blocked")),
    blocking: (_from, _to, event) => {
      losses.dispatchEvent(new Event("blocking"));
      event.target.close();
      opening = null;
    },
    terminated: () => {
      opening = null;
    },
  };
  const db = await openDB(name, VERSION, hears).catch((fault) => {
    // An older page than the one that made this database uses it as it is: it has all that this one knows.
    if (fault.name !== "VersionError") throw fault;
    return openDB(name, undefined, hears);
  });
  if (fresh && real && canary()?.made) losses.dispatchEvent(new Event("vanished"));
  return db;
}

export const practising = () => name === PRACTICE;

let practised = () => {};

// Held by the page that practises, so that no other page throws its database away.
const holdPractice = () => new Promise((held) => {
  navigator.locks.request(PRACTICE, { mode: "shared" }, () => new Promise((free) => {
    practised = free;
    held();
  }));
});

// Practice happens in a database of its own, new each time and thrown away. Whoever calls this, or `beginAnew`, sees to
// it that nothing is being delivered: what comes of a delivery belongs to the database in which it began.
export async function practise(on) {
  if (on) {
    await holdPractice();
    await deleteDB(PRACTICE);
    await turnTo(PRACTICE);
  } else {
    await turnTo(localStorage.getItem(CURRENT) || FIRST);
    await deleteDB(PRACTICE);
    practised();
  }
}

// From one moment to the next: nothing is opened under the old name meanwhile.
async function turnTo(other) {
  const before = opening;
  [name, opening] = [other, null];
  (await before?.catch(() => null))?.close();
}

// Another person's work begins in a database of its own; the one before stays as it is for 30 days.
export async function beginAnew() {
  const begun = `canvass-${Date.now()}`;
  localStorage.setItem(CURRENT, begun);
  buryCanary();
  await turnTo(begun);
}

const begunAt = (one) => Number(one.split("-")[1] || 0);

// Of people who had this tablet before: each database was handed on when the next one was begun.
const handedOn = (names, one) => Math.min(...names.map(begunAt).filter((at) => at > begunAt(one)));

// Databases that were handed on more than 30 days ago, and what is left of a practice that nobody ended.
export async function dropOld(now = Date.now()) {
  if (practising()) return;
  const known = ((await indexedDB.databases?.()) || []).map((one) => one.name);
  const ours = known.filter((one) => /^canvass(-\d+)?$/.test(one));
  const every = [...new Set([...ours, name])];
  const old = ours.filter((one) => one !== name && now - handedOn(every, one) >= 30 * 24 * 3_600_000);
  await Promise.all(old.map((one) => deleteDB(one)));
  if (known.includes(PRACTICE)) {
    await navigator.locks.request(PRACTICE, { ifAvailable: true }, (lock) => lock && deleteDB(PRACTICE));
  }
}

export const onLoss = (kind, hear) => losses.addEventListener(kind, hear);

function connection() {
  opening ??= open().catch((fault) => {
    opening = null;
    throw fault;
  });
  return opening;
}

async function attempt(stores, mode, work) {
  const db = await connection();
  const tx = db.transaction(stores, mode, { durability: "strict" });
  // The outcome is awaited below; without this an abort would also be reported as unhandled.
  tx.done.catch(() => {});
  try {
    const result = await work(tx);
    await tx.done;
    return result;
  } catch (fault) {
    try {
      tx.abort();
    } catch {
      // It has ended already, of the same fault.
    }
    throw tx.error ?? fault;
  }
}

// Never done anew in another database than the one in which it was begun. A connection that was closed is opened again
// once; a write for which there is no room is done again when the room kept back could be given up.
export async function deed(stores, work, mode = "readwrite") {
  const begunIn = name;
  const once = () => attempt(stores, mode, work);
  let reopened = false;
  for (;;) {
    try {
      return await (mode === "readwrite" ? beside(once) : once());
    } catch (fault) {
      const closed = CLOSED.has(fault.name);
      const roomier = mode === "readwrite" && full(fault) && (await giveUp());
      if (name !== begunIn || !(roomier || (closed && !reopened))) throw fault;
      if (closed) {
        opening = null;
        reopened = true;
      }
      if (roomier) setTimeout(note, 0, "spare room given up", { fault: String(fault) });
    }
  }
}

export const look = (stores, work) => deed(stores, work, "readonly");
export const get = (store, key) => look([store], (tx) => tx.objectStore(store).get(key));
export const all = (store) => look([store], (tx) => tx.objectStore(store).getAll());
export const put = (store, value, key) => deed([store], (tx) => tx.objectStore(store).put(value, key));
export const drop = (store, key) => deed([store], (tx) => tx.objectStore(store).delete(key));

// What came of a delivery, and what came down, in the order in which it did: each has a turn, in a deed that has "meta".
export async function nextTurn(tx) {
  const turn = ((await tx.objectStore("meta").get("turn")) || 0) + 1;
  await tx.objectStore("meta").put(turn, "turn");
  return turn;
}

// The names of the pieces that the server has not verified yet, in a deed that has "evidence" and "safe".
export async function unsafe(tx) {
  const waiting = new Set(await tx.objectStore("evidence").index("state").getAllKeys("waiting"));
  for (const named of await tx.objectStore("safe").getAllKeys()) waiting.delete(named);
  return waiting;
}

// Pieces that say of themselves that they are safe: without bytes by now, or from before there were marks beside them.
export async function marked(evidence) {
  const [complete, refused] = await Promise.all(["complete", "refused"].map((state) => evidence.index("state").getAll(state)));
  return [...complete, ...refused];
}

// A canary outside the database: how much this tablet had made and delivered, and
// the community's telephone for when the database cannot be opened. Holds no resident's name and no token.
export function canary() {
  try {
    return JSON.parse(localStorage.getItem(CANARY));
  } catch {
    return null;
  }
}

export function setCanary(known) {
  if (practising()) return;
  localStorage.setItem(CANARY, JSON.stringify({ ...canary(), ...known }));
}

const buryCanary = () => localStorage.removeItem(CANARY);

// A ring of what happened, for the person who has to find out why.
export async function note(what, more = {}) {
  try {
    await deed(["log"], async (tx) => {
      await tx.store.add({ at: new Date().toISOString(), what, ...more });
      const keys = await tx.store.getAllKeys();
      for (const key of keys.slice(0, Math.max(0, keys.length - 2000))) await tx.store.delete(key);
    });
  } catch {
    // A log must never stop the work it tells about.
  }
}
