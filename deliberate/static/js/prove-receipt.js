// Proves receipts in the reader's own browser (docs/ledger.md): every opening fits the leaf, the leaf is in the
// tree, the tree is that of the signed head. The server's word is needed for none of it.
const HEX = /^[0-9a-f]{64}$/;
const text = new TextEncoder();

const bytesOf = (hex) => Uint8Array.from(hex.match(/../g) ?? [], (pair) => parseInt(pair, 16));
const hexOf = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
const fromBase64 = (coded) => Uint8Array.from(atob(coded), (letter) => letter.charCodeAt(0));

function joined(...parts) {
  const all = new Uint8Array(parts.reduce((size, part) => size + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

const sha256 = async (...parts) => new Uint8Array(await crypto.subtle.digest("SHA-256", joined(...parts)));
const nodeHash = (left, right) => sha256(Uint8Array.of(1), left, right);
export const leafHash = (leaf) => sha256(Uint8Array.of(0), text.encode(leaf));

export async function openingsFit(leaf, openings) {
  const committed = new Map(leaf.split("\n").slice(2, -1).map((line) => line.split(" ")));
  for (const [name, [salt, value]] of Object.entries(openings)) {
    const zero = Uint8Array.of(0);
    const bare = text.encode("deliberate/field/1");
    const found = await sha256(bare, zero, text.encode(name), zero, fromBase64(salt), text.encode(value));
    if (committed.get(name) !== hexOf(found)) return false;
  }
  return Object.keys(openings).length > 0;
}

// RFC 9162 section 2.1.3.2; the positions stay exact below 2^53
export async function rootFrom(position, size, leaf, proof) {
  if (!(Number.isSafeInteger(position) && position >= 0 && position < size)) return null;
  let [fn, sn, root] = [position, size - 1, leaf];
  for (const hex of proof) {
    if (sn === 0 || !HEX.test(hex)) return null;
    if (fn % 2 === 1 || fn === sn) {
      root = await nodeHash(bytesOf(hex), root);
      while (fn % 2 === 0 && fn !== 0) [fn, sn] = [Math.floor(fn / 2), Math.floor(sn / 2)];
    } else {
      root = await nodeHash(root, bytesOf(hex));
    }
    [fn, sn] = [Math.floor(fn / 2), Math.floor(sn / 2)];
  }
  return sn === 0 ? root : null;
}

export async function verdict(receipt) {
  if (!(await openingsFit(receipt.leaf, receipt.openings))) return "bad";
  const leaf = await leafHash(receipt.leaf);
  if (receipt.promise.split("\n")[2] !== hexOf(leaf)) return "bad";
  if (receipt.head === undefined) return "wait";
  const root = await rootFrom(receipt.position, receipt.size, leaf, receipt.proof);
  const [origin, size, coded] = receipt.head.split("\n");
  if (root === null || origin !== receipt.origin || Number(size) !== receipt.size) return "bad";
  return hexOf(root) === hexOf(fromBase64(coded)) ? "good" : "bad";
}

for (const place of document.querySelectorAll("[data-receipt]")) {
  let said = "cannot";
  try {
    if (globalThis.crypto?.subtle) said = await verdict(JSON.parse(place.dataset.receipt));
  } catch {
    said = "bad";
  }
  place.textContent = place.dataset[said];
  place.classList.add(`proof-${said}`);
  place.hidden = false;
}
