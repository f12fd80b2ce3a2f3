// The day's doors in walking order: what each still needs at a glance, filters, search by room and by name.

import { button, code, h, icon, notice } from "./dom.js";
import { byDoor, listed, quietNow, standing } from "./doors.js";
import { hearCalmly } from "./news.js";
import { walk } from "./roll.js";
import { NoSpare, fullWords } from "./space.js";
import { spare } from "./spare.js";
import { get } from "./store.js";
import { outcomeWord, stairs, wishWords } from "./vocabulary.js";
import { clock, number, t, tn, when } from "./words.js";

const remembered = { filter: "todo", typed: "" };

const FILTERS = () => [
  ["todo", t("尚未反馈")],
  ["back", t("约了再来")],
  ["evening", t("晚上")],
  ["all", t("全部")],
];

function signOf(kind, door) {
  return {
    draft: ["pen", t("没有写完")],
    answered: ["check", t("已反馈")],
    shut: ["cross", door.shut === "own" ? t("您自己家") : door.shut === "asked_not_to" ? t("请勿再访") : t("不再打扰")],
    back: ["clock", t("约在%(time)s", { time: when(door.come_back_at) })],
    some: ["ring", t("部分已反馈")],
    tried: ["again", door.last && outcomeWord(door.last.outcome)],
    none: ["ring", t("尚未反馈")],
  }[kind];
}

function card(app, door) {
  const kind = standing(door);
  const [sign, word] = signOf(kind, door);
  const wishes = door.wishes.map((wish) => h("span", { class: "chip chip-await" }, wishWords(wish).join(" · ")));
  return h("li", {},
    h("button", { type: "button", class: `door-card is-${kind}${door.sealedHere ? " is-sealed" : ""}`, "data-door": door.household_id, onclick: () => app.go(`door/${door.household_id}`) },
      h("span", { class: "room" }, code(door.room)),
      h("span", { class: "what" },
        door.name && h("bdi", { class: "name" }, door.name),
        h("span", { class: "about" },
          kind === "some" && h("span", {}, t("%(n)s个议题，已反馈%(done)s个", { n: number(door.matters.length), done: number(door.matters.length - door.left) })),
          door.visits.length ? h("span", {}, tn("来过 %(n)s 次", door.visits.length)) : null,
          door.withTheOffice && h("span", { class: "chip chip-await" }, t("由社区核对")),
          door.gone && h("span", { class: "chip chip-await" }, t("不在名单上了")),
          wishes)),
      h("span", { class: "standing" }, icon(sign), h("span", {}, word))));
}

function grouped(app, doors) {
  const parts = [];
  let here = null;
  for (const door of doors) {
    if (here?.name !== stairs(door)) {
      here = { name: stairs(door), list: h("ul", { class: "doors" }) };
      parts.push(h("h2", { class: "stairs" }, here.name), here.list);
    }
    here.list.append(card(app, door));
  }
  return parts;
}

const MOST = 200;

function list(app, known) {
  const doors = listed(known, remembered.filter, remembered.typed);
  if (!known.doors.length) {
    return [notice("await", t("这台平板上还没有名单。"), t("有信号的时候按“现在传”，名单就会下来。"))];
  }
  if (!doors.length) return [h("p", { class: "soft" }, remembered.typed ? t("没有找到。") : t("这里没有要去的门了。"))];
  const rest = doors.length - MOST;
  return [...grouped(app, doors.slice(0, MOST)), rest > 0 ? h("p", { class: "soft" }, tn("后面还有 %(n)s 户，请用楼号或房号查找。", rest)) : null];
}

function progress(known) {
  const every = listed(known, "all", "");
  const done = every.filter((door) => !door.left).length;
  const today = new Date().toDateString();
  const visited = [...byDoor(known.records).values()].filter((own) => own.some((one) => new Date(one.sealed_at).toDateString() === today)).length;
  return h("p", { class: "soft" },
    t("%(all)s户，已反馈%(done)s户", { all: number(every.length), done: number(done) }), " · ",
    t("今天走了%(n)s户", { n: number(visited) }),
    known.roll && ` · ${t("名单更新于%(time)s", { time: clock(known.roll.at) })}`);
}

// Who walks together: once for each crew, however many matters it asks about.
function together(known) {
  const crews = new Map(known.rounds.filter((round) => !round.over && round.people.length).map((round) => [round.crew, round.people]));
  return [...crews].map(([crew, people]) => h("p", { class: "soft crew" }, h("bdi", {}, crew), " · ", people.map((name, place) => [place ? t("、") : "", h("bdi", {}, name)])));
}

export async function listPage(app, root) {
  let known = await walk();
  const stopped = await get("meta", "stopped");
  const quiet = quietNow(known.place?.quiet);
  const found = h("div", { id: "found" });
  const room = h("div", { id: "room" });
  const drawRoom = async () => room.replaceChildren(...((await spare()) === false ? [notice("await", ...fullWords(new NoSpare()))] : []));
  const filters = h("div", { class: "row", role: "group", "aria-label": t("只看") });
  const draw = () => {
    found.replaceChildren(...list(app, known).filter(Boolean));
    filters.replaceChildren(...FILTERS().map(([value, label]) =>
      button(label, () => {
        Object.assign(remembered, { filter: value, typed: "" });
        search.value = "";
        draw();
      }, "quiet", null, { "aria-pressed": String(!remembered.typed && remembered.filter === value), "data-filter": value })));
  };
  const search = h("input", { type: "search", id: "q", autocomplete: "off", value: remembered.typed, maxlength: 120, placeholder: t("房号或姓名，如 3-2-501") });
  search.addEventListener("input", () => {
    remembered.typed = search.value.trim();
    draw();
  });
  const parts = [
    h("h1", { tabindex: "-1" }, t("今天的门")),
    ...together(known),
    progress(known),
    stopped && notice("await", t("这台平板不再用来入户了"), t("做过的还会传到社区；新的名单不会再下来。请问社区。")),
    room,
    quiet && notice("await", t("现在是不入户的时间"), quiet.daily ? t("每天%(from)s到%(until)s不敲门。", quiet.daily) : quiet.reason),
    h("div", { class: "field" }, h("label", { for: "q" }, t("查找")), search),
    filters,
    found,
  ];
  root.replaceChildren(...parts.filter(Boolean));
  draw();
  await drawRoom();
  // Drawn anew only when a door looks otherwise: while hundreds are delivered, the hand on the screen comes first.
  let drawn = "";
  const again = async () => {
    known = await walk();
    await drawRoom();
    const looks = JSON.stringify([remembered, known.roll, listed(known, "all", "")]);
    if (looks !== drawn) draw();
    drawn = looks;
  };
  const unhear = [hearCalmly("doors", again), hearCalmly("changed", again, 1500)];
  return { title: t("名单"), leave: () => unhear.forEach((stop) => stop()) };
}
