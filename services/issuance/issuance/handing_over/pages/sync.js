// Talks to the server: who is signed in, the round's list, and the journal, oldest lines first.

import { acknowledge, linesOf } from "./journal.js";

const WAIT_MS = 20000;
let token = "";

export class SignedOut extends Error {}
export class Away extends Error {}
export class Refusal extends Error {
  constructor(problem) {
    super(problem.code);
    this.problem = problem;
  }
}

async function ask(path, options = {}) {
  let answer;
  try {
    answer = await fetch(path, {
      ...options,
      cache: "no-store",
      credentials: "same-origin",
      signal: AbortSignal.timeout(WAIT_MS),
      headers: { accept: "application/json", ...(options.body ? { "content-type": "application/json", "x-csrf-token": token } : {}) },
    });
  } catch {
    throw new Away();
  }
  if (answer.ok) return answer.json();
  const problem = await answer.json().catch(() => ({ code: "" }));
  if (answer.status === 401 || problem.code === "csrf_failed") throw new SignedOut();
  if (answer.status >= 500 || answer.status === 429) throw new Away();
  throw new Refusal(problem);
}

export async function whoAmI() {
  const me = await ask("/v1/handovers/me");
  token = me.csrf_token;
  return me;
}

export const fetchRound = (id) => ask(`/v1/handovers/rounds/${id}`);

// As many lines as fit one request: signatures make some of them long.
function first(lines, limits) {
  let room = limits.request;
  let count = 0;
  while (count < lines.length && count < limits.batch && (count === 0 || lines[count].text.length <= room)) {
    room -= lines[count].text.length;
    count += 1;
  }
  return lines.slice(0, count);
}

// Sends what the server has not answered for; `tell` is called after each batch.
export async function send(journal, limits, tell) {
  let left = (await linesOf(journal)).filter((line) => line.state === "unsent");
  while (left.length) {
    const batch = first(left, limits);
    const body = {
      journal_id: journal.journal_id,
      round_id: journal.round_id,
      lines: batch.map(({ text, hash }) => ({ text, hash })),
    };
    const answer = await ask("/v1/handovers/journal", { method: "POST", body: JSON.stringify(body) });
    const byHash = new Map(answer.lines.map((line) => [line.hash, line]));
    for (const line of batch) {
      const told = byHash.get(line.hash);
      if (!told) throw new Away();
      await acknowledge(line, told);
    }
    left = left.slice(batch.length);
    await tell();
  }
}
