// Practice: a made-up staircase in a database of its own. Nothing is counted, nothing is sent, nothing stays.

import { apart } from "./deliver.js";
import { sha256 } from "./hash.js";
import { deed, practise } from "./store.js";
import { t } from "./words.js";

const DAY = 24 * 3_600_000;

async function madeUp() {
  const body = t("这是练习用的方案，不是真的。在楼下空地装12辆电动车的充电棚，有雨棚和灭火器。");
  const plan = { title: t("练习：装电动车充电棚"), body, budget: 4_560_000, funding: t("惠民资金，住户不出钱"), schedule: t("30天"), sha256: await sha256(body) };
  const now = Date.now();
  const at = (days) => new Date(now + days * DAY).toISOString();
  return {
    round_id: 1, crew_id: 1, crew: t("练习小组"), people: [], canvassers: 2, number: 1, n: 1, status: "open",
    rules: null, opened_at: at(-3), answer_until: at(12), register_until: at(13), plan, serials: [[1, 100]],
  };
}

const names = () => [t("练习住户甲"), t("练习住户乙"), t("练习住户丙"), t("练习住户丁"), t("练习住户戊"), t("练习住户己")];

function doorOf(name, place) {
  const floor = Math.floor(place / 2) + 1;
  return {
    household_id: place + 1, order: place, grid: "", estate: t("练习小区"), building_id: 1, building: "1", unit: "1", floor,
    room: `${floor}0${(place % 2) + 1}`, name, name_key: "", own: false, answered: "none", unwelcome: null, visits: [], wishes: [],
    matters: [{ entry_id: place + 1, round_id: 1, electorate: "household", answered: false, own: false }],
  };
}

export async function startPractice() {
  await apart(() => practise(true));
  const round = await madeUp();
  await deed(["meta", "doors", "rounds"], async (tx) => {
    await tx.objectStore("rounds").put(round);
    for (const [place, name] of names().entries()) await tx.objectStore("doors").put(doorOf(name, place));
    const meta = tx.objectStore("meta");
    await meta.put({ visits: 3, quiet: { daily: [], spans: [], zone: "Asia/Shanghai" } }, "place");
    await meta.put({ cursor: 0, version: "practice", at: Date.now() }, "roll");
  });
}

export const stopPractice = () => practise(false);
