// The PIN. It locks the screen after five minutes without a touch; wrong tries slow down; nothing is ever wiped.

import { deed, get, put } from "./store.js";

const IDLE = 5 * 60_000;
const FREE_TRIES = 3;
const DELAYS = [30_000, 60_000, 120_000, 300_000, 900_000];
const ROUNDS = 200_000;
const TOUCHED = "canvass.touched";

const bytesOf = (hex) => Uint8Array.from(hex.match(/../g), (pair) => parseInt(pair, 16));
const hexOf = (bytes) => [...new Uint8Array(bytes)].map((byte) => byte.toString(16).padStart(2, "0")).join("");

async function derived(pin, salt) {
  const key = await crypto.subtle.importKey("raw", new TextEncoder().encode(pin), "PBKDF2", false, ["deriveBits"]);
  return hexOf(
    await crypto.subtle.deriveBits({ name: "PBKDF2", hash: "SHA-256", salt: bytesOf(salt), iterations: ROUNDS }, key, 256),
  );
}

export const sound = (pin) => /^[0-9]{6}$/.test(pin) && !/^(.)\1+$/.test(pin) && !"0123456789 9876543210".includes(pin);

export async function setPin(pin) {
  const salt = hexOf(crypto.getRandomValues(new Uint8Array(16)));
  await put("meta", { salt, hash: await derived(pin, salt), tries: 0, wait_until: 0 }, "pin");
  touch();
}

// How long the next try still has to wait, in milliseconds. A clock set back cannot make it longer than its delay.
export async function waiting() {
  const pin = await get("meta", "pin");
  if (!pin) return 0;
  return Math.min(Math.max(0, pin.wait_until - Date.now()), DELAYS.at(-1));
}

export async function unlock(typed) {
  if (await waiting()) return false;
  const pin = await get("meta", "pin");
  const right = (await derived(typed, pin.salt)) === pin.hash;
  await deed(["meta"], async (tx) => {
    const kept = await tx.store.get("pin");
    kept.tries = right ? 0 : kept.tries + 1;
    const slow = kept.tries - FREE_TRIES;
    kept.wait_until = right || slow < 0 ? 0 : Date.now() + DELAYS[Math.min(slow, DELAYS.length - 1)];
    await tx.store.put(kept, "pin");
  });
  if (right) touch();
  return right;
}

export function touch() {
  sessionStorage.setItem(TOUCHED, String(Date.now()));
}

export function lockNow() {
  sessionStorage.removeItem(TOUCHED);
}

// Open while it was touched less than five minutes ago, in this tab; a reload alone does not lock it. Once locked there
// is no touch to count from, so that no clock that is set back opens it: only the PIN makes the next one.
export function open() {
  const touched = sessionStorage.getItem(TOUCHED);
  const since = Date.now() - Number(touched);
  return touched !== null && since >= 0 && since < IDLE;
}

// Calls `lock` once the screen has been left alone for too long.
export function watch(lock) {
  let last = 0;
  const touched = () => {
    if (Date.now() - last > 1000 && open()) touch();
    last = Date.now();
  };
  for (const kind of ["pointerdown", "keydown", "input"]) addEventListener(kind, touched, { capture: true, passive: true });
  const judge = () => {
    if (!open()) lock();
  };
  setInterval(judge, 5000);
  document.addEventListener("visibilitychange", judge);
}
