// A server that was restored from a backup has forgotten what it once acknowledged. It shows: another epoch, or
// numbers missing that this tablet holds as delivered. Then all that it lacks is sent again.

import { send } from "./api.js";
import { deed, get, look, marked, note } from "./store.js";

function lacks(device, seq) {
  return seq > device.max_seq || device.missing.some(([first, last]) => first <= seq && seq <= last);
}

// What of the kept records the server has, by asking for each.
async function unknownThere(known, records) {
  const unknown = [];
  for (let at = 0; at < records.length; at += 200) {
    const record_ids = records.slice(at, at + 200).map((record) => record.record_id);
    const { results } = await send("status", known.token, { record_ids });
    unknown.push(...results.filter((result) => result.state === "retry").map((result) => result.record_id));
  }
  return new Set(unknown);
}

// True when the server had lost something or is another than before: the cursor no longer means anything.
export async function lookBack(known, reply) {
  const epoch = await get("meta", "epoch");
  const sent = await look(["records"], async (tx) => (await tx.store.getAll()).filter((one) => ["sent", "delivered"].includes(one.state) && !one.bare));
  const another = Boolean(epoch) && epoch !== reply.epoch;
  if (!another && !sent.some((record) => lacks(reply.device, record.seq))) {
    if (!epoch) await deed(["meta"], (tx) => tx.store.put(reply.epoch, "epoch"));
    return false;
  }
  const unknown = await unknownThere(known, sent);
  await deed(["meta", "records", "evidence", "safe"], async (tx) => {
    const [records, evidence] = [tx.objectStore("records"), tx.objectStore("evidence")];
    for (const id of unknown) {
      const record = await records.get(id);
      await records.put({ ...record, state: "waiting", tries: 0 });
    }
    await tx.objectStore("safe").clear();
    for (const piece of await marked(evidence)) if (piece.bytes) await evidence.put({ ...piece, state: "waiting" });
    await tx.objectStore("meta").put(reply.epoch, "epoch");
  });
  await note("server restored", { again: unknown.size });
  return true;
}
