// The drainer: one for the whole browser, whatever the number of pages. It sends what waits, in its order, and
// believes nothing but verdicts. Nothing is ever dropped for having been tried too often.

import { NoConnection, Refused, breakOff, send, sendRaw } from "./api.js";
import { device, tokenRefused, tokenTaken } from "./device.js";
import { withTheOffice } from "./doors.js";
import { hear, tell, tellOthers } from "./news.js";
import { sendPieces } from "./pieces.js";
import { lookBack } from "./restored.js";
import { catchUp, dropRoll, forgetCursor } from "./roll.js";
import { beginAnew, get, look, note, practising, put } from "./store.js";
import { regain } from "./space.js";
import { report } from "./state.js";
import { bootId, mono, wall } from "./times.js";
import { apply } from "./verdicts.js";

const MOST = 50;
const MOST_BYTES = 250 * 1024;
const LEAST_BYTES = 16 * 1024;
const QUICK = 15_000;
const DRAIN = "canvass-drain";
const LONGEST_WAIT = 5 * 60_000;
const PATIENCE = 3;
const ALL_AGAIN = 10 * 60_000;

let failures = 0;
let bidden = 0;
let badBatches = 0;
let allAgainAt = 0;
let timer = null;
let most = MOST;
let room = MOST_BYTES;

const envelope = ({ record_id, seq, sha256, payload }) => ({ record_id, seq, sha256, payload });

async function waitingRecords() {
  const records = await look(["records"], (tx) => tx.store.index("state").getAll("waiting"));
  return records.sort((a, b) => a.seq - b.seq);
}

const weight = (record) => new TextEncoder().encode(JSON.stringify(envelope(record))).length + 1;

function batchOf(records) {
  const batch = [];
  let bytes = 2048;
  for (const record of records) {
    bytes += weight(record);
    if (batch.length && (bytes > room || batch.length >= most)) break;
    batch.push(record);
  }
  return batch;
}

async function exchange(known, records) {
  const reply = await send("sync", known.token, {
    protocol: 1,
    device_id: known.device_id,
    batch_id: crypto.randomUUID(),
    sent_at: wall(),
    sent_mono_ms: mono(),
    boot_id: bootId,
    epoch: (await get("meta", "epoch")) || "",
    report: await report(),
    records: records.map(envelope),
  });
  await apply(reply.results);
  return reply;
}

// One that will not go in company goes alone, as the bytes it is.
async function alone(known, record) {
  await note("sent alone", { seq: record.seq });
  const reply = await sendRaw(known.token, record.record_id, record.payload);
  await apply(reply.results);
}

async function soothe(known, batch, refused) {
  badBatches += 1;
  await note("batch refused", { status: refused.status, records: batch.length });
  if (refused.status === 413 && batch.length > 1) {
    most = Math.max(1, Math.floor(batch.length / 2));
  } else if (refused.status === 413 || badBatches >= PATIENCE) {
    for (const record of batch) await alone(known, record);
    badBatches = 0;
  } else {
    throw refused;
  }
}

// A fault of the server that comes back again and again may be one record's doing: fewer at a time, then alone.
async function isolate(known, batch, fault) {
  badBatches += 1;
  if (badBatches < PATIENCE || !(fault.status >= 500)) throw fault;
  if (batch.length > 1) {
    most = Math.max(1, Math.floor(batch.length / 2));
  } else {
    await alone(known, batch[0]);
    badBatches = 0;
  }
}

async function oneBatch(known, batch) {
  const begun = mono();
  try {
    const reply = await exchange(known, batch);
    badBatches = 0;
    most = Math.min(MOST, most * 2);
    if (mono() - begun < QUICK) room = Math.min(MOST_BYTES, room * 2);
    return reply;
  } catch (fault) {
    // A weak line: half as much gets through it, or half of that.
    if (fault.slow && batch.length > 1) {
      most = Math.ceil(batch.length / 2);
      room = Math.max(LEAST_BYTES, Math.min(room, batch.reduce((sum, one) => sum + weight(one), 0)) / 2);
    } else if (fault instanceof Refused && (fault.status === 413 || fault.status === 422)) await soothe(known, batch, fault);
    else if (fault instanceof NoConnection && batch.length) await isolate(known, batch, fault);
    else throw fault;
    return null;
  }
}

async function sendRecords(known) {
  let reply = null;
  const before = new Set();
  for (;;) {
    const waiting = await waitingRecords();
    for (const record of waiting.filter((one) => one.tries >= PATIENCE && !before.has(one.record_id))) {
      before.add(record.record_id);
      await alone(known, record);
    }
    const batch = batchOf(waiting.filter((record) => !before.has(record.record_id)));
    if (!batch.length && reply) return reply;
    reply = (await oneBatch(known, batch)) || reply;
    // What came back as `retry` waits for the next time, so that this loop has an end.
    if (reply) batch.forEach((record) => before.add(record.record_id));
  }
}

// What still waits for its evidence, and what is with the office until that has decided.
async function askAbout(known) {
  const every = await look(["records"], (tx) => tx.store.getAll());
  const sent = every.filter((record) => record.state === "sent" || (withTheOffice(record) && !record.bare));
  for (let at = 0; at < sent.length; at += 200) {
    const record_ids = sent.slice(at, at + 200).map((record) => record.record_id);
    await apply((await send("status", known.token, { record_ids })).results);
  }
}

// No new doors for a tablet that was withdrawn, or whose person serves no more; what it has is still delivered.
async function comeDown(known, reply) {
  let stopped = reply.directives.revoked ? "revoked" : null;
  try {
    if (!stopped && !reply.directives.upload_only) {
      const again = mono() >= allAgainAt;
      await catchUp(known.token, again);
      if (again) allAgainAt = mono() + ALL_AGAIN;
    }
  } catch (fault) {
    if (!(fault instanceof Refused) || fault.status !== 403) throw fault;
    stopped = fault.word;
  }
  await put("meta", stopped, "stopped");
  if (stopped) await dropRoll();
}

async function whole() {
  const known = await device();
  if (!known || navigator.onLine === false) return;
  const reply = await sendRecords(known);
  await tokenTaken();
  if (await lookBack(known, reply)) {
    await forgetCursor();
    await sendRecords(known);
  }
  const failed = await sendPieces(known.token);
  await askAbout(known);
  await comeDown(known, reply);
  if (failed) throw failed;
}

function later() {
  clearTimeout(timer);
  const wait = failures ? Math.min(LONGEST_WAIT, 1000 * 2 ** failures) * (0.5 + Math.random()) : 60_000;
  timer = setTimeout(deliver, Math.max(wait, bidden));
  bidden = 0;
}

async function judged(work) {
  try {
    await work();
    failures = 0;
    tell("delivery", { ok: true, at: Date.now() });
    return true;
  } catch (fault) {
    failures += 1;
    bidden = (fault.waitSeconds || 0) * 1000;
    // On a full disk that is not kept; whoever refused says it again with the next delivery.
    if (fault instanceof Refused && fault.status === 401) await tokenRefused(fault.word).catch(() => {});
    else if (!(fault instanceof NoConnection)) await note("delivery failed", { fault: String(fault) });
    tell("delivery", { ok: false, offline: fault instanceof NoConnection, word: fault.word || null });
    return false;
  }
}

let running = null;
let again = false;

async function drained() {
  let result = null;
  try {
    do {
      again = false;
      result = await navigator.locks.request(DRAIN, { ifAvailable: true }, (lock) => (lock && !practising() ? judged(whole) : null));
      if (result !== null) await regain().catch(() => {});
    } while (again);
  } finally {
    later();
  }
  tell("changed");
  return result;
}

// True when all went through, false when something did not, null when another page is at it. What is sealed
// while this page delivers goes with the next round, which follows at once.
export async function deliver() {
  if (practising()) {
    later();
    return null;
  }
  if (running) {
    again = true;
    return running;
  }
  running = drained().finally(() => {
    running = null;
  });
  return running;
}

hear("break-off", breakOff);

// Does what changes the database while nothing is delivered on any page; what is under way there is broken off first.
export async function apart(work) {
  const ask = () => tell("break-off");
  ask();
  const asking = setInterval(ask, 500);
  try {
    return await navigator.locks.request(DRAIN, () => {
      clearInterval(asking);
      return work();
    });
  } finally {
    clearInterval(asking);
  }
}

// Another person takes the tablet: as a new device, in every page of it.
export async function handedOver() {
  await apart(beginAnew);
  tellOthers("handed-over");
}

function atOnce() {
  failures = 0;
  return deliver();
}

// Asked for by a person, or back from where there was no signal: everything is looked at anew.
export function deliverNow() {
  allAgainAt = 0;
  return atOnce();
}

let started = false;

export function start() {
  if (started) return atOnce();
  started = true;
  addEventListener("online", deliverNow);
  document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && atOnce());
  hear("sealed", atOnce);
  return deliver();
}
