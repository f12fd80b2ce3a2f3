// The camera inside the page: another application for the camera would make a small tablet drop our tab.

import { button, code, h, slowButton } from "./dom.js";
import { photograph } from "./evidence.js";
import { here } from "./here.js";
import { covered, sheet } from "./sheet.js";
import { t } from "./words.js";

const WANTED = { video: { facingMode: "environment", width: { ideal: 2560 }, height: { ideal: 1920 } }, audio: false };

async function opened() {
  try {
    return await navigator.mediaDevices.getUserMedia(WANTED);
  } catch {
    return null;
  }
}

let asking = null;

// What `look` finds through the camera, for the page that asked and for no other: one that opens after its page was
// left is closed again. null when the person turned back or is elsewhere, undefined when there is no camera to be had.
// `whose`: the door and the number of the paper that is meant.
async function through(label, { place = "", serial = "" } = {}, back, look) {
  const page = here();
  if (asking === page || covered()) return null;
  asking = page;
  const stream = await opened();
  if (asking === page) asking = null;
  try {
    if (page.aborted) return null;
    if (!stream) return undefined;
    const video = h("video", { playsinline: true, class: "finder" });
    video.muted = true;
    video.srcObject = stream;
    const ready = video.play().catch(() => {});
    return await sheet([label, place, serial].filter(Boolean).join(" "), (close) => [
      h("p", { class: "sheet-say" }, place && [h("b", {}, place), " ", serial && code(serial), h("br")], label),
      video,
      h("div", { class: "sheet-foot" }, look(video, ready, close), button(back, () => close(null))),
    ]);
  } finally {
    for (const track of stream?.getTracks() || []) track.stop();
  }
}

// A photograph of the paper.
export async function takePhoto(label, whose) {
  let fault = null;
  const taken = await through(label, whose, t("先不拍"), (video, ready, close) =>
    slowButton(t("拍下"), async () => {
      await ready;
      close(await photograph(video).catch((thrown) => ((fault = thrown), null)));
    }, "main", "camera"));
  if (fault) throw fault;
  return taken;
}

export const canScan = () => "BarcodeDetector" in globalThis && Boolean(navigator.mediaDevices?.getUserMedia);

// The text of the first QR code in sight.
export async function scan(label, whose) {
  if (!canScan()) return null;
  let looking = true;
  const found = await through(label, whose, t("不扫了，我来输入"), (video, ready, close) => {
    (async () => {
      const detector = new globalThis.BarcodeDetector({ formats: ["qr_code"] });
      await ready;
      while (looking) {
        const codes = await detector.detect(video).catch(() => []);
        if (codes.length) return close(codes[0].rawValue);
        await new Promise((later) => setTimeout(later, 200));
      }
    })();
    return [];
  });
  looking = false;
  return found;
}
