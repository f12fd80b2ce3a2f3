// Why a door cannot be recorded, or only from a paper that was handed in; what was typed before it was so is kept.

import { button, h, notice } from "./dom.js";
import { t } from "./words.js";

export function shutNotice(page) {
  const typed = !page.fresh;
  if (page.door.shut === "own") return notice("bad", t("这一户不能由您登记。"), t("这是您自己家，或者是您的房产。请小组里的另一位，或者别的小组来登记这一户。"), typed && t("以前填的内容不能保存，只能清掉。"));
  const paper = button(t("登记交来的意见表"), () => page.app.go(`door/${page.householdId}/desk`), "quiet", "pen");
  const why = page.door.shut === "asked_not_to" ? t("这一户说过请勿再访。") : t("这一户已经白跑了几次，不能再打扰。");
  return [notice("await", t("请不要再敲这一户的门"), why, t("住户自己提出要上门，才可以再去。住户交来签好的表，可以照样登记。"), typed && t("以前填的内容还在下面：那一次入户可以照样保存，或者当作交来的意见表登记。")), h("div", { class: "row" }, paper)];
}
