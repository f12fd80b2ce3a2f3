// The words of the field, as people read them. Functions, because the language may change while the page is open.

import { t } from "./words.js";

// In the order in which they happen most.
export const OUTCOMES = [
  "answered", "not_home", "refused", "papers_left", "come_back", "inaccessible", "language", "vacant", "moved", "do_not_visit",
];

export function outcomeWord(outcome) {
  return {
    answered: t("当场填写"),
    papers_left: t("材料留下"),
    not_home: t("无人"),
    refused: t("暂不方便"),
    moved: t("已搬走"),
    vacant: t("空置"),
    come_back: t("约时间再来"),
    inaccessible: t("进不了门"),
    language: t("需要翻译"),
    do_not_visit: t("请勿再访"),
  }[outcome];
}

export const answers = () => [["agree", t("同意")], ["disagree", t("不同意")], ["abstain", t("弃权（不计入同意）")]];

export const answerWord = (answer) => Object.fromEntries(answers())[answer];

export const relations = () => [
  ["head", t("户主本人")],
  ["spouse", t("配偶")],
  ["adult_member", t("家中成年人")],
  ["tenant", t("租户")],
  ["owner", t("业主")],
  ["proxy", t("受书面委托的人")],
];

// An owner's paper is never a tenant's to fill in; the server refuses it.
export const mayFill = (relation, voice) => voice !== "owner" || relation !== "tenant";

export const languages = () => [
  ["", t("没有记")],
  ["zh", t("汉语")],
  ["ug", t("维吾尔语")],
  ["kk", t("哈萨克语")],
  ["other", t("其他语言")],
];

export function reasonWord(reason) {
  const known = {
    unknown_household: t("名册上没有这一户"),
    unknown_matter: t("这一户没有这个议题"),
    revoked_device: t("这台平板已经停用"),
    wrong_device: t("记录来自另一台平板"),
    serial_used: t("这个表号已经用过"),
    serial_not_issued: t("这个表号没有发给小组"),
    own_household: t("入户人员自己家"),
    wrong_crew: t("不是这个小组的户"),
    not_on_duty: t("登记人不在小组里"),
    plan_changed: t("说明的不是现在的方案"),
    crew_suspended: t("小组的记录正在核查"),
    bad_form: t("表填得不完整"),
    bad_evidence: t("照片看不清"),
    by_hand: t("要由社区的人来改"),
    signed_when: t("说不准是不是截止以前签的"),
  };
  return known[reason] || t("社区正在看");
}

export const electorateWord = (voice) => (voice === "owner" ? t("业主意见") : t("户代表的意见"));

export function place(door) {
  const name = /^\d+$/.test(door.building) ? t("%(name)s号楼", { name: door.building }) : door.building;
  const unit = door.unit && t("%(unit)s单元", { unit: door.unit });
  const room = t("%(room)s室", { room: door.room });
  return [door.estate, [name, unit].filter(Boolean).join(" "), room].filter(Boolean).join(" · ");
}

export const stairs = (door) => {
  const name = /^\d+$/.test(door.building) ? t("%(name)s号楼", { name: door.building }) : door.building;
  return [door.estate, name, door.unit && t("%(unit)s单元", { unit: door.unit })].filter(Boolean).join(" · ");
};

export const yuan = (fen) => new Intl.NumberFormat("zh-CN", { maximumFractionDigits: 2 }).format(fen / 100);

export const pieceWords = () => ({ photo: t("意见表照片"), signature: t("屏幕签名"), authority: t("委托书照片") });

// What a household wished of whoever comes.
export const wishWords = ({ wish, by_woman, evening }) =>
  [wish === "call" ? t("请求打电话") : t("请求上门"), by_woman && t("要女同志"), evening && t("晚上")].filter(Boolean);
