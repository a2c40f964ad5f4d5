// Who stands at the terminal. With network the server looks at the PIN; without, a slow hash of it
// that lies encrypted here. Wrong PINs are counted on the disk before they are looked at.

import * as clock from "./clock.js";
import { base64, utf8 } from "./ids.js";
import * as server from "./server.js";
import { changed, state } from "./state.js";
import { keepTerminal } from "./terminal.js";
import * as vault from "./vault.js";

const ROUNDS = 310000;
const WRONG_MAX = 5;
const LOCK_AFTER_MS = 5 * 60000;
export const PIN_LENGTH = 6;

let lastTouch = performance.now();

const bytesOf = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));

async function slowHash(pin, salt) {
  const key = await crypto.subtle.importKey("raw", utf8(pin), "PBKDF2", false, ["deriveBits"]);
  return base64(await crypto.subtle.deriveBits({ name: "PBKDF2", hash: "SHA-256", salt, iterations: ROUNDS }, key, 256));
}

async function keep(operatorId, changes) {
  const known = (await vault.get("operators", operatorId)) ?? { operator_id: operatorId, wrong: 0 };
  const next = { ...known, ...changes };
  await vault.put("operators", operatorId, next);
  return next;
}

export async function list() {
  const known = new Map((await vault.all("operators")).map((one) => [one.operator_id, one]));
  return (state.terminal?.operators ?? []).map((one) => ({ ...one, here: known.get(one.operator_id) ?? null }));
}

// Sets the PIN of the person who has just signed in with password in this browser.
export async function setPin(pin, csrfToken) {
  const told = await server.ask("PUT", "/v1/terminal/operators/me", { pin }, { headers: { "x-csrf-token": csrfToken } });
  const others = (state.terminal.operators ?? []).filter((one) => one.operator_id !== told.operator_id);
  await keepTerminal({ operators: [...others, told] });
  return unlockWithServer(told.operator_id, pin);
}

async function unlockWithServer(operatorId, pin) {
  const told = await server.post("/v1/terminal/operator-sessions", { operator_id: operatorId, pin });
  const salt = crypto.getRandomValues(new Uint8Array(16));
  const verifier = { salt: base64(salt), hash: await slowHash(pin, salt) };
  const kept = await keep(operatorId, { name: told.name, role: told.role, token: told.token, expires_at: told.expires_at, verifier, wrong: 0 });
  return enter(kept);
}

function enter(kept) {
  touch();
  state.operator = { operator_id: kept.operator_id, name: kept.name, role: kept.role, token: tokenOf(kept) };
  changed();
  return "open";
}

const tokenOf = (kept) => (kept.token && new Date(kept.expires_at).getTime() > clock.now() ? kept.token : "");

// "open", or why not: wrong, locked, full_sign_in, or unknown_here (no network and never here).
export async function unlock(operatorId, pin) {
  try {
    return await unlockWithServer(operatorId, pin);
  } catch (error) {
    if (error instanceof server.Refusal) return refused(operatorId, error.problem);
    if (error instanceof server.SignedOut) return refused(operatorId, { code: error.message });
    if (!(error instanceof server.Away)) throw error;
  }
  return unlockAlone(operatorId, pin);
}

async function refused(operatorId, problem) {
  if (problem.code === "operator_pin_wrong") return "wrong";
  // The server wants the password: what lies here must not open without it.
  await keep(operatorId, { verifier: null, token: "" });
  return "full_sign_in";
}

async function unlockAlone(operatorId, pin) {
  const kept = await vault.get("operators", operatorId);
  if (!kept?.verifier) return "unknown_here";
  if (isTooOld(operatorId)) return "full_sign_in";
  if (kept.wrong >= WRONG_MAX) return "locked";
  await keep(operatorId, { wrong: kept.wrong + 1 });
  if ((await slowHash(pin, bytesOf(kept.verifier.salt))) !== kept.verifier.hash) {
    return kept.wrong + 1 >= WRONG_MAX ? "locked" : "wrong";
  }
  return enter(await keep(operatorId, { wrong: 0 }));
}

// The password is asked for again after thirty days: a phone that nobody connects is no way around.
function isTooOld(operatorId) {
  const told = state.terminal?.operators?.find((one) => one.operator_id === operatorId);
  return Boolean(told) && !(clock.now() < new Date(told.full_sign_in_until).getTime());
}

export async function wrongLeft(operatorId) {
  return WRONG_MAX - ((await vault.get("operators", operatorId))?.wrong ?? 0);
}

export function lock() {
  state.operator = null;
  state.visit = null;
  changed();
}

// Ends the session on the server as well, when it can be reached; the PIN stays.
export async function signOut() {
  const operator = state.operator;
  lock();
  if (!operator?.token) return;
  await keep(operator.operator_id, { token: "" });
  await server.ask("DELETE", "/v1/terminal/operator-sessions/current", undefined, { operator: operator.token }).catch(() => null);
}

export async function forgetToken() {
  if (!state.operator) return;
  state.operator.token = "";
  await keep(state.operator.operator_id, { token: "" });
}

// The token of whoever did an act, so that it can be asked about again.
export async function tokenFor(operatorId) {
  const kept = await vault.get("operators", operatorId);
  return kept ? tokenOf(kept) : "";
}

export function touch() {
  lastTouch = performance.now();
}

export function lockWhenLeft() {
  if (state.operator && performance.now() - lastTouch > LOCK_AFTER_MS) {
    lock();
    return true;
  }
  return false;
}
