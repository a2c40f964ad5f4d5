// Sends what the phone holds and fetches what it needs: the journal first, then the acts whose
// answer was lost, then the lists. One at a time; what fails is tried again later.

import * as acts from "./acts.js";
import * as answered from "./answered.js";
import * as cards from "./cards.js";
import * as clock from "./clock.js";
import * as install from "./install.js";
import * as journal from "./journal.js";
import { askLater } from "./later.js";
import * as operators from "./operators.js";
import * as server from "./server.js";
import { sendJournals } from "./sending.js";
import { changed, state } from "./state.js";
import * as terminal from "./terminal.js";
import * as vault from "./vault.js";

const RETRY_MS = 60000;
// A phone that lies open with a network all day hears of blocked cards and new rules this often.
const REFRESH_MS = 15 * 60000;

let again = false;
let running = null;

// True when everything that this phone holds has arrived.
export async function sync() {
  if (!state.terminal) return false;
  if (state.isSyncing) {
    again = true;
    return running;
  }
  running = once();
  return running;
}

async function once() {
  let isSent = false;
  state.isSyncing = true;
  changed();
  try {
    const waiting = await journal.unsent();
    await hello();
    await sendJournals();
    if (await answered.lookForLost()) await sendJournals();
    if (state.stopped) throw new server.Stopped({ code: state.stopped });
    await askPending();
    isSent = !(await journal.unsent()) && !state.pending.length;
    await askLater();
    await terminal.dropEnded();
    await cards.refresh(state.terminal.trust);
    await terminal.forgetLapsed();
    await journal.prune();
    await answered.prune();
    // Whoever waits for this phone to close a day sees at once that nothing is missing any more.
    if (waiting) await hello();
    await noteSync();
    install.lookForUpdate();
  } catch (error) {
    explain(error);
  }
  state.isSyncing = false;
  state.unsent = await journal.unsent();
  changed();
  if (again) {
    again = false;
    return once();
  }
  return isSent;
}

// A revoked terminal still gives its journal away: what it did is kept there and looked at.
async function hello() {
  try {
    await terminal.refresh();
    await terminal.noteStopped(null);
  } catch (error) {
    if (!(error instanceof server.Stopped)) throw error;
    await terminal.noteStopped(error.message);
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

// A server that was restored while the phone lies open is noticed before the next sync.
async function lookForLost() {
  if (!state.terminal || !state.isOnline || state.isSyncing) return;
  if (await answered.lookForLost().catch(() => 0)) await sync();
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
  setInterval(sync, REFRESH_MS);
  setInterval(lookForLost, answered.ASK_EACH_MS);
}

// Asks the browser to wake the app when the network is back; where it cannot, the events do.
export async function wakeLater() {
  const worker = await navigator.serviceWorker?.ready;
  await worker?.sync?.register("journal").catch(() => null);
}
