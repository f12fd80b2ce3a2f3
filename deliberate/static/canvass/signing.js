// A live signature. The resident sees once more what is being signed; the strokes are kept beside the picture.

import SignaturePad from "../vendor/signature_pad/signature_pad.min.js";
import { button, h, notice, written } from "./dom.js";
import { signature, strokes } from "./evidence.js";
import { sheet } from "./sheet.js";
import { t } from "./words.js";

function fitted(canvas, pad) {
  const ratio = Math.max(1, devicePixelRatio || 1);
  const kept = pad.toData();
  canvas.width = canvas.offsetWidth * ratio;
  canvas.height = canvas.offsetHeight * ratio;
  canvas.getContext("2d").scale(ratio, ratio);
  pad.clear();
  pad.fromData(kept);
}

const EDGE = 24;

// What was written, without the empty sheet around it.
function trimmed(canvas, pad) {
  const ratio = canvas.width / canvas.offsetWidth;
  const points = pad.toData().flatMap((stroke) => stroke.points);
  const span = (values, most) => {
    const from = Math.max(0, (Math.min(...values) - EDGE) * ratio);
    return [from, Math.min(most, (Math.max(...values) + EDGE) * ratio) - from];
  };
  const [x, width] = span(points.map((point) => point.x), canvas.width);
  const [y, height] = span(points.map((point) => point.y), canvas.height);
  const part = h("canvas", { width: Math.ceil(width), height: Math.ceil(height) });
  part.getContext("2d").drawImage(canvas, x, y, width, height, 0, 0, width, height);
  return part;
}

// `lines` are the matters with the answers as they will be recorded.
export function sign(lines) {
  return sheet(t("屏幕签名"), (close) => {
    const canvas = h("canvas", { class: "pad", "aria-label": t("请在这里签名") });
    const pad = new SignaturePad(canvas, { penColor: "#101820", minWidth: 1.2, maxWidth: 3.6 });
    const fit = () => fitted(canvas, pad);
    const said = h("div", { role: "status" });
    const finish = async () => {
      if (pad.isEmpty()) return said.replaceChildren(notice("await", t("还没有签名。")));
      const [picture, lines_drawn] = await Promise.all([signature(trimmed(canvas, pad)), strokes(pad.toData())]);
      removeEventListener("resize", fit);
      return close({ picture, strokes: lines_drawn });
    };
    requestAnimationFrame(fit);
    addEventListener("resize", fit);
    return [
      h("div", { class: "sheet-say" }, h("b", {}, t("请看清楚，再签全名")), h("ul", {}, lines.map(([matter, answer]) => h("li", {}, written(matter), " ", h("b", {}, answer))))),
      canvas,
      said,
      h("div", { class: "sheet-foot" },
        button(t("签好了"), finish, "main", "check"),
        button(t("重写"), () => pad.clear(), "quiet", "again"),
        button(t("先不签"), () => close(null))),
    ];
  });
}
