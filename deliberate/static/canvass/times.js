// What the tablet knows about time: its wall clock, a clock that only goes forward, and what the server last said.

export const bootId = crypto.randomUUID();

export const mono = () => Math.round(performance.timeOrigin + performance.now());

// The wall clock with its offset, as read; the server never decides by it.
export function wall(moment = new Date()) {
  const offset = -moment.getTimezoneOffset();
  const two = (n) => String(Math.trunc(Math.abs(n))).padStart(2, "0");
  const local = new Date(moment.getTime() + offset * 60_000).toISOString().slice(0, 23);
  return `${local}${offset < 0 ? "-" : "+"}${two(offset / 60)}:${two(offset % 60)}`;
}

// "2026-11-22T19:30" as typed, meant in Beijing time.
export const fromTyped = (typed) => (typed ? `${typed}:00+08:00` : null);

export function typedNow(moment = new Date()) {
  const beijing = new Date(moment.getTime() + 8 * 3_600_000);
  return beijing.toISOString().slice(0, 16);
}
