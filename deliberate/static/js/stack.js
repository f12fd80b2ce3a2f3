// Pictures of a stack before they leave the browser: the serial is read off the code where the browser can, and each
// picture is made as small as the office keeps it. Without any of this the same form sends the files as they are.
const LONGEST = 2000;
const form = document.getElementById("bring-stack");
const files = form && form.querySelector("input[type=file]");

// Seven digits and the check digit; the server checks it. The other codes on a form are passed over.
function serialOf(codes) {
  const found = new Set(codes.map((one) => one.rawValue.replace(/[- ]/g, "")).filter((text) => /^[0-9]{8}$/.test(text)));
  return found.size === 1 ? [...found][0] : "";
}

async function detector() {
  if (!("BarcodeDetector" in window)) return null;
  const known = await window.BarcodeDetector.getSupportedFormats();
  return known.includes("qr_code") ? new window.BarcodeDetector({ formats: ["qr_code"] }) : null;
}

function smaller(picture) {
  const scale = Math.min(1, LONGEST / Math.max(picture.width, picture.height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.round(picture.width * scale);
  canvas.height = Math.round(picture.height * scale);
  canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
  return new Promise((done) => canvas.toBlob(done, "image/jpeg", 0.85));
}

async function prepared(file, reads) {
  try {
    const picture = await createImageBitmap(file);
    const serial = reads ? serialOf(await reads.detect(picture)) : "";
    const blob = await smaller(picture);
    picture.close();
    return [blob && blob.size < file.size ? new File([blob], file.name, { type: "image/jpeg" }) : file, serial];
  } catch {
    return [file, ""];
  }
}

async function prepare() {
  const reads = await detector().catch(() => null);
  const kept = new DataTransfer();
  for (const file of files.files) {
    const [small, serial] = await prepared(file, reads);
    kept.items.add(small);
    const field = document.createElement("input");
    Object.assign(field, { type: "hidden", name: "serial", value: serial });
    form.append(field);
  }
  files.files = kept.files;
}

if (form && "DataTransfer" in window && "createImageBitmap" in window) {
  form.addEventListener("submit", async (event) => {
    if (!files.files.length || form.dataset.ready) return;
    event.preventDefault();
    form.dataset.ready = "yes";
    document.getElementById("bring-said").textContent = form.dataset.reading;
    await prepare().catch(() => {});
    form.submit();
  });
}
