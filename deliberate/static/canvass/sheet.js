// A sheet over the whole screen for what a resident holds in the hand: one thing, one way back, no other door.

import { h } from "./dom.js";

export function sheet(label, fill) {
  const before = document.activeElement;
  const dialog = h("dialog", { class: "sheet", "aria-label": label });
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
    addEventListener("canvass:lock", () => close(null), { once: true });
    dialog.append(...[fill(close)].flat());
    document.body.append(dialog);
    dialog.showModal();
  });
}
