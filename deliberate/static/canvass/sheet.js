// A sheet over the whole screen for what a resident holds in the hand: one thing, one way back, no other door. There is
// one at a time, and it goes with the page that asked for it.

import { button, h } from "./dom.js";
import { here } from "./here.js";
import { t } from "./words.js";

const DEAD = 700;

let touched = 0;
addEventListener("pointerdown", (event) => (touched = event.clientY), { capture: true, passive: true });

export const covered = () => Boolean(document.querySelector("dialog.sheet"));

export function sheet(label, fill, more = "") {
  if (covered()) return Promise.resolve(null);
  const before = document.activeElement;
  const dialog = h("dialog", { class: `sheet ${more}`, "aria-label": label });
  return new Promise((done) => {
    const close = (result) => {
      if (!dialog.isConnected) return;
      dialog.close();
      dialog.remove();
      before?.focus?.();
      done(result);
    };
    dialog.addEventListener("cancel", (event) => {
      event.preventDefault();
      close(null);
    });
    here().addEventListener("abort", () => close(null), { once: true });
    dialog.append(...[fill(close)].flat());
    document.body.append(dialog);
    dialog.showModal();
  });
}

// True once a person has said yes to losing something. The question stands in the other half of the screen than what
// was touched last, and its yes is dead for a moment: the second tap of a hurried finger answers nothing.
export async function sure(question, said, yes) {
  const answered = await sheet(question, (close) => {
    const doIt = button(yes, () => close(true), "grave", "cross", { disabled: true, "data-do": "yes" });
    setTimeout(() => (doIt.disabled = false), DEAD);
    return [
      h("div", { class: "sheet-say" }, h("b", {}, question), said.map((one) => (typeof one === "string" ? h("p", {}, one) : one))),
      h("div", { class: "sheet-foot" }, button(t("不，留着"), () => close(null), "main", "back", { "data-do": "no" }), doIt),
    ];
  }, touched < innerHeight / 2 ? "sheet-low" : "");
  return answered === true;
}
