// This phone as a terminal: how it was enrolled, what the server last told it, and its leases.

import { forgetUses, noteUses } from "./acts.js";
import * as clock from "./clock.js";
import * as device from "./device.js";
import { newId } from "./ids.js";
import * as journal from "./journal.js";
import { isRunning } from "./rights.js";
import * as server from "./server.js";
import { state } from "./state.js";
import * as vault from "./vault.js";

const LEASE_WAIT_MS = 60000;

export async function open() {
  state.terminal = (await vault.get("things", "terminal")) ?? null;
  state.stopped = state.terminal?.stopped ?? null;
  state.benefits = (await vault.get("things", "benefits")) ?? {};
  state.session = (await vault.get("things", "session")) ?? null;
  state.ruleRead = (await vault.get("things", "rule_read")) ?? 0;
  state.lastSync = (await vault.get("things", "last_sync")) ?? null;
  state.leases = await vault.all("leases");
  state.pending = await vault.all("pending");
  state.unsent = await journal.unsent();
}

// The key is made before the code is used: a code whose phone cannot keep a key is not lost.
export async function enrol(code, label) {
  const started = (await vault.get("things", "enrolling")) ?? { terminal_id: newId(Date.now()) };
  await vault.put("things", "enrolling", started);
  const { terminal_id } = started;
  const { algorithm } = await device.made();
  const told = await server.enrol({ code, terminal_id, label, algorithm, public_key: await device.publicText(), proof: await device.proof(code, terminal_id) });
  await clock.learn(readMoment(told.server_now));
  await keepTerminal({ terminal_id: told.terminal_id, label, partner: told.partner, operators: [], offline_policies: [] });
  await askToKeep();
  await vault.remove("things", "enrolling");
}

export const readMoment = (said) => (typeof said === "number" ? said * 1000 : new Date(said).getTime());

export async function keepTerminal(told) {
  state.terminal = { ...state.terminal, ...told, fetched_at: new Date(clock.now()).toISOString() };
  await vault.put("things", "terminal", state.terminal);
}

export async function refresh() {
  const told = await server.get(`/v1/terminal?unsent=${state.unsent}`);
  await clock.learn(readMoment(told.server_now));
  const distributions = await server.get("/v1/terminal/distributions").catch(passedOver);
  await keepTerminal({ ...told, distributions: distributions ?? state.terminal.distributions ?? [] });
}

// Remembered: a phone that was revoked serves nobody either when it is opened again without network.
export async function noteStopped(code) {
  state.stopped = code;
  if ((state.terminal.stopped ?? null) !== code) await keepTerminal({ stopped: code });
}

// The days are a help in choosing a lease; without them everything else goes on.
function passedOver(error) {
  if (error instanceof server.Refusal) return null;
  throw error;
}

export async function askToKeep() {
  const storage = navigator.storage;
  state.isPersistent = (await storage?.persisted?.()) || (await storage?.persist?.()) || false;
}

// Who has signed in with the password in this browser.
export const sessionHere = () => server.getUnsigned("/terminal/session");

// The password's session is the browser's, not the terminal's: it is to be closed after the PIN is set.
export async function noteSession(session) {
  state.session = session;
  if (session) await vault.put("things", "session", session);
  else await vault.remove("things", "session");
}

export async function learnBenefits(found) {
  for (const one of found) state.benefits[one.benefit_id] = { ...state.benefits[one.benefit_id], ...one };
  await vault.put("things", "benefits", state.benefits);
}

export async function noteRuleRead(version) {
  state.ruleRead = version;
  await vault.put("things", "rule_read", version);
}

// ---- leases

// An hour before its end a lease is spoken of.
const SOON_MS = 3600000;

export const endsSoon = (until) => until - clock.now() < SOON_MS;

export const running = () => state.leases.filter((lease) => isRunning(lease, clock.now()));

export class Unsent extends Error {}

// Only with everything sent: an act that the server does not know may have used the very right that
// it would set aside. No line is written meanwhile: the journal is held until the lease lies here.
export function takeLease(wish) {
  return journal.locked(async () => {
    if ((await journal.unsent()) || state.pending.length) throw new Unsent("unsent");
    const body = { id: newId(clock.now()), ...wish, unsent: await journal.unsent() };
    const lease = await server.post("/v1/leases", body, { operator: state.operator.token, wait: LEASE_WAIT_MS });
    const kept = { ...lease, wish };
    await vault.put("leases", lease.id, kept);
    await learnBenefits(lease.benefits);
    await noteHeldUses(lease);
    state.leases = await vault.all("leases");
    return kept;
  });
}

// What a journal says that is held for review was handed over all the same. The server does not count
// it yet; this phone must not give it twice.
async function noteHeldUses(lease) {
  const held = await journal.linesIn("quarantined");
  if (!held.length) return;
  for (const family of lease.families) {
    for (const right of family.rights) {
      const marks = new Set();
      for (const card of family.cards) for (const subject_id of [right.subject_id, null]) marks.add(await journal.markOf(card, { ...right, subject_id }));
      const own = held.filter((line) => marks.has(line.mark)).map((line) => JSON.parse(line.text));
      if (own.length) await noteUses(lease.id, right.entitlement_id, own);
    }
  }
}

// Only with an empty journal: what was given under a lease has to arrive before it is given back.
export async function giveBackLease(lease) {
  if ((await journal.unsent()) || state.pending.length) throw new Unsent("unsent");
  await server.post(`/v1/leases/${lease.id}/return`, {}, { operator: state.operator?.token ?? "" });
  await forgetLease(lease);
}

export async function forgetLease(lease) {
  await vault.remove("leases", lease.id);
  await forgetUses(lease.id);
  state.leases = await vault.all("leases");
}

// What somebody at the centre ended, or gave back elsewhere, is no lease here either.
export async function dropEnded() {
  if (!state.operator?.token || !state.leases.length) return;
  const standing = new Set((await server.get("/v1/leases", { operator: state.operator.token })).map((one) => one.id));
  for (const lease of running().filter((one) => !standing.has(one.id))) await forgetLease(lease);
}

// Names do not stay longer than they are needed: a lapsed lease goes when its lines have arrived.
export async function forgetLapsed() {
  if (await journal.unsent()) return;
  for (const lease of state.leases.filter((one) => !isRunning(one, clock.now()))) await forgetLease(lease);
}
