// This tablet: who it is, whose hands it is in, and whether it is fit to go out.

import { send } from "./api.js";
import { spare } from "./spare.js";
import { canary, deed, get, put, setCanary } from "./store.js";
import { wall } from "./times.js";
import { build } from "./update.js";

const SPACE = 500 * 1024 * 1024;
const SKEW = 2 * 60_000;

export const device = () => get("meta", "device");

// Kept before it is first told to anybody: when the reply is lost, the same tablet asks again.
export async function identity() {
  const made = crypto.randomUUID();
  return deed(["meta"], async (tx) => {
    const kept = (await tx.store.get("device"))?.device_id || (await tx.store.get("identity")) || canary()?.device_id || made;
    await tx.store.put(kept, "identity");
    return kept;
  });
}

const installed = () => ["standalone", "fullscreen"].some((mode) => matchMedia(`(display-mode: ${mode})`).matches);

let offer = null;

addEventListener("beforeinstallprompt", (event) => {
  event.preventDefault();
  offer = event;
});

export const installable = () => Boolean(offer) && !installed();

export async function install() {
  await offer?.prompt();
  offer = null;
}

// Asked for after a touch; the browser grants it to what is installed.
export async function persist() {
  if (!navigator.storage?.persist) return false;
  return (await navigator.storage.persisted()) || navigator.storage.persist();
}

export async function measures() {
  const room = (await navigator.storage?.estimate?.()) || {};
  return {
    installed: installed(),
    persisted: (await navigator.storage?.persisted?.()) || false,
    quota_bytes: room.quota || 0,
    usage_bytes: room.usage || 0,
    spare: await spare(),
  };
}

export const roomy = (known) => known.spare !== false && known.quota_bytes - known.usage_bytes >= SPACE;
export const punctual = (skewMs) => Math.abs(skewMs || 0) < SKEW;

// The code of the office, with what this tablet is. The same code again, after a lost reply, is harmless.
export async function enrol(code, name) {
  const device_id = await identity();
  const { spare: _spare, ...known } = await measures();
  const checks = { ...known, now: wall() };
  const reply = await send("enrol", null, { code, device_id, name, protocol: 1, app_build: build(), checks });
  await deed(["meta"], async (tx) => {
    const counter = await tx.store.get("counter");
    await tx.store.put(
      {
        device_id,
        name: reply.device.name,
        token: reply.token,
        token_until: reply.token_until,
        community: reply.community,
        person: reply.person,
        skew_ms: reply.skew_ms,
        enrolled_at: Date.now(),
      },
      "device",
    );
    if (!(await tx.store.get("epoch"))) await tx.store.put(reply.epoch, "epoch");
    // What this tablet had made before its memory was lost: numbers go on above it, so that the office sees which
    // records never came.
    const made = Math.max(reply.device.max_seq, canary()?.device_id === device_id ? canary().made || 0 : 0);
    if (!counter || counter.seq < made) await tx.store.put({ seq: made, sha256: "" }, "counter");
  });
  setCanary({ device_id, name: reply.device.name, made: Math.max(canary()?.made || 0, reply.device.max_seq) });
  return reply;
}

// A token that is no longer taken: all is kept, a new code is asked for.
export const tokenRefused = (word) => put("meta", word, "token_refused");
export const tokenTaken = () => put("meta", null, "token_refused");
