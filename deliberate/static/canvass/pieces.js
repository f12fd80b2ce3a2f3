// Evidence goes up by content: in chunks at an offset, one file at a time, and is safe only once verified whole.

import { NoConnection, Refused, offsetOf, sendChunk } from "./api.js";
import { sha256 } from "./hash.js";
import { tell } from "./news.js";
import { deed, look, note, unsafe } from "./store.js";
import { mono } from "./times.js";
import { apply } from "./verdicts.js";

const CHUNK = 256 * 1024;
const LEAST = 16 * 1024;
const QUICK = 8000;
const SAFE = new Set(["complete", "refused"]);

// A mark beside the piece, so that its bytes are not written once more: on a full tablet there is no room for them.
async function finished(piece, state) {
  const mark = { sha256: piece.sha256, state: state === "refused" ? "refused" : "complete", safe_at: Date.now() };
  await deed(["evidence", "safe"], async (tx) => {
    if (await tx.objectStore("evidence").getKey(piece.sha256)) await tx.objectStore("safe").put(mark);
  });
  tell("changed");
}

// Bytes that no longer have their own name were spoilt on this tablet; they are never sent as if they were right.
async function spoilt(piece) {
  if (piece.bytes && (await sha256(piece.bytes)) === piece.sha256) return false;
  await deed(["evidence"], async (tx) => {
    const now = await tx.store.get(piece.sha256);
    if (now) await tx.store.put({ ...now, state: "lost" });
  });
  return true;
}

let chunk = CHUNK;

// As much as gets through this line: half of it after each time that it did not, more again when it went quickly.
async function oneChunk(token, piece, offset) {
  const begun = mono();
  try {
    const reply = await sendChunk(token, piece, offset, piece.bytes.slice(offset, offset + chunk));
    if (mono() - begun < QUICK) chunk = Math.min(CHUNK, chunk * 2);
    return reply;
  } catch (fault) {
    if (!fault.slow || chunk <= LEAST) throw fault;
    chunk = Math.max(LEAST, chunk / 2);
    return offsetOf(token, piece.sha256);
  }
}

async function upload(token, piece) {
  let { offset, state } = await offsetOf(token, piece.sha256);
  let wrong = 0;
  while (!SAFE.has(state)) {
    if (offset >= piece.size) offset = 0;
    const reply = await oneChunk(token, piece, offset);
    ({ offset, state } = reply);
    if (state === "wrong_hash" && (wrong += 1) > 2) return;
    if (reply.results?.length) await apply(reply.results);
  }
  await finished(piece, state);
}

// Pieces of records that the server already has, in the order of their records.
async function waitingPieces() {
  return look(["records", "evidence", "safe"], async (tx) => {
    const records = await tx.objectStore("records").index("seq").getAll();
    const waiting = await unsafe(tx);
    const named = records.filter((record) => record.state !== "waiting").flatMap((record) => record.evidence);
    return [...new Set(named)].filter((one) => waiting.has(one));
  });
}

// Nothing else gets through either: there is no line, the token is not taken, or we ask too often.
const hopeless = (fault) => (fault instanceof NoConnection ? fault.status === 0 && !fault.slow : fault instanceof Refused && [401, 429].includes(fault.status));

// One after the other; one that fails does not keep the others. The first fault, when all had their turn.
export async function sendPieces(token) {
  let failed = null;
  for (const named of await waitingPieces()) {
    try {
      const piece = await look(["evidence"], (tx) => tx.store.get(named));
      if (piece && !(await spoilt(piece))) await upload(token, piece);
    } catch (fault) {
      failed ??= fault;
      if (hopeless(fault)) break;
      await note("piece failed", { fault: String(fault) });
    }
  }
  return failed;
}
