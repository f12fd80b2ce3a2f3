// The one line that is always there: what waits here, what the community has, what needs a person.

import { h, icon } from "./dom.js";
import { deliverNow } from "./deliver.js";
import { hear, hearCalmly } from "./news.js";
import { counted } from "./state.js";
import { get, practising } from "./store.js";
import { t, tn } from "./words.js";

let last = { ok: null, offline: false };

const part = (sign, said, name) => h("span", { "data-count": name }, icon(sign), h("span", {}, said));

function connection() {
  if (navigator.onLine === false || last.offline) return t("没有信号");
  if (last.ok === false) return t("没有传成，过一会儿再试");
  return null;
}

async function draw(line, app) {
  const known = await counted();
  const refused = await get("meta", "token_refused");
  const weak = connection();
  const kind = known.alarms || refused ? "needs" : known.waiting || known.needs ? "waiting" : "good";
  line.className = `state state-${kind}`;
  Object.assign(line.dataset, { waiting: known.waiting, delivered: known.delivered, needs: known.needs, made: known.made });
  const parts = [
    weak && part("alert", weak, "connection"),
    part("clock", tn("本机 %(n)s 条待传", known.waiting), "waiting"),
    part("check", tn("已传到社区 %(n)s 条", known.delivered), "delivered"),
    known.needs ? part(known.alarms ? "alert" : "camera", tn("%(n)s 条要您处理", known.needs), "needs") : null,
    refused && part("lock", t("要新的代码"), "token"),
  ];
  line.replaceChildren(
    h("span", { class: "said", role: "status" }, parts.filter(Boolean)),
    known.needs || refused ? h("button", { type: "button", onclick: () => app.go(known.needs ? "records" : "tablet") }, t("去看看")) : "",
    h("button", { type: "button", id: "deliver-now", onclick: deliverNow }, t("现在传")),
  );
}

export function stateLine(app) {
  const line = h("div", { class: "state", id: "state" });
  let drawing = Promise.resolve();
  const again = () => {
    line.hidden = practising() || !app.enrolled || app.vanished;
    if (!line.hidden) drawing = drawing.then(() => draw(line, app)).catch(() => {});
  };
  hearCalmly("changed", () => (again(), drawing));
  hear("delivery", (event) => {
    last = event.detail;
    again();
  });
  addEventListener("online", again);
  addEventListener("offline", again);
  return { line, again };
}
