// Talking to the server. A reply counts only if it is JSON and bears our mark; all else is no connection:
// the page of a hotel's wireless, a redirect, half a reply, silence.

import { heard } from "./times.js";

const BASE = "/canvass/api/v1/";
const MARK = "deliberate";

// `slow`: there was a line, and what was sent did not get through it in time.
export class NoConnection extends Error {
  constructor(status = 0, slow = false) {
    super(`no connection (${status})`);
    this.status = status;
    this.slow = slow;
  }
}

export class Refused extends Error {
  constructor(status, said) {
    super(said.error);
    this.status = status;
    this.word = said.error;
    this.waitSeconds = Number(said.retry_after_s) || 0;
  }
}

const underWay = new Set();

// Every request of this page ends now, as if the line were gone.
export function breakOff() {
  for (const stop of underWay) stop.abort();
}

async function fetched(path, given, seconds) {
  const stop = new AbortController();
  const late = AbortSignal.timeout(seconds * 1000);
  late.addEventListener("abort", () => stop.abort());
  underWay.add(stop);
  try {
    return await fetch(BASE + path, { credentials: "omit", cache: "no-store", redirect: "error", signal: stop.signal, ...given });
  } catch {
    throw new NoConnection(0, late.aborted);
  } finally {
    setTimeout(() => underWay.delete(stop), seconds * 1000);
  }
}

async function understood(answer) {
  const kind = answer.headers.get("Content-Type") || "";
  if (!kind.startsWith("application/json")) throw new NoConnection(answer.status);
  let said = null;
  try {
    said = await answer.json();
  } catch {
    throw new NoConnection(answer.status);
  }
  if (said?.app !== MARK) throw new NoConnection(answer.status);
  if (said.server_time) heard(said.server_time);
  if (answer.status === 200) return said;
  if (answer.status >= 500) throw new NoConnection(answer.status);
  throw new Refused(answer.status, said);
}

const bearer = (token) => (token ? { Authorization: `Bearer ${token}` } : {});

export async function read(path, token) {
  return understood(await fetched(path, { headers: bearer(token) }, 30));
}

export async function send(path, token, body) {
  const headers = { ...bearer(token), "Content-Type": "application/json" };
  return understood(await fetched(path, { method: "POST", headers, body: JSON.stringify(body) }, 60));
}

export async function sendRaw(token, recordId, payload) {
  const headers = { ...bearer(token), "Content-Type": "text/plain;charset=utf-8", "X-Record-Id": recordId };
  return understood(await fetched("raw", { method: "POST", headers, body: payload }, 60));
}

// How much of a piece of evidence is safe on the server.
export async function offsetOf(token, sha256) {
  const answer = await fetched(`evidence/${sha256}`, { method: "HEAD", headers: bearer(token) }, 30);
  if (answer.headers.get("X-App") !== MARK || answer.status !== 200) throw new NoConnection(answer.status);
  return { offset: Number(answer.headers.get("Upload-Offset") || 0), state: answer.headers.get("Upload-State") || "none" };
}

export async function sendChunk(token, piece, offset, bytes) {
  const headers = {
    ...bearer(token),
    "Content-Type": "application/octet-stream",
    "Upload-Offset": String(offset),
    "Upload-Length": String(piece.size),
    "Evidence-Role": piece.role,
  };
  return understood(await fetched(`evidence/${piece.sha256}`, { method: "PUT", headers, body: bytes }, 60));
}
