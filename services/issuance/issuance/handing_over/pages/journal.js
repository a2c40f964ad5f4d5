// The journal: one for each round this phone takes. A line names the line before it by its hash;
// it is written once and only forgotten after the server has said what became of it.

import * as vault from "./vault.js";

const START = "0".repeat(64);

const hex = (bytes) => [...new Uint8Array(bytes)].map((byte) => byte.toString(16).padStart(2, "0")).join("");

export async function sha256(text) {
  return hex(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text)));
}

// RFC 9562 section 5.7: 48 bits of milliseconds, then chance.
export function newId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  let time = Date.now();
  for (let place = 5; place >= 0; place -= 1) {
    bytes[place] = time % 256;
    time = Math.floor(time / 256);
  }
  bytes[6] = 0x70 | (bytes[6] & 0x0f);
  bytes[8] = 0x80 | (bytes[8] & 0x3f);
  const text = hex(bytes);
  return [text.slice(0, 8), text.slice(8, 12), text.slice(12, 16), text.slice(16, 20), text.slice(20)].join("-");
}

export async function journalOf(round, holder) {
  const known = await vault.get("journals", round.round_id);
  if (known && known.holder === holder.subject) return known;
  const made = { journal_id: newId(), round_id: round.round_id, holder: holder.subject, holder_name: holder.name };
  await vault.put("journals", round.round_id, made);
  return made;
}

export async function linesOf(journal) {
  const found = (await vault.all("lines")).filter((line) => line.journal_id === journal.journal_id);
  return found.sort((one, other) => one.sequence - other.sequence);
}

// One at a time, also between two windows; the store refuses a number that is taken.
export function append(journal, act, cardId, body) {
  const write = async () => {
    const lines = await linesOf(journal);
    const last = lines.at(-1);
    const sequence = (last?.sequence ?? 0) + 1;
    const at = new Date().toISOString();
    const told = { id: newId(), journal: journal.journal_id, sequence, before: last?.hash ?? START, act, card: cardId, at, ...body };
    const text = JSON.stringify(told);
    const line = { journal_id: journal.journal_id, round_id: journal.round_id, sequence, card_id: cardId, act, reason: body.reason ?? null, at, text, hash: await sha256(text), state: "unsent" };
    await vault.add("lines", [line.journal_id, line.sequence], line);
    return line;
  };
  return navigator.locks ? navigator.locks.request(`journal:${journal.journal_id}`, write) : write();
}

// What was said is forgotten once the server has it; that something was said stays until the end.
export async function acknowledge(line, answer) {
  const { text, ...rest } = line;
  const known = { ...rest, state: answer.state, refusal: answer.refusal, messages: answer.messages };
  await vault.put("lines", [line.journal_id, line.sequence], known);
}

export async function forget(journal) {
  for (const line of await linesOf(journal)) {
    if (line.state === "unsent") return false;
    await vault.remove("lines", [line.journal_id, line.sequence]);
  }
  await vault.remove("journals", journal.round_id);
  return true;
}
