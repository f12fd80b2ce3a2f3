// Doors as one stands before them: in walking order, what each still needs, and at which nobody may knock.
// A door has answered or has not; how it answered is nobody's business here.

import { matches } from "./names.js";
import { trueNow } from "./times.js";

const IN_VAIN = new Set(["not_home", "refused", "inaccessible"]);
const EVENING_FROM = 18;

const outOfForce = (record) => record.state === "delivered" && record.server_state === "quarantined";

// With the office: here it was done, and whether it counts is decided there.
export const withTheOffice = (record) => outOfForce(record) && !record.left_out;

// Delivered after this door came down. By turns and never by the clock, which somebody may set; the times are only for
// what was kept before there were turns.
function later(door, record) {
  if (record.turn || door.turn) return (record.turn || 0) > (door.turn || 0);
  return (record.delivered_at || 0) > (door.kept_at || 0);
}

// Work of this tablet that the doors from the server do not yet know of.
const unknownYet = (door, record) => record.state !== "delivered" || later(door, record);

export function byDoor(records) {
  const superseded = new Set(records.map((record) => record.supersedes).filter(Boolean));
  const found = new Map();
  for (const record of [...records].sort((a, b) => a.seq - b.seq)) {
    if (superseded.has(record.record_id) || !record.summary) continue;
    found.set(record.household_id, [...(found.get(record.household_id) || []), record]);
  }
  return found;
}

// The door with this tablet's own work laid over what the server said.
export function seen(door, records, hasDraft, most) {
  const own = records || [];
  const done = new Set(own.filter((record) => unknownYet(door, record) && !outOfForce(record)).flatMap((record) => record.summary.entries));
  const matters = door.matters.map((matter) => ({ ...matter, answered: matter.answered || done.has(matter.entry_id) }));
  const made = own.filter((record) => record.summary.outcome && unknownYet(door, record));
  const visits = [...door.visits, ...made.map((record) => record.summary)];
  const left = matters.filter((matter) => !matter.answered).length;
  const last = visits.at(-1) || null;
  const appointed = door.wishes.map((wish) => wish.appointed_at).find(Boolean);
  return {
    ...door,
    matters,
    visits,
    hasDraft,
    left,
    last,
    come_back_at: last?.come_back_at || appointed || null,
    withTheOffice: left > 0 && own.some(withTheOffice),
    sealedHere: own.some((record) => record.state !== "delivered"),
    shut: shutBy(door, visits, made, most),
  };
}

function shutBy(door, visits, made, most) {
  if (door.own) return "own";
  if (door.unwelcome === "asked_not_to" || made.some((one) => one.summary.outcome === "do_not_visit")) return "asked_not_to";
  if (door.unwelcome === "often_enough") return "often_enough";
  const vain = visits.filter((visit) => IN_VAIN.has(visit.outcome)).length;
  return made.length && !door.wishes.length && vain >= most ? "often_enough" : null;
}

// One word for a door: draft, answered, shut, back (come back), some, tried, none.
export function standing(door) {
  if (door.hasDraft) return "draft";
  if (!door.left) return "answered";
  if (door.shut) return "shut";
  if (door.come_back_at) return "back";
  if (door.left < door.matters.length) return "some";
  return door.last ? "tried" : "none";
}

const IN_THE_DAY = new Set(["not_home", "inaccessible"]);
const hourInBeijing = (moment) => (new Date(moment).getUTCHours() + 8) % 24;

// Knocked at in vain, and so far never in the evening.
function onlyByDay(door) {
  const vain = door.visits.filter((visit) => IN_THE_DAY.has(visit.outcome));
  return vain.length > 0 && vain.every((visit) => hourInBeijing(visit.at_door) < EVENING_FROM);
}

export function keeps(filter, door) {
  if (filter === "all") return true;
  if (!door.left || door.shut) return false;
  if (filter === "back") return Boolean(door.come_back_at);
  if (filter === "evening") {
    if (door.come_back_at) return hourInBeijing(door.come_back_at) >= EVENING_FROM;
    return door.wishes.some((wish) => wish.evening) || onlyByDay(door);
  }
  return true;
}

export function listed(known, filter, typed) {
  const records = byDoor(known.records);
  const most = known.place?.visits ?? 3;
  return known.doors
    .map((door) => seen(door, records.get(door.household_id), known.drafts.has(door.household_id), most))
    .filter((door) => (typed ? matches(door, typed) : keeps(filter, door)))
    .sort((a, b) => a.order - b.order);
}

// The next door up the stairs that still has something to answer.
export function following(known, householdId) {
  const doors = listed(known, "todo", "");
  const here = known.doors.find((door) => door.household_id === householdId)?.order ?? -1;
  return doors.find((door) => door.order > here && !door.hasDraft) || doors.find((door) => door.order > here) || null;
}

const minutes = (clock) => Number(clock.slice(0, 2)) * 60 + Number(clock.slice(3, 5));

// Why nobody is visited now: a daily span (it may pass midnight), or days with a reason; null when one may knock.
export function quietNow(quiet, now = trueNow()) {
  if (!quiet) return null;
  const span = quiet.spans.find((one) => new Date(one.from) <= now && now < new Date(one.until));
  if (span) return { reason: span.reason, until: span.until };
  const at = ((now.getUTCHours() + 8) % 24) * 60 + now.getUTCMinutes();
  const daily = quiet.daily.find(({ from, until }) =>
    minutes(from) <= minutes(until)
      ? minutes(from) <= at && at < minutes(until)
      : at >= minutes(from) || at < minutes(until));
  return daily ? { daily } : null;
}
