// Everything unsent as one ZIP, which the office takes in through the same door: what is delivered afterwards
// all the same is found to be a duplicate there. The file goes through other hands, so the tablet proves its records
// by what only the office told it.

import { downloadZip } from "../vendor/client-zip/client-zip.js";
import { device } from "./device.js";
import { proof } from "./hash.js";
import { get, look, unsafe } from "./store.js";
import { bootId, mono, wall } from "./times.js";

async function unsent() {
  return look(["records", "evidence", "safe"], async (tx) => {
    const every = await tx.objectStore("records").index("seq").getAll();
    const records = every.filter((record) => record.state !== "delivered");
    const pieces = await Promise.all([...(await unsafe(tx))].map((named) => tx.objectStore("evidence").get(named)));
    return { records, pieces };
  });
}

export async function bundle() {
  const [{ records, pieces }, known, place] = await Promise.all([unsent(), device(), get("meta", "place")]);
  const lines = records.map(({ record_id, seq, sha256, payload }) => `${JSON.stringify({ record_id, seq, sha256, payload })}\n`).join("");
  const manifest = {
    app: "deliberate",
    protocol: 1,
    device_id: known.device_id,
    exported_at: wall(),
    mono_ms: mono(),
    boot_id: bootId,
    records: records.length,
    evidence: pieces.length,
    proof: place?.export_key ? await proof(lines, place.export_key) : "",
  };
  const files = [
    { name: "manifest.json", input: JSON.stringify(manifest) },
    { name: "records.ndjson", input: lines },
    ...pieces.map((piece) => ({ name: `evidence/${piece.sha256}.${piece.role}`, input: piece.bytes })),
  ];
  return { blob: await downloadZip(files).blob(), records: records.length, pieces: pieces.length };
}

// Hands the ZIP to the person; the file's name says the tablet and the time, never a resident.
export async function download() {
  const made = await bundle();
  const link = document.createElement("a");
  link.href = URL.createObjectURL(made.blob);
  link.download = `canvass-${wall().slice(0, 16).replace(/[:T]/g, "-")}.zip`;
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
  return made;
}
