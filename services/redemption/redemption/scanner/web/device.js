// This device's own key: made here, kept by the browser, readable by nobody, and all that it signs.

import { createKey, enrolmentProof, hashOfLine, publicKeyText, signLine } from "./lib/terminal_key.js";
import * as vault from "./vault.js";

const NAME = "terminal-key";
let held = null;

export async function open() {
  held = (await vault.getKey(NAME)) ?? null;
}

export const key = () => held;

// Made once: an enrolment that broke off goes on with the key it began with.
export async function made() {
  if (!held) {
    held = await createKey();
    await vault.putKey(NAME, held);
  }
  return held;
}

export const publicText = () => publicKeyText(held);
export const proof = (code, terminalId) => enrolmentProof(held, code, terminalId);
export const sign = (line) => signLine(held, line);
export const hash = hashOfLine;
