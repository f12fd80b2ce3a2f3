// Throwing away what was typed: first it is named, then asked about on a sheet of its own, and only then is it gone.

import { code, h } from "./dom.js";
import { evidenceOf } from "./draft.js";
import { sure } from "./sheet.js";
import { pieceWords } from "./vocabulary.js";
import { t } from "./words.js";

// Photographs and signatures that are nowhere but in this draft.
async function lost(draft, voices) {
  const here = new Set((await evidenceOf(draft.household_id)).map((piece) => piece.sha256));
  const words = pieceWords();
  return voices.map((voice) => draft.papers[voice]).flatMap((paper) => {
    const names = Object.keys(words).filter((role) => here.has(paper.evidence[role]?.sha256)).map((role) => words[role]);
    const whose = [code(paper.serial), " ", h("bdi", {}, paper.signer_name), " · "];
    return names.length ? h("p", {}, t("一起清掉、找不回来的："), " ", whose, h("b", {}, names.join(t("、")))) : [];
  });
}

export const sureOfPaper = async (draft, voice) => sure(t("这张表真的不要了吗？"), await lost(draft, [voice]), t("不要了，清掉这张表"));

export const sureOfDoor = async (draft) =>
  sure(t("这一户填的内容都不要了吗？"), await lost(draft, Object.keys(draft.papers)), t("真的不要了，清掉填的内容"));
