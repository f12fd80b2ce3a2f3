// One door as it is kept: loaded, held against other pages, and every change on the disk at once, in its order. Whoever
// shows it says what could not be kept (`failed`).

import { byDoor, quietNow, seen } from "./doors.js";
import { DraftGone, draftOf, dropPaper, emptyDraft, emptyPaper, evidenceOf, handedIn, holdDoor, keepEvidence, saveDraft, voices } from "./draft.js";
import { walk } from "./roll.js";
import { read } from "./serial.js";
import { makeRoom } from "./space.js";
import { get } from "./store.js";
import { bootId, mono, typedOf, wall } from "./times.js";
import { t } from "./words.js";

// Serials that stand on a record of this tablet; what was corrected since, and what the office left out, has given its
// own back.
function serialsInUse(records, draft) {
  const corrected = new Set(records.filter((record) => record.server_state !== "quarantined").map((record) => record.supersedes));
  const others = records.filter((record) => record.record_id !== draft.corrects && !corrected.has(record.record_id) && !record.left_out);
  return new Set(others.flatMap((record) => record.summary?.serials || []).map(read));
}

const nowHere = () => ({ at_door: wall(), at_door_mono: mono(), at_door_boot: bootId });

export class KeptDoor {
  constructor(app, householdId, mode) {
    Object.assign(this, { app, householdId, mode, pending: Promise.resolve() });
  }

  // Loads the door; false when another page of this tablet has it open.
  async open() {
    this.release = await holdDoor(this.householdId);
    if (!this.release) return false;
    const known = await walk();
    this.rounds = new Map(known.rounds.map((round) => [round.round_id, round]));
    const door = known.doors.find((one) => one.household_id === this.householdId);
    if (!door) {
      await this.leave();
      return null;
    }
    this.opened = { door, rounds: this.rounds };
    const kept = await draftOf(this.householdId);
    this.door = seen(door, byDoor(known.records).get(this.householdId), Boolean(kept), known.place?.visits ?? 3);
    this.quiet_times = known.place?.quiet;
    this.quiet = quietNow(this.quiet_times);
    this.fresh = !kept;
    this.draft = kept || emptyDraft(this.door, this.mode);
    for (const voice of voices(this.door)) this.draft.papers[voice] ??= emptyPaper();
    // Only what is entered then makes it papers handed in: whoever goes back without a word finds the visit again.
    const turned = this.mode === "desk" && this.draft.mode === "door" && !this.draft.corrects && Boolean(this.door.shut);
    if (turned) this.draft = handedIn(this.draft);
    this.mode = this.draft.mode;
    this.serials = serialsInUse(known.records, this.draft);
    return true;
  }

  // The door is free for another page once all that was touched here is on the disk.
  async leave() {
    const release = this.release;
    this.release = null;
    await this.pending;
    await release?.();
  }

  // All that was touched is on the disk; false when the door is not open here any more.
  async settled() {
    await this.pending;
    return Boolean(this.release);
  }

  // Every change goes to the disk at once, in its order.
  keep(change) {
    if (this.busy || !this.release) return this.pending;
    Object.assign(this.draft, change);
    if (!this.draft.at_door) Object.assign(this.draft, nowHere());
    this.pending = this.pending.then(() => saveDraft(structuredClone(this.draft), this.opened)).then(
      () => this.kept(),
      (fault) => {
        this.unsaved = true;
        this.failed(fault);
      });
    return this.pending;
  }

  kept() {
    this.unsaved = this.fresh = false;
  }

  keepPaper(voice, change) {
    return this.keep({ papers: { ...this.draft.papers, [voice]: { ...this.draft.papers[voice], ...change } } });
  }

  // Pieces join the draft as it is when their turn comes, with all that was tapped meanwhile. `signed`: the answers that
  // a signature stands for; for other answers it is none.
  keepPieces(voice, pieces, change = {}, signed = null) {
    if (this.busy || !this.release) return Promise.reject(new DraftGone());
    const link = this.pending.then(async () => {
      const before = this.draft.papers[voice];
      if (signed && signed !== JSON.stringify(before.answers)) return this.app.say(t("意见改了，请住户在屏幕上重新签名。"));
      const named = Object.fromEntries(Object.entries(pieces).map(([role, { sha256, size, mime }]) => [role, { sha256, size, mime }]));
      const photo_follows = before.photo_follows && !named.photo && !named.signature;
      this.mend(voice, { ...change, photo_follows, evidence: { ...before.evidence, ...named } });
      const rows = Object.fromEntries(Object.entries(pieces).map(([role, piece]) => [`${voice}:${role}`, piece]));
      try {
        await makeRoom(() => keepEvidence(structuredClone(this.draft), rows, this.fresh, this.opened));
        this.kept();
      } catch (fault) {
        this.unname(voice, named, before);
        throw fault;
      }
    });
    this.pending = link.catch(() => {});
    return link;
  }

  mend(voice, change) {
    this.draft.papers = { ...this.draft.papers, [voice]: { ...this.draft.papers[voice], ...change } };
  }

  // The pieces that could not be kept, and they alone, are what they were before.
  unname(voice, named, before) {
    const now = this.draft.papers[voice];
    const evidence = { ...now.evidence };
    for (const [role, piece] of Object.entries(named)) {
      if (evidence[role] !== piece) continue;
      delete evidence[role];
      if (before.evidence[role]) evidence[role] = before.evidence[role];
    }
    this.mend(voice, { evidence, photo_follows: now.photo_follows || before.photo_follows });
  }

  // A paper is given up after everything that was typed before is on the disk.
  drop(voice) {
    this.pending = this.pending.then(async () => {
      const before = this.draft.papers[voice];
      this.mend(voice, emptyPaper());
      try {
        await dropPaper(structuredClone(this.draft), voice);
      } catch (fault) {
        this.mend(voice, before);
        this.failed(fault);
      }
    });
    return this.pending;
  }

  async piece(sha256) {
    const drafted = (await evidenceOf(this.householdId)).find((one) => one.sha256 === sha256);
    const kept = drafted || (await get("evidence", sha256));
    return kept?.bytes ? kept : null;
  }

  // What came of a visit is chosen at the door: a draft from another day, or from before a reload, is at the door now.
  arrival() {
    const { at_door, at_door_boot, corrects } = this.draft;
    const today = at_door && typedOf(at_door).slice(0, 10) === typedOf(new Date()).slice(0, 10);
    return corrects || (today && at_door_boot === bootId) ? {} : nowHere();
  }
}
