// The shell without a signal. BUILD and PARTS stand above this text when the server hands it out.
// Only GETs of the listed parts are answered; everything else, the API above all, passes untouched.

const CACHE = `canvass-${BUILD}`;
const SHELL = "/canvass/";

// A name holds one set of bytes: a part that is there already is the same one, and stays.
async function complete(kept, coming) {
  for (const request of await coming.keys()) {
    if (!(await kept.match(request))) await kept.put(request, await coming.match(request));
  }
}

// All or nothing: each part is fetched past every cache and must have the hash that the list names. They come into a
// cache of their own, so that whatever fails, nothing is taken from a version that opens without a signal.
async function takeAll() {
  const name = `${CACHE}-coming-${crypto.randomUUID()}`;
  const before = await caches.has(CACHE);
  try {
    const coming = await caches.open(name);
    const requests = Object.entries(PARTS).map(([url, integrity]) => new Request(url, { cache: "reload", integrity }));
    await coming.addAll(requests);
    await complete(await caches.open(CACHE), coming);
  } catch (fault) {
    if (!before) await caches.delete(CACHE);
    throw fault;
  } finally {
    await caches.delete(name);
  }
}

// What another version still has to begin with is left for that one to clear up.
async function dropOld() {
  if (self.registration.installing || self.registration.waiting) return self.clients.claim();
  const names = await caches.keys();
  await Promise.all(names.filter((name) => name.startsWith("canvass-") && name !== CACHE).map((name) => caches.delete(name)));
  return self.clients.claim();
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
