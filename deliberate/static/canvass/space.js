// When the tablet is full: evidence that the server holds verified makes room first, then the deed is tried once more.

import { full, layBy, spare, steady } from "./spare.js";
import { deed, marked, note } from "./store.js";
import { t } from "./words.js";

const DAY = 24 * 3_600_000;

// No new photograph is taken without room kept back: what is there already still has to be saved and delivered.
export class NoSpare extends Error {
  name = "QuotaExceededError";
}

// Throwing away is a write too, and on a disk without one block left the browser may drop everything for it.
export class NotSteady extends Error {
  name = "QuotaExceededError";
}

const ours = (fault) => fault instanceof NoSpare || fault instanceof NotSteady;

export async function roomForMore() {
  if ((await spare()) === false && !(await layBy(true))) throw new NoSpare();
}

// What a person is told of a fault when it is for want of room; null for any other.
export function fullWords(fault) {
  if (fault instanceof NoSpare) {
    return [t("平板的空间快满了，现在不能再拍照。"), t("填的内容都还在，照样可以保存：请住户在屏幕上签名，或者选“照片回社区再拍”。有信号时先传到社区，再清出空间。")];
  }
  if (fault instanceof NotSteady) {
    return [t("平板的空间满了，现在不能清掉。"), t("什么都没有清，内容都还在。请先把没有传完的传到社区，或者清出平板上别的文件，再试。")];
  }
  return full(fault) ? [t("平板的空间满了，这一步没有保存。"), t("先把没有传完的传到社区，或者导出；填的内容都还在。")] : null;
}

async function freed(olderThan) {
  if (!(await steady())) return 0;
  return deed(["records", "evidence", "safe"], async (tx) => {
    const [evidence, safe] = [tx.objectStore("evidence"), tx.objectStore("safe")];
    const records = await tx.objectStore("records").getAll();
    const needed = new Set(records.filter((record) => record.state !== "delivered").flatMap((record) => record.evidence));
    const old = (await marked(evidence)).filter((piece) => piece.bytes);
    const done = [...(await safe.getAll()), ...old].filter((one) => one.safe_at <= olderThan && !needed.has(one.sha256));
    for (const { sha256, state, safe_at } of done) {
      await evidence.put({ ...(await evidence.get(sha256)), state, safe_at, bytes: null });
      await safe.delete(sha256);
    }
    return done.length;
  });
}

// One name for every way in which a browser says it; what it said is in the log.
const named = (fault) => (full(fault) && !ours(fault) ? new DOMException(String(fault.message), "QuotaExceededError") : fault);

export async function makeRoom(work) {
  try {
    return await work();
  } catch (fault) {
    if (!full(fault)) throw fault;
    const count = await freed(Date.now()).catch(() => 0);
    await note("out of space", { fault: String(fault), freed: count });
    if (!count) throw named(fault);
    return work().catch((still) => {
      throw named(still);
    });
  }
}

// Room that was given up is laid by again as soon as it can be; what is delivered makes way for it.
export async function regain() {
  if ((await spare()) || (await layBy())) return;
  if (await freed(Date.now())) await layBy(true);
}

// Delivered evidence is kept 7 days, delivered records 30.
export async function tidy(now = Date.now()) {
  await freed(now - 7 * DAY);
  await deed(["records"], async (tx) => {
    for (const record of await tx.store.index("state").getAll("delivered")) {
      if (record.delivered_at < now - 30 * DAY) await tx.store.delete(record.record_id);
    }
  });
}
