// Of bytes or of a text's UTF-8, in lower-case hexadecimal: SHA-256, and the same with a key that only two know.

const bytesOf = (content) => (typeof content === "string" ? new TextEncoder().encode(content) : content);
const hex = (bytes) => [...new Uint8Array(bytes)].map((byte) => byte.toString(16).padStart(2, "0")).join("");

export const sha256 = async (content) => hex(await crypto.subtle.digest("SHA-256", bytesOf(content)));

export async function proof(content, secret) {
  const how = { name: "HMAC", hash: "SHA-256" };
  const key = await crypto.subtle.importKey("raw", bytesOf(secret), how, false, ["sign"]);
  return hex(await crypto.subtle.sign("HMAC", key, bytesOf(content)));
}
