// Room kept back: a file of a few MB beside the database. It goes at the first write that fails on a full disk, so that
// what is under way is still saved and delivered. The browser's own estimate knows nothing of a full disk.

const FILE = "canvass-spare";
const TRY = "canvass-try";
const SIZE = 4 * 1024 * 1024;
const BEYOND = 1024 * 1024;
const STEP = 256 * 1024;
const PAUSE = 5 * 60_000;

// As browsers say that there is no room: for a picture, for a small write, by a quota; and what such a fault drags along.
const FULL = new Set(["QuotaExceededError", "DataError", "UnknownError", "AbortError"]);
export const full = (fault) => FULL.has(fault?.name);

const writing = new Set();
let laying = null;
let failedAt = null;

// While the file is written the disk may be full for a moment: writes of the database wait for it, and it for them.
export async function beside(work) {
  while (laying) await laying;
  const one = work();
  writing.add(one);
  try {
    return await one;
  } finally {
    writing.delete(one);
  }
}

const possible = () => "createWritable" in (globalThis.FileSystemFileHandle?.prototype || {});

async function written(name, size, beyond = 0) {
  const folder = await navigator.storage.getDirectory();
  const file = await (await folder.getFileHandle(name, { create: true })).createWritable();
  try {
    const step = new Uint8Array(Math.min(STEP, size));
    for (let at = 0; at < step.length; at += 65_536) crypto.getRandomValues(step.subarray(at, at + 65_536));
    for (let at = 0; at < size + beyond; at += step.length) await file.write(step);
    await file.truncate(size);
    await file.close();
  } catch (fault) {
    await file.abort().catch(() => {});
    throw fault;
  }
}

// One page of this tablet at a time.
const alone = (work) => navigator.locks.request(FILE, work);

const removed = async (name) => (await navigator.storage.getDirectory()).removeEntry(name).then(() => true);

async function whole() {
  try {
    const folder = await navigator.storage.getDirectory();
    return (await (await folder.getFileHandle(FILE)).getFile()).size >= SIZE;
  } catch {
    return false;
  }
}

// Whether there is room kept back; null when this browser cannot, or nobody has tried yet.
export async function spare() {
  if (!possible()) return null;
  return (await whole()) || (failedAt === null ? null : false);
}

async function layNow() {
  try {
    if (!(await whole())) await written(FILE, SIZE, BEYOND);
    return true;
  } catch {
    failedAt = performance.now();
    await removed(FILE).catch(() => {});
    return false;
  }
}

// Lays it by again when there is more room than it needs; not too often, unless a person waits for it.
export async function layBy(waitedFor = false) {
  if (!possible()) return true;
  if (await whole()) return true;
  if (laying) return laying;
  if (!waitedFor && failedAt !== null && performance.now() - failedAt < PAUSE) return false;
  const before = [...writing];
  laying = Promise.allSettled(before).then(() => alone(layNow)).finally(() => (laying = null));
  return laying;
}

// True when there was something to give up.
export async function giveUp() {
  if (!possible() || !(await whole())) return false;
  failedAt = performance.now();
  return removed(FILE).catch(() => false);
}

// Throwing bytes away needs a little room too. Where the browser has not promised to keep what is stored, Chromium throws
// all of it away once a small write fails, so it is not tried on a disk that has not one block left.
export async function steady() {
  if (!possible()) return true;
  return alone(async () => {
    try {
      await written(TRY, 65_536);
      await removed(TRY);
      return true;
    } catch {
      return giveUp();
    }
  });
}
