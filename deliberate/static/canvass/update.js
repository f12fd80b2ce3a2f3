// A new version waits for the person's leave, and never opens while a door is open on any page.

import { DOOR_LOCK } from "./draft.js";

let waiting = null;
let told = () => {};
let asked = false;

export const build = () => document.documentElement.dataset.build || "";
export const ready = () => Boolean(waiting);

function found(worker) {
  if (!worker || !navigator.serviceWorker.controller) return;
  waiting = worker;
  told();
}

// Whether the whole shell is on this tablet, so that it opens without a signal.
export async function shellKept() {
  const registration = await navigator.serviceWorker?.getRegistration("/canvass/");
  return Boolean(registration?.active);
}

export async function doorIsOpen() {
  const locks = await navigator.locks.query();
  return [...locks.held, ...locks.pending].some((lock) => lock.name.startsWith(DOOR_LOCK));
}

// True when the new version is being opened; false when a door is open somewhere.
export async function openNewVersion() {
  if (!waiting || (await doorIsOpen())) return false;
  asked = true;
  waiting.postMessage("open-new-version");
  return true;
}

async function changed() {
  if (asked || !(await doorIsOpen())) location.reload();
}

export async function watch(tell) {
  told = tell;
  if (!("serviceWorker" in navigator)) return;
  const before = Boolean(navigator.serviceWorker.controller);
  navigator.serviceWorker.addEventListener("controllerchange", () => {
    if (before) changed();
  });
  try {
    const registration = await navigator.serviceWorker.register("/canvass/sw.js", { scope: "/canvass/", updateViaCache: "none" });
    found(registration.waiting);
    registration.addEventListener("updatefound", () => {
      const coming = registration.installing;
      coming?.addEventListener("statechange", () => {
        if (coming.state === "installed") found(registration.waiting);
      });
    });
    const look = () => navigator.onLine && registration.update().catch(() => {});
    addEventListener("online", look);
    setInterval(look, 30 * 60_000);
  } catch {
    // Without a signal at the very first visit there is nothing to register yet.
  }
}
