// Cards without network: the trust that is kept here, what it says of a card, and the camera.

import * as clock from "./clock.js";
import { Camera } from "./lib/camera.js";
import { cardNumber, grouped, parseCardNumber } from "./lib/card_number.js";
import { Decoder } from "./lib/decoding.js";
import { Kept } from "./lib/kept.js";
import { check as checkText } from "./lib/offline_check.js";
import { refresh as fetchTrust } from "./lib/refresh.js";
import { changed, state } from "./state.js";
import * as vault from "./vault.js";
import { config } from "./words.js";

export const readNumber = parseCardNumber;
export const numberOf = cardNumber;
export { grouped };

let kept = null;
let pinned = "";
const decoder = new Decoder(config.decoder);

export async function open() {
  const roots = state.terminal?.trust?.roots ?? [];
  kept = await Kept.restore(roots, await vault.getFile("trust"));
  pinned = roots.join();
  note();
}

function note() {
  if (!kept) return;
  clock.raise(kept.notBefore());
  state.trust = summary(kept.ages(clock.now()));
}

// What the bar shows: the oldest thing that a verdict stands on.
function summary(ages) {
  const lists = ages.lists.filter((one) => !one.isMissing);
  const missing = ages.lists.length - lists.length;
  const moments = [...lists.map((one) => one.issuedAt)];
  const at = ages.bundle && moments.length && !missing ? Math.min(...moments, ages.delta?.issuedAt ?? Infinity) : null;
  const isExpired = !ages.bundle || ages.bundle.isExpired || lists.some((one) => one.isExpired);
  const isStale = missing > 0 || lists.some((one) => !one.isFresh) || !ages.delta || ages.delta.isExpired;
  return { ...ages, at, tone: !ages.bundle || isExpired ? "bad" : isStale ? "wait" : "good" };
}

export function age() {
  note();
  return state.trust;
}

// Never throws for a network that fails: what is kept stays kept, and the bar shows its age.
export async function refresh(trust) {
  if (!trust?.roots?.length) return;
  if (!kept || trust.roots.join() !== pinned) await open();
  const told = await fetchTrust(kept, trust.bundle_url, clock.now);
  if (told.changed) await vault.putFile("trust", kept.files());
  state.trustProblems = told.problems;
  note();
  changed();
}

export async function check(text, now) {
  const began = performance.now();
  const verdict = await checkText(text, kept, now);
  performance.measure("khbs-check", { start: began });
  return verdict;
}

// How fast this phone last read a code and checked a card, in milliseconds.
export function speed() {
  const last = (name) => performance.getEntriesByName(name).at(-1)?.duration;
  const [read, checked] = [last("khbs-read"), last("khbs-check")];
  return read === undefined || checked === undefined ? null : { read: Math.round(read), check: Math.max(1, Math.round(checked)) };
}

// ---- the camera

export function newCamera(video, onText, onState) {
  return new Camera({ video, decoder, onText, onState });
}

export const warmUp = () => decoder.warmUp();
