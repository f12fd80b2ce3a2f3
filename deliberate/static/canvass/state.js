// The honest state: what waits on this tablet, what is delivered, what needs a person. Each record is in one of
// the three. "Delivered" is only what the server has verified, photographs and all.

import { get, look, unsafe } from "./store.js";
import { measures } from "./device.js";
import { withTheOffice } from "./doors.js";
import { build } from "./update.js";

// A record that came to nothing brings no photograph and corrects nothing.
const inVain = (record) => record.server_state === "quarantined" || record.state === "mismatch" || record.evidence_lost;

// What supplements brought for the papers of a record: the pieces of each, by its serial.
export function broughtFor(record, records) {
  const supplements = records.filter((one) => one.about === record.record_id && !inVain(one) && one.payload);
  return new Map(supplements.map((one) => JSON.parse(one.payload)).map(({ serial, evidence }) => [serial, evidence]));
}

// The papers of a record that are still to be photographed: the office, too, takes none into force without. A correction
// stands in its place once it is in force.
export function unphotographed(record, records) {
  if ((record.state === "delivered" && !withTheOffice(record)) || !record.photo_follows) return [];
  const others = records.filter((one) => !inVain(one));
  if (others.some((one) => one.supersedes === record.record_id && one.state === "delivered")) return [];
  const brought = broughtFor(record, records);
  return JSON.parse(record.payload).forms.filter((form) => form.photo_follows && !brought.has(form.serial));
}

// Why a record needs its person; null when it does not.
export function needOf(record, records) {
  if (record.state === "mismatch" || record.alarm) return "mismatch";
  if (record.evidence_lost) return "evidence_lost";
  return unphotographed(record, records).length ? "photo_follows" : null;
}

export async function counted() {
  const records = await look(["records"], (tx) => tx.store.getAll());
  const evidence = (await look(["evidence", "safe"], unsafe)).size;
  const needing = records.filter((record) => needOf(record, records));
  const needed = new Set(needing.map((record) => record.record_id));
  const rest = records.filter((record) => !needed.has(record.record_id));
  const delivered = rest.filter((record) => record.state === "delivered").length;
  // A photograph that is still to be taken is work; the others are an alarm.
  const alarms = needing.filter((record) => needOf(record, records) !== "photo_follows").length;
  const mismatches = needing.filter((record) => needOf(record, records) === "mismatch" && ["mismatch", "delivered"].includes(record.state)).length;
  return { made: records.length, waiting: rest.length - delivered, delivered, needs: needing.length, alarms, mismatches, evidence, records };
}

export async function report() {
  const [known, room] = await Promise.all([counted(), measures()]);
  const unsent = known.records.filter((record) => record.state !== "delivered");
  const next = ((await get("meta", "counter"))?.seq || 0) + 1;
  const oldest = unsent.length ? new Date(Math.min(...unsent.map((record) => record.sealed_at))).toISOString() : null;
  return {
    waiting: unsent.length,
    oldest_waiting_at: oldest,
    evidence_waiting: known.evidence,
    delivered: known.records.length - unsent.length,
    persisted: room.persisted,
    free_bytes: room.spare === false ? 0 : Math.max(0, room.quota_bytes - room.usage_bytes),
    app_build: build(),
    next_seq: next,
    // What is below was sent, or is lost: nobody need wait for it.
    unsent_from: Math.min(next, ...unsent.filter((record) => record.state === "waiting").map((record) => record.seq)),
  };
}
