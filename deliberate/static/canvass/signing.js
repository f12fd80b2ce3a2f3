// A live signature. The resident sees once more what is being signed; the strokes are kept beside the picture.

import SignaturePad from "../vendor/signature_pad/signature_pad.min.js";
import { button, h, notice, written } from "./dom.js";
import { signature, strokes } from "./evidence.js";
import { sheet } from "./sheet.js";
import { t } from "./words.js";

const PEN = { penColor: "#101820", minWidth: 1.2, maxWidth: 3.6 };
const EDGE = 24;

const density = () => Math.max(1, devicePixelRatio || 1);

// From where to where something was written, across and down.
function extent(drawn, edge) {
  const points = drawn.flatMap((stroke) => stroke.points);
  const span = (values) => [Math.min(...values) - edge, Math.max(...values) + edge];
  return [span(points.map((point) => point.x)), span(points.map((point) => point.y))];
}

const exact = (length) => Math.round(length * 100) / 100;

// Moved, and if need be made smaller, so that all of it is on a sheet of this size: whoever signs goes on from there.
function within(drawn, width, height) {
  if (!drawn.length) return drawn;
  const [[left, right], [top, bottom]] = extent(drawn, 0);
  const scale = Math.min(1, width / (right - left), height / (bottom - top));
  const start = (from, to, most) => Math.min(Math.max(from, 0), most - (to - from) * scale);
  const [x, y] = [start(left, right, width), start(top, bottom, height)];
  const moved = (point) => ({ ...point, x: exact(x + (point.x - left) * scale), y: exact(y + (point.y - top) * scale) });
  return drawn.map((stroke) => ({ ...stroke, points: stroke.points.map(moved) }));
}

// The sheet as large as it is shown now: a tablet is turned, and what was written stays on it.
function fitted(canvas, pad) {
  const [width, height] = [canvas.offsetWidth, canvas.offsetHeight];
  if (!width || !height) return;
  const kept = within(pad.toData(), width, height);
  canvas.width = width * density();
  canvas.height = height * density();
  canvas.getContext("2d").scale(density(), density());
  pad.fromData(kept);
}

// A pad as large as its place on the screen, whatever becomes of that; never fitted anew in the middle of a line.
class Pad extends SignaturePad {
  drawing = false;
  waits = false;
  place = new ResizeObserver(() => this.fit());

  constructor(canvas) {
    super(canvas, PEN);
    this.addEventListener("beginStroke", () => (this.drawing = true));
    this.addEventListener("endStroke", () => {
      this.drawing = false;
      if (this.waits) this.fit();
    });
    this.place.observe(canvas);
  }

  fit() {
    this.waits = this.drawing;
    if (!this.drawing) fitted(this.canvas, this);
  }

  // Also while a line is being drawn, which would never end otherwise.
  anew() {
    this.off();
    this.clear();
    this.on();
    this.drawing = false;
    this.fit();
  }

  leave() {
    this.place.disconnect();
    this.off();
  }
}

// Drawn anew from the strokes, on a sheet as large as they are: whatever became of the one on the screen.
function pictured(drawn) {
  const [[left, right], [top, bottom]] = extent(drawn, EDGE);
  const part = h("canvas", { width: Math.ceil((right - left) * density()), height: Math.ceil((bottom - top) * density()) });
  part.getContext("2d").setTransform(density(), 0, 0, density(), -left * density(), -top * density());
  new SignaturePad(part, PEN).fromData(drawn);
  return part;
}

async function pieces(drawn) {
  const [picture, lines] = await Promise.all([signature(pictured(drawn)), strokes(drawn)]);
  return { picture, strokes: lines };
}

// `lines` are the matters with the answers as they will be recorded.
export async function sign(lines) {
  const canvas = h("canvas", { class: "pad", "aria-label": t("请在这里签名") });
  const pad = new Pad(canvas);
  const said = h("div", { role: "status" });
  const finish = async (close) => {
    const drawn = pad.toData();
    if (!drawn.length) return said.replaceChildren(notice("await", t("还没有签名。")));
    const made = await pieces(drawn).catch(() => null);
    return made ? close(made) : said.replaceChildren(notice("bad", t("签名没有留下来。"), t("请再按“签好了”；还不行，请按“重写”，再签一次。")));
  };
  const signed = await sheet(t("屏幕签名"), (close) => [
    h("div", { class: "sheet-say" }, h("b", {}, t("请看清楚，再签全名")), h("ul", {}, lines.map(([matter, answer]) => h("li", {}, written(matter), " ", h("b", {}, answer))))),
    canvas,
    said,
    h("div", { class: "sheet-foot" },
      button(t("签好了"), () => finish(close), "main", "check"),
      button(t("重写"), () => pad.anew(), "quiet", "again"),
      button(t("先不签"), () => close(null))),
  ]);
  pad.leave();
  return signed;
}
