// Sealing: number, record and evidence bytes in one strict transaction, and the draft gone; or nothing at all.
// The payload is an exact text: it is hashed once, kept as it is, and never written anew. Sealed is for ever;
// a correction is a new record that names the old one.

import { DraftGone } from "./draft.js";
import { sha256 } from "./hash.js";
import { tell } from "./news.js";
import { deed, get, look, setCanary } from "./store.js";
import { bootId, lastHeard, mono, wall } from "./times.js";
import { build } from "./update.js";

const STORES = ["meta", "drafts", "draft_evidence", "records", "evidence"];
const SEAL_LOCK = "canvass-seal";

export class EvidenceGone extends Error {}
export class PieceLeftOut extends Error {}

// Fields in the order of the protocol; none may ever move.
async function payloadOf(record, counter, content) {
  const known = await look(["meta"], async (tx) => ({
    device: await tx.store.get("device"),
    epoch: await tx.store.get("epoch"),
    roll: await tx.store.get("roll"),
  }));
  return {
    v: 1,
    kind: record.kind,
    record_id: record.record_id,
    device_id: known.device?.device_id || "00000000-0000-4000-8000-000000000000",
    seq: counter.seq + 1,
    prev_sha256: counter.sha256,
    sealed_at: wall(),
    mono_ms: mono(),
    boot_id: bootId,
    ...lastHeard(),
    epoch: known.epoch || "",
    roll_version: known.roll?.version || "",
    app_build: build(),
    ...content,
  };
}

// No piece of a paper goes with the draft unless the record has it.
function nothingLeftOut(draft, declared) {
  const known = new Set(declared.map((piece) => piece.sha256));
  for (const { evidence } of Object.values(draft.papers)) {
    for (const piece of Object.values(evidence)) if (!known.has(piece.sha256)) throw new PieceLeftOut(piece.sha256);
  }
}

// Every declared piece is here with all its bytes; those that only the draft held become evidence, and so do those that
// come once more in place of bytes that were spoilt or have made way.
async function moveEvidence(tx, record, declared) {
  const evidence = tx.objectStore("evidence");
  const drafted = record.household_id
    ? await tx.objectStore("draft_evidence").getAll(IDBKeyRange.bound([record.household_id], [record.household_id, []]))
    : [];
  const fresh = new Map([...drafted, ...record.pieces].map((piece) => [piece.sha256, piece]));
  for (const { sha256: named, size, role } of declared) {
    const kept = await evidence.get(named);
    const piece = fresh.get(named);
    if (kept && kept.state !== "lost" && (kept.bytes || !piece)) continue;
    if (!piece || piece.bytes.byteLength !== size) throw new EvidenceGone(named);
    await evidence.put({ sha256: named, size, role, mime: piece.mime, bytes: piece.bytes, state: "waiting", offset: 0 });
  }
}

async function write(record, expected, payload, text, hash) {
  return deed(STORES, async (tx) => {
    const records = tx.objectStore("records");
    const meta = tx.objectStore("meta");
    const before = await records.get(record.record_id);
    if (before) return before;
    const counter = (await meta.get("counter")) || { seq: 0, sha256: "" };
    if (counter.seq !== expected.seq || counter.sha256 !== expected.sha256) return null;
    if (record.drafted) {
      const draft = await tx.objectStore("drafts").get(record.household_id);
      if (!draft) throw new DraftGone();
      nothingLeftOut(draft, record.declared);
    }
    await moveEvidence(tx, record, record.declared);
    const row = {
      record_id: record.record_id,
      seq: payload.seq,
      kind: record.kind,
      household_id: record.household_id,
      sha256: hash,
      payload: text,
      evidence: record.declared.map((piece) => piece.sha256),
      summary: record.summary,
      supersedes: record.supersedes || null,
      about: record.about || null,
      photo_follows: Boolean(record.photo_follows),
      place: record.place,
      sealed_at: Date.now(),
      state: "waiting",
      verdict: null,
      reason: null,
      tries: 0,
    };
    await records.add(row);
    await meta.put({ seq: payload.seq, sha256: hash }, "counter");
    if (record.drafted) {
      const drafts = tx.objectStore("drafts");
      await drafts.delete(record.household_id);
      await tx.objectStore("draft_evidence").delete(IDBKeyRange.bound([record.household_id], [record.household_id, []]));
    }
    return row;
  });
}

async function sealed(record, content) {
  for (;;) {
    const counter = (await get("meta", "counter")) || { seq: 0, sha256: "" };
    const payload = await payloadOf(record, counter, content);
    const text = JSON.stringify(payload);
    const row = await write(record, counter, payload, text, await sha256(text));
    if (row) return row;
  }
}

// `record`: kind, household_id, declared evidence, pieces not in the draft, summary, place. One at a time.
export async function seal(record, content) {
  const named = { pieces: [], record_id: crypto.randomUUID(), ...record };
  const row = await navigator.locks.request(SEAL_LOCK, () => sealed(named, content));
  setCanary({ made: row.seq });
  tell("sealed", { seq: row.seq });
  tell("changed");
  return row;
}
