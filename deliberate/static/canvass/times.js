// What the tablet knows about time: its wall clock, a clock that only goes forward, and what the server last said.

export const bootId = crypto.randomUUID();

let heardTime = null;
let heardMono = null;
let ahead = 0;

export const mono = () => Math.round(performance.now());

// Each reply tells the server's time; a record carries the last one that this page load heard.
export function heard(serverTime) {
  heardTime = serverTime;
  heardMono = mono();
  ahead = Date.now() - Date.parse(serverTime);
}

// How far this tablet's clock was ahead when that was last known: at its enrolment, or in this page load.
export function knownAhead(ms) {
  if (!heardTime) ahead = ms || 0;
}

export const aheadBy = () => ahead;

// What the server's clock says now, as well as it can be known here: for what is shown, never for a record. The clock
// that only goes forward may stand still while the tablet sleeps, so the wall clock may be later, never earlier.
export function trueNow() {
  const byWall = Date.now() - ahead;
  return new Date(heardTime ? Math.max(Date.parse(heardTime) + mono() - heardMono, byWall) : byWall);
}

export const lastHeard = () => ({ server_time: heardTime, mono_at_server_time: heardMono });

// The wall clock with its offset, as read; the server never decides by it.
export function wall(moment = new Date()) {
  const offset = -moment.getTimezoneOffset();
  const two = (n) => String(Math.trunc(Math.abs(n))).padStart(2, "0");
  const local = new Date(moment.getTime() + offset * 60_000).toISOString().slice(0, 23);
  return `${local}${offset < 0 ? "-" : "+"}${two(offset / 60)}:${two(offset % 60)}`;
}

// "2026-11-22T19:30" as typed, meant in Beijing time.
export const fromTyped = (typed) => (typed ? `${typed}:00+08:00` : null);

export function typedOf(moment) {
  return new Date(new Date(moment).getTime() + 8 * 3_600_000).toISOString().slice(0, 16);
}
