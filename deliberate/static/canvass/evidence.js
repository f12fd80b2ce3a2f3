// Pictures as they are kept: longest side 1,600 to 2,000 pixels, 150 to 300 KB, upright, without metadata.
// Bytes are an ArrayBuffer (a Blob in the database is lost by some browsers), named by their hash.

import { sha256 } from "./hash.js";

const MOST = 300 * 1024;
const TRIES = [[2000, 0.85], [2000, 0.75], [1800, 0.72], [1600, 0.7], [1600, 0.55], [1600, 0.4]];

function drawn(source, width, height, longest) {
  const scale = Math.min(1, longest / Math.max(width, height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(width * scale));
  canvas.height = Math.max(1, Math.round(height * scale));
  const context = canvas.getContext("2d");
  context.fillStyle = "#fff";
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.drawImage(source, 0, 0, canvas.width, canvas.height);
  return canvas;
}

const encoded = (canvas, mime, quality) => new Promise((done) => canvas.toBlob(done, mime, quality));

async function pieceOf(blob, mime) {
  if (!blob) throw new Error("the picture could not be encoded");
  const bytes = await blob.arrayBuffer();
  if (!bytes.byteLength) throw new Error("the picture is empty");
  return { bytes, mime, size: bytes.byteLength, sha256: await sha256(bytes) };
}

// A camera goes on looking while a picture is encoded: its one frame at the tap is kept, and every try is of that.
function frame(video) {
  if (!video.videoWidth) throw new Error("the camera shows nothing");
  return drawn(video, video.videoWidth, video.videoHeight, TRIES[0][0]);
}

function freed(picture) {
  if (picture.close) picture.close();
  else picture.width = picture.height = 0;
}

// A photograph from a file or a camera's picture; drawing it anew bakes in its orientation and drops its metadata.
export async function photograph(source) {
  const picture = source instanceof Blob ? await createImageBitmap(source, { imageOrientation: "from-image" }) : frame(source);
  let blob = null;
  for (const [longest, quality] of TRIES) {
    const canvas = drawn(picture, picture.width, picture.height, longest);
    blob = await encoded(canvas, "image/jpeg", quality);
    freed(canvas);
    if (blob && blob.size <= MOST) break;
  }
  freed(picture);
  return pieceOf(blob, "image/jpeg");
}

// A browser that is short of memory draws nothing and says nothing: the sheet stays white.
function blank(canvas) {
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  return data.every((part) => part === 255);
}

export async function signature(canvas) {
  const kept = drawn(canvas, canvas.width, canvas.height, 2000);
  if (blank(kept)) throw new Error("the signature is blank");
  return pieceOf(await encoded(kept, "image/png"), "image/png");
}

export async function strokes(points) {
  const bytes = new TextEncoder().encode(JSON.stringify(points)).buffer;
  return { bytes, mime: "application/json", size: bytes.byteLength, sha256: await sha256(bytes) };
}

// A small likeness drawn on a canvas: no address of the picture ever exists.
export async function likeness(piece, longest = 480) {
  const bitmap = await createImageBitmap(new Blob([piece.bytes], { type: piece.mime }));
  const canvas = drawn(bitmap, bitmap.width, bitmap.height, longest);
  canvas.className = "likeness";
  canvas.setAttribute("role", "img");
  bitmap.close();
  return canvas;
}
