// Sends what the phone holds and fetches what it needs: the journal first, then the acts whose
// answer was lost, then the lists. One at a time; what fails is tried again later.

import * as acts from "./acts.js";
import * as cards from "./cards.js";
import * as clock from "./clock.js";
import { newId } from "./ids.js";
import * as journal from "./journal.js";
import * as operators from "./operators.js";
import * as server from "./server.js";
import { changed, state } from "./state.js";
import * as terminal from "./terminal.js";
import * as vault from "./vault.js";
import { lang } from "./words.js";

const SEGMENT_LINES = 200;
const SEGMENT_CHARACTERS = 400000;
const RETRY_MS = 60000;

let again = false;

export async function sync() {
  if (!state.terminal) return;
  if (state.isSyncing) return void (again = true);
  state.isSyncing = true;
  changed();
  try {
    await hello();
    await sendJournals();
    if (state.stopped) throw new server.Stopped({ code: state.stopped });
    await askPending();
    await terminal.dropEnded();
    await cards.refresh(state.terminal.trust);
    await terminal.forgetLapsed();
    await journal.prune();
    await noteSync();
  } catch (error) {
    explain(error);
  }
  state.isSyncing = false;
  state.unsent = await journal.unsent();
  changed();
  if (again) {
    again = false;
    await sync();
  }
}

// A revoked terminal still gives its journal away: what it did is kept there and looked at.
async function hello() {
  try {
    await terminal.refresh();
    state.stopped = null;
  } catch (error) {
    if (!(error instanceof server.Stopped)) throw error;
    state.stopped = error.message;
  }
  state.isOnline = true;
}

function explain(error) {
  if (error instanceof server.Stopped) state.stopped = error.message;
  else if (error instanceof server.Away) state.isOnline = false;
  else state.syncFault = error.problem ? server.wordsOf(error.problem).title : String(error);
}

async function noteSync() {
  state.syncFault = "";
  state.lastSync = new Date(clock.now()).toISOString();
  await vault.put("things", "last_sync", state.lastSync);
}

// ---- the journal

async function sendJournals() {
  for (const head of await journal.all()) {
    if (head.state === "quarantined" && head.acknowledged === head.last_sequence) continue;
    await sendJournal(head);
  }
}

async function sendJournal(head) {
  const server_head = await headAtServer(head);
  let next = startOf(head, server_head);
  while (next <= head.last_sequence) {
    const lines = fitting(await journal.linesFrom(head.id, next, SEGMENT_LINES));
    // A line that is already forgotten here was acknowledged long ago: there is nothing to send.
    if (!lines.length) {
      next += SEGMENT_LINES;
      continue;
    }
    const answer = await sendSegment(head, lines);
    head = { ...(await journal.settle(head.id, answer.outcomes, lines, answer)) };
    state.unsent = await journal.unsent();
    changed();
    if (answer.state === "quarantined") await putAside(head);
    next = lines.at(-1).sequence + 1;
  }
}

// A server that was restored from a backup knows less than it once did: it gets the lines again.
function startOf(head, found) {
  if (found.journal_id !== head.id) return head.state === "open" ? 1 : head.acknowledged + 1;
  return Math.min(found.last_sequence, head.acknowledged) + 1;
}

async function headAtServer(head) {
  const found = await server.get("/v1/journal");
  if (found.journal_id === head.id) {
    if (found.state === "quarantined" && head.state === "open") await putAside(head);
    return found;
  }
  // A revoked terminal may begin none, and its lines are taken in and put aside all the same.
  if (head.state === "open" && !state.stopped) await server.post("/v1/journals", { id: head.id });
  return found;
}

// Nothing is lost: the lines stay here to be seen, and go on in a journal of their own.
async function putAside(head) {
  if (head.state !== "quarantined") await journal.change(head.id, { state: "quarantined" });
  const newest = await journal.current();
  if (newest.id === head.id) await journal.begin();
}

function fitting(lines) {
  let room = SEGMENT_CHARACTERS;
  return lines.filter((line, place) => {
    room -= line.text.length + line.signature.length;
    return place === 0 || room > 0;
  });
}

// The same stretch of lines always goes under the same id.
async function sendSegment(head, lines) {
  const [first, last] = [lines[0].sequence, lines.at(-1).sequence];
  const known = head.segment?.first === first && head.segment?.last === last ? head.segment : null;
  const segment = known ?? { id: newId(clock.now()), first, last };
  if (!known) await journal.change(head.id, { segment });
  // The words of an outcome are kept beside the line, so they are asked for in the screen's language.
  return server.post(`/v1/journal/segments?lang=${lang}`, { id: segment.id, journal_id: head.id, first_sequence: first, lines: lines.map(({ text, signature }) => ({ line: text, signature })) });
}

// ---- acts whose answer was lost

async function askPending() {
  for (const pending of await vault.all("pending")) {
    const token = await operators.tokenFor(pending.operator_id);
    if (!token) continue;
    try {
      const told = await acts.askAgain(pending, token);
      dispatchEvent(new CustomEvent("khbs-answered", { detail: told }));
    } catch (error) {
      if (error instanceof server.Away) throw error;
      if (error instanceof server.Refusal) dispatchEvent(new CustomEvent("khbs-answered", { detail: { id: pending.act.id, refusal: error.problem } }));
    }
  }
}

// ---- when

export function startSyncing() {
  addEventListener("online", sync);
  addEventListener("offline", () => {
    state.isOnline = false;
    changed();
  });
  document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && sync());
  navigator.serviceWorker?.addEventListener("message", (event) => event.data === "sync" && sync());
  setInterval(() => (state.unsent || state.pending.length || !state.isOnline) && sync(), RETRY_MS);
}

// Asks the browser to wake the app when the network is back; where it cannot, the events do.
export async function wakeLater() {
  const worker = await navigator.serviceWorker?.ready;
  await worker?.sync?.register("journal").catch(() => null);
}
