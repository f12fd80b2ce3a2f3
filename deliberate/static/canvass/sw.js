// The shell without a signal. BUILD and PARTS stand above this text when the server hands it out.
// Only GETs of the listed parts are answered; everything else, the API above all, passes untouched.

const CACHE = `canvass-${BUILD}`;
const SHELL = "/canvass/";

// All or nothing: each part is fetched past every cache and must have the hash that the list names.
async function takeAll() {
  const cache = await caches.open(CACHE);
  try {
    const requests = Object.entries(PARTS).map(([url, integrity]) => new Request(url, { cache: "reload", integrity }));
    await cache.addAll(requests);
  } catch (fault) {
    await caches.delete(CACHE);
    throw fault;
  }
}

async function dropOld() {
  const names = await caches.keys();
  await Promise.all(names.filter((name) => name.startsWith("canvass-") && name !== CACHE).map((name) => caches.delete(name)));
  await self.clients.claim();
}

async function fromCache(request, url) {
  const kept = await (await caches.open(CACHE)).match(url);
  return kept ?? fetch(request);
}

self.addEventListener("install", (event) => event.waitUntil(takeAll()));
self.addEventListener("activate", (event) => event.waitUntil(dropOld()));

// A new version waits until the person gives leave.
self.addEventListener("message", (event) => {
  if (event.data === "open-new-version") self.skipWaiting();
});

self.addEventListener("fetch", (event) => {
  const url = new URL(event.request.url);
  if (event.request.method !== "GET" || url.origin !== self.location.origin) return;
  if (url.pathname.startsWith("/canvass/api/")) return;
  if (event.request.mode === "navigate") {
    if (url.pathname === SHELL) event.respondWith(fromCache(event.request, SHELL));
  } else if (url.pathname in PARTS) {
    event.respondWith(fromCache(event.request, url.pathname));
  }
});
