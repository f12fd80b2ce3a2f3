// What the server's verdicts do to the records kept here. Decide by `state`, alarm by `verdict`.

import { tell } from "./news.js";
import { deed, nextTurn, setCanary } from "./store.js";

const SETTLED = new Set(["accepted", "late", "quarantined"]);

async function missingPieces(tx, record, result) {
  const [evidence, safe] = [tx.objectStore("evidence"), tx.objectStore("safe")];
  let lost = false;
  for (const named of result.missing) {
    const piece = await evidence.get(named);
    if (!piece?.bytes || piece.state === "lost") lost = true;
    else if (piece.state === "complete") await evidence.put({ ...piece, state: "waiting" });
    else if ((await safe.get(named))?.state === "complete") await safe.delete(named);
  }
  return lost;
}

async function judged(tx, record, result, turn) {
  const now = Date.now();
  const known = {
    ...record,
    verdict: result.verdict,
    server_state: result.state,
    number: result.number ?? record.number,
    reason: result.reason,
    missing_record: result.missing_record,
    late_rounds: result.late_rounds,
    left_out: Boolean(result.left_out),
    alarm: record.alarm || result.verdict === "mismatch",
  };
  if (result.state === "retry") return { ...known, state: "waiting", tries: record.tries + 1 };
  if (result.state === "mismatch") return { ...known, state: "mismatch" };
  const lost = await missingPieces(tx, record, result);
  if (SETTLED.has(result.state) && !result.missing.length) {
    return { ...known, state: "delivered", evidence_lost: false, delivered_at: record.delivered_at || now, turn: record.state === "delivered" ? record.turn : turn };
  }
  return { ...known, state: "sent", evidence_lost: lost, missing: result.missing };
}

export async function apply(results) {
  const delivered = await deed(["meta", "records", "evidence", "safe"], async (tx) => {
    const records = tx.objectStore("records");
    const turn = await nextTurn(tx);
    for (const result of results) {
      const record = await records.get(result.record_id);
      if (record) await records.put(await judged(tx, record, result, turn));
    }
    return records.index("state").count("delivered");
  });
  setCanary({ delivered });
  tell("changed");
}
