// Evidence goes up by content: in chunks at an offset, one file at a time, and is safe only once verified whole.

import { offsetOf, sendChunk } from "./api.js";
import { sha256 } from "./hash.js";
import { tell } from "./news.js";
import { deed, look } from "./store.js";
import { apply } from "./verdicts.js";

const CHUNK = 256 * 1024;
const SAFE = new Set(["complete", "refused"]);

function kept(piece, more) {
  return deed(["evidence"], async (tx) => {
    const now = await tx.store.get(piece.sha256);
    if (now) await tx.store.put({ ...now, ...more });
  });
}

async function finished(piece, state) {
  await kept(piece, { state: state === "refused" ? "refused" : "complete", offset: piece.size, safe_at: Date.now() });
  tell("changed");
}

// Bytes that no longer have their own name were spoilt on this tablet; they are never sent as if they were right.
async function spoilt(piece) {
  if (piece.bytes && (await sha256(piece.bytes)) === piece.sha256) return false;
  await kept(piece, { state: "lost" });
  return true;
}

async function upload(token, piece) {
  let { offset, state } = await offsetOf(token, piece.sha256);
  let wrong = 0;
  while (!SAFE.has(state)) {
    if (offset >= piece.size) offset = 0;
    const reply = await sendChunk(token, piece, offset, piece.bytes.slice(offset, offset + CHUNK));
    ({ offset, state } = reply);
    if (state === "wrong_hash" && (wrong += 1) > 2) return;
    if (reply.results?.length) await apply(reply.results);
    await kept(piece, { offset });
  }
  await finished(piece, state);
}

// Pieces of records that the server already has, in the order of their records.
export async function waitingPieces() {
  return look(["records", "evidence"], async (tx) => {
    const records = await tx.objectStore("records").index("seq").getAll();
    const waiting = new Set(await tx.objectStore("evidence").index("state").getAllKeys("waiting"));
    const named = records.filter((record) => record.state !== "waiting").flatMap((record) => record.evidence);
    return [...new Set(named)].filter((one) => waiting.has(one));
  });
}

export async function sendPieces(token) {
  for (const named of await waitingPieces()) {
    const piece = await look(["evidence"], (tx) => tx.store.get(named));
    if (piece && !(await spoilt(piece))) await upload(token, piece);
  }
}
