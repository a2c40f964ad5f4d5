// The time. A phone's clock may be wrong or set back on purpose, so it is corrected by what the
// server said last and is never believed to be earlier than anything that is known to have been.

import * as vault from "./vault.js";

const TOLERANCE_MS = 120000;
const KEEP_EACH_MS = 30000;
const kept = { offset: 0, floor: 0 };
let floorAt = performance.now();
let keptAt = 0;

const wall = () => Date.now() + kept.offset;
const least = () => kept.floor + (performance.now() - floorAt);

export async function open() {
  Object.assign(kept, (await vault.get("things", "clock")) ?? {});
  floorAt = performance.now();
}

export function now() {
  return Math.max(wall(), kept.floor ? least() : 0);
}

// True when the phone shows a time before something that has certainly happened.
export function isBack() {
  return kept.floor > 0 && wall() < least() - TOLERANCE_MS;
}

export const floor = () => kept.floor;
export const offset = () => kept.offset;

// The server's clock is the truth: also a floor that a wrong clock has pushed too far yields to it.
export async function learn(serverMs) {
  kept.offset = serverMs - Date.now();
  kept.floor = serverMs;
  floorAt = performance.now();
  await keep();
}

// Something signed or written says that it is at least so late.
export function raise(ms) {
  if (ms <= least()) return;
  kept.floor = ms;
  floorAt = performance.now();
}

export async function tick() {
  if (isBack()) return;
  raise(now());
  if (performance.now() - keptAt > KEEP_EACH_MS) await keep();
}

async function keep() {
  keptAt = performance.now();
  await vault.put("things", "clock", kept);
}

export const record = () => vault.sealed("things", "clock", kept);
