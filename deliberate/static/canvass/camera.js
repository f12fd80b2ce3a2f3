// The camera inside the page: another application for the camera would make a small tablet drop our tab.

import { button, h } from "./dom.js";
import { photograph } from "./evidence.js";
import { sheet } from "./sheet.js";
import { t } from "./words.js";

const WANTED = { video: { facingMode: "environment", width: { ideal: 2560 }, height: { ideal: 1920 } }, audio: false };

async function opened() {
  try {
    return await navigator.mediaDevices.getUserMedia(WANTED);
  } catch {
    return null;
  }
}

// A photograph of the paper; null when the person turned back, undefined when there is no camera to be had.
export async function takePhoto(label) {
  const stream = await opened();
  if (!stream) return undefined;
  const video = h("video", { playsinline: true, class: "finder" });
  video.muted = true;
  video.srcObject = stream;
  const ready = video.play().catch(() => {});
  const taken = await sheet(label, (close) => {
    const shoot = async () => {
      await ready;
      close(await photograph(video));
    };
    return [
      h("p", { class: "sheet-say" }, label),
      video,
      h("div", { class: "sheet-foot" }, button(t("拍下"), shoot, "main", "camera"), button(t("先不拍"), () => close(null))),
    ];
  });
  for (const track of stream.getTracks()) track.stop();
  return taken;
}

export const canScan = () => "BarcodeDetector" in globalThis && Boolean(navigator.mediaDevices?.getUserMedia);

// The text of the first QR code in sight; null when the person turned back or there is no camera.
export async function scan(label) {
  const stream = canScan() ? await opened() : null;
  if (!stream) return null;
  const video = h("video", { playsinline: true, class: "finder" });
  video.muted = true;
  video.srcObject = stream;
  const ready = video.play().catch(() => {});
  let looking = true;
  const found = await sheet(label, (close) => {
    (async () => {
      const detector = new globalThis.BarcodeDetector({ formats: ["qr_code"] });
      await ready;
      while (looking) {
        const codes = await detector.detect(video).catch(() => []);
        if (codes.length) return close(codes[0].rawValue);
        await new Promise((later) => setTimeout(later, 200));
      }
    })();
    return [
      h("p", { class: "sheet-say" }, label),
      video,
      h("div", { class: "sheet-foot" }, button(t("不扫了，我来输入"), () => close(null))),
    ];
  });
  looking = false;
  for (const track of stream.getTracks()) track.stop();
  return found;
}
