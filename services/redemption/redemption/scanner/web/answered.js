// Acts done with network that the server has answered. They are kept as long as the journal's lines,
// because a server that is restored from a backup has forgotten the last of them: it is asked which,
// and each becomes a line of the journal under its own id, which says that it was answered. So it is
// judged by the rule for lines, once, whatever else still arrives under that id.

import * as clock from "./clock.js";
import { receiptNumber } from "./ids.js";
import * as journal from "./journal.js";
import * as server from "./server.js";
import { changed, state } from "./state.js";
import * as vault from "./vault.js";
import { dayKey } from "./words.js";

export const ASK_EACH_MS = 5 * 60000;
// Ids of one question, the newest first. A backup lacks the last acts, so where a page lacks none
// and goes back beyond the last question, nothing before it is lacking either.
const PAGE = 100;
const ASKED = "answered_until";
const RESTORED = "restored";

const moment = (at) => new Date(at).toISOString();

// What is to be written together with the answer, so that no receipt is without it.
export async function writeOf(act, shown, cardId, at) {
  // A family's own right has no person: then the line has the same mark as one without network.
  const subject_id = state.benefits[act.benefit_id]?.subject === "person" ? act.subject_id : null;
  const kept = { act: { ...act, subject_id, pin: undefined, lease_id: null }, shown, cardId, at };
  return ["answered", "put", act.id, await vault.sealed("answered", act.id, kept, { at: moment(at) })];
}

let looking = null;

// How many acts the server has lost; they are in the journal by then, to be sent.
export function lookForLost() {
  looking ??= look().finally(() => { looking = null; });
  return looking;
}

async function look() {
  const ids = (await vault.keys("answered", "at")).reverse();
  if (!ids.length) return 0;
  const newest = await vault.get("answered", ids[0]);
  const since = await vault.get("things", ASKED);
  const fresh = since ? (await vault.keys("answered", "at", IDBKeyRange.lowerBound(since, true))).length : ids.length;
  const lost = [];
  try {
    for (let from = 0; from < ids.length; from += PAGE) {
      const { missing } = await server.post("/v1/journal/missing-acts", { ids: ids.slice(from, from + PAGE) });
      lost.push(...missing);
      if (!missing.length && from + PAGE > fresh) break;
    }
  } catch (error) {
    // Nothing is lost by asking later, and the journal must not wait for it.
    if (!(error instanceof server.Refusal || error instanceof server.Stopped)) throw error;
    return 0;
  }
  for (const id of lost.reverse()) await toJournal(id);
  await vault.put("things", ASKED, moment(newest.at));
  if (lost.length) await noteRestored(lost.length);
  return lost.length;
}

// One or the other: the act lies here until its line lies in the journal.
async function toJournal(id) {
  const kept = await vault.get("answered", id);
  if (!kept) return;
  const { act, shown, cardId, at } = kept;
  await journal.append({ ...act, said_at: at, answered: receiptNumber(id) }, shown, cardId, async () => [["answered", "delete", id], ["acts", "delete", id]]);
  state.unsent += 1;
}

// ---- what the screen says of it, until somebody has read it

export async function open() {
  state.restored = (await vault.get("things", RESTORED)) ?? 0;
}

export async function noteRestored(n) {
  state.restored += n;
  await vault.put("things", RESTORED, state.restored);
  changed();
}

export async function restoredSeen() {
  state.restored = 0;
  await vault.remove("things", RESTORED);
  changed();
}

export async function prune() {
  const least = new Date(clock.now() - journal.KEEP_DAYS * journal.DAY_MS).toISOString();
  const ids = await vault.keys("answered", "at", IDBKeyRange.upperBound(least));
  const old = await vault.keys("acts", "day", IDBKeyRange.upperBound(dayKey(least), true));
  const writes = [...ids.map((id) => ["answered", "delete", id]), ...old.map((id) => ["acts", "delete", id])];
  if (writes.length) await vault.together(writes);
}
