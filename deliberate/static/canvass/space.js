// When the tablet is full: evidence that the server holds verified makes room first, then the deed is tried once more.

import { deed, note } from "./store.js";

const DAY = 24 * 3_600_000;

async function freed(olderThan) {
  return deed(["records", "evidence"], async (tx) => {
    const evidence = tx.objectStore("evidence");
    const records = await tx.objectStore("records").getAll();
    const needed = new Set(records.filter((record) => record.state !== "delivered").flatMap((record) => record.evidence));
    let count = 0;
    for (let cursor = await evidence.openCursor(); cursor; cursor = await cursor.continue()) {
      const piece = cursor.value;
      const safe = ["complete", "refused"].includes(piece.state) && piece.bytes && !needed.has(piece.sha256);
      if (!safe || piece.safe_at > olderThan) continue;
      await cursor.update({ ...piece, bytes: null });
      count += 1;
    }
    return count;
  });
}

export async function makeRoom(work) {
  try {
    return await work();
  } catch (fault) {
    if (fault?.name !== "QuotaExceededError") throw fault;
    const count = await freed(Date.now()).catch(() => 0);
    await note("out of space", { freed: count });
    if (!count) throw fault;
    return work();
  }
}

// Delivered evidence is kept 7 days, delivered records 30.
export async function tidy(now = Date.now()) {
  await freed(now - 7 * DAY);
  await deed(["records"], async (tx) => {
    for (const record of await tx.store.index("state").getAll("delivered")) {
      if (record.delivered_at < now - 30 * DAY) await tx.store.delete(record.record_id);
    }
  });
}
