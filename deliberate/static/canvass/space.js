// When the tablet is full: evidence that the server holds verified makes room first, then the deed is tried once more.

import { deed, marked, note } from "./store.js";

const DAY = 24 * 3_600_000;

async function freed(olderThan) {
  return deed(["records", "evidence", "safe"], async (tx) => {
    const [evidence, safe] = [tx.objectStore("evidence"), tx.objectStore("safe")];
    const records = await tx.objectStore("records").getAll();
    const needed = new Set(records.filter((record) => record.state !== "delivered").flatMap((record) => record.evidence));
    const old = (await marked(evidence)).filter((piece) => piece.bytes);
    const done = [...(await safe.getAll()), ...old].filter((one) => one.safe_at <= olderThan && !needed.has(one.sha256));
    for (const { sha256, state, safe_at } of done) {
      await evidence.put({ ...(await evidence.get(sha256)), state, safe_at, bytes: null });
      await safe.delete(sha256);
    }
    return done.length;
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
