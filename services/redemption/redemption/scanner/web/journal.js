// The journal: a line for each act without network. It names the line before it by its hash, is
// signed when it is made, and lies on the disk before the screen says that it was kept.

import * as clock from "./clock.js";
import { hash, sign } from "./device.js";
import { newId, sha256 } from "./ids.js";
import { FIRST_PREVIOUS } from "./lib/terminal_key.js";
import * as vault from "./vault.js";
import { dayKey } from "./words.js";

export const KEEP_DAYS = 45;
const ANSWERED = ["accepted", "conflict", "judged", "settled"];
export const DAY_MS = 86400000;
const FIELDS = ["kind", "card", "entitlement_id", "cycle_id", "benefit_id", "subject_id", "lease_id", "quantity", "amount_rupiah", "goods_category", "companion", "holder_check", "operator"];

export const locked = (act) => (navigator.locks ? navigator.locks.request("khbs-journal", act) : act());

export async function current() {
  const found = await vault.get("things", "journal");
  return found ? vault.get("journals", found.id) : begin();
}

// A new journal; the one before stays as it is, with all its lines.
export async function begin() {
  const id = newId(clock.now());
  const head = { id, state: "open", last_sequence: 0, last_hash: FIRST_PREVIOUS, acknowledged: 0, is_known: false, begun_at: new Date(clock.now()).toISOString() };
  await vault.together([
    ["journals", "put", id, await vault.sealed("journals", id, head)],
    ["things", "put", "journal", await vault.sealed("things", "journal", { id })],
  ]);
  return head;
}

export async function all() {
  return (await vault.all("journals")).sort((one, other) => (one.begun_at < other.begun_at ? -1 : 1));
}

export async function unsent() {
  return (await all()).reduce((n, head) => n + head.last_sequence - head.acknowledged, 0);
}

// What two acts without network on one right have in common, without saying whose it is.
export const markOf = (cardId, act) => sha256([cardId, act.cycle_id, act.benefit_id, act.subject_id ?? ""].join(":"));
export const freeOf = (act) => (act.lease_id || act.answered || act.kind === "reversal" ? "" : `${act.cycle_id}:${act.benefit_id}`);

// `act` is what the line says; `shown` is what the own list shows of it; `more` are further writes
// that must happen with it or not at all.
export function append(act, shown, cardId, more = async () => []) {
  return locked(async () => {
    const head = await current();
    const sequence = head.last_sequence + 1;
    const said_at = act.said_at ?? new Date(clock.now()).toISOString();
    const told = { v: 1, journal: head.id, sequence, previous: head.last_hash, id: act.id };
    for (const name of FIELDS) told[name] = act[name] ?? null;
    Object.assign(told, { said_at, verdict: act.verdict, redemption_id: act.redemption_id ?? null, reason: act.reason ?? null });
    if (act.answered) told.answered = act.answered;
    const text = JSON.stringify(told);
    const mark = await markOf(cardId, act);
    const line = { journal: head.id, sequence, mark, text, hash: await hash(text), signature: await sign(text), said_at, shown, outcome: null };
    clock.raise(clock.now());
    const plain = { act: act.id, day: dayKey(said_at), free: freeOf(act), mark, state: "unsent" };
    const next = { ...head, last_sequence: sequence, last_hash: line.hash };
    await vault.together([
      ["lines", "add", [head.id, sequence], await vault.sealed("lines", [head.id, sequence], line, plain)],
      ["journals", "put", head.id, await vault.sealed("journals", head.id, next)],
      ["things", "put", "clock", await clock.record()],
      ...(await more()),
    ]);
    return line;
  });
}

export function linesFrom(id, sequence, most) {
  return vault.from("lines", [id, sequence], [id, sequence + most - 1]);
}

export async function linesOfDay(day) {
  return vault.all("lines", "day", day);
}

export async function linesIn(state) {
  return vault.all("lines", "state", state);
}

export const linesOfAct = (id) => vault.all("lines", "act", id);

// Writes beside a line what was said of it since, and in which list it is found.
export function note(line, changes, state) {
  return locked(async () => {
    const told = JSON.parse(line.text);
    const place = [line.journal, line.sequence];
    const plain = { act: told.id, day: dayKey(line.said_at), free: freeOf(told), mark: line.mark, state };
    const next = { ...line, ...changes };
    await vault.together([["lines", "put", place, await vault.sealed("lines", place, next, plain)]]);
    return next;
  });
}

export async function hasUnsent(mark) {
  return (await vault.plain("lines", "mark", mark)).some((one) => one.state === "unsent");
}

// When this phone gave the same before, for who asks for it again.
export async function earlier(mark) {
  const lines = await vault.all("lines", "mark", mark);
  return lines.filter((line) => JSON.parse(line.text).kind === "redemption").at(-1) ?? null;
}

export async function freeActs(cycleId, benefitId) {
  const waiting = await vault.plain("lines", "state", "unsent");
  return waiting.filter((one) => one.free === `${cycleId}:${benefitId}`).length;
}

// Writes what the server said of lines beside them; a line itself is never changed.
export function settle(headId, outcomes, lines, answer) {
  return locked(async () => {
    const head = await vault.get("journals", headId);
    const said = new Map(outcomes.map((one) => [one.sequence, one]));
    const writes = [];
    for (const line of lines) {
      const outcome = said.get(line.sequence);
      if (!outcome) continue;
      const told = JSON.parse(line.text);
      const plain = { act: told.id, day: dayKey(line.said_at), free: freeOf(told), mark: line.mark, state: outcome.outcome };
      const place = [headId, line.sequence];
      writes.push(["lines", "put", place, await vault.sealed("lines", place, { ...line, outcome }, plain)]);
      head.acknowledged = Math.max(head.acknowledged, line.sequence);
    }
    // A journal that was closed here stays closed, also for a server that has forgotten why.
    const state = answer.state === "open" && head.state !== "open" ? "closed" : answer.state;
    Object.assign(head, { state, quarantine_id: answer.quarantine_id ?? head.quarantine_id ?? null, is_known: true });
    writes.push(["journals", "put", headId, await vault.sealed("journals", headId, head)]);
    await vault.together(writes);
    return head;
  });
}

export function change(headId, changes) {
  return locked(async () => {
    const head = { ...(await vault.get("journals", headId)), ...changes };
    await vault.put("journals", headId, head);
    return head;
  });
}

// Lines that the server has answered for are forgotten after 45 days, others never.
export function prune() {
  return locked(async () => {
    const least = clock.now() - KEEP_DAYS * DAY_MS;
    const writes = [];
    for (const state of ANSWERED) {
      for (const line of await vault.all("lines", "state", state)) {
        if (new Date(line.said_at).getTime() < least) writes.push(["lines", "delete", [line.journal, line.sequence]]);
      }
    }
    if (writes.length) await vault.together(writes);
  });
}
