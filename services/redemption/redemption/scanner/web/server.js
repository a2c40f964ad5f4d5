// Talks to the server: every request is signed by this terminal's key, and a clock that differs is
// learned from the answer and the request made once more.

import * as clock from "./clock.js";
import { signedHeaders } from "./device.js";
import { lang } from "./words.js";

const WAIT_MS = 20000;

// No answer, or none that can be trusted to be one: nothing is known of what became of it.
export class Away extends Error {}
// The operator has to enter the PIN again, while there is network.
export class SignedOut extends Error {}
// The terminal itself may not go on: revoked, or its partner is suspended.
export class Stopped extends Error {
  constructor(problem) {
    super(problem.code);
    this.problem = problem;
  }
}
export class Refusal extends Error {
  constructor(problem, status) {
    super(problem.code);
    this.problem = problem;
    this.status = status;
  }
}

const OPERATOR_CODES = ["operator_session_expired", "operator_session_unknown", "operator_needed", "operator_signed_out", "not_signed_in", "session_expired", "token_invalid"];
const STOPPED_CODES = ["terminal_revoked", "terminal_unknown"];
export const isStopped = (code) => STOPPED_CODES.includes(code);

async function once(method, path, text, { operator, headers, signed, wait }) {
  const proof = signed ? await signedHeaders(method, path, text, operator, Math.floor(clock.now() / 1000)) : {};
  try {
    return await fetch(path, {
      method,
      body: text ?? undefined,
      cache: "no-store",
      credentials: "same-origin",
      signal: AbortSignal.timeout(wait),
      headers: { accept: "application/json", "accept-language": lang, ...(text ? { "content-type": "application/json" } : {}), ...headers, ...proof },
    });
  } catch {
    throw new Away("no answer");
  }
}

async function problemOf(answer) {
  return answer.json().catch(() => ({ code: "" }));
}

export async function ask(method, path, body = null, { operator = "", headers = {}, signed = true, wait = WAIT_MS, mayLearn = true } = {}) {
  const text = body === null ? null : JSON.stringify(body);
  const answer = await once(method, path, text, { operator, headers, signed, wait });
  if (answer.ok) {
    if (answer.status === 204) return null;
    try {
      return await answer.json();
    } catch {
      throw new Away("half an answer");
    }
  }
  const problem = await problemOf(answer);
  if (problem.code === "terminal_clock" && mayLearn && problem.now) {
    await clock.learn(problem.now * 1000);
    return ask(method, path, body, { operator, headers, signed, wait, mayLearn: false });
  }
  if (STOPPED_CODES.includes(problem.code)) throw new Stopped(problem);
  if (answer.status >= 500 || answer.status === 429 || answer.status === 408) throw new Away(problem.code);
  if (answer.status === 401 && OPERATOR_CODES.includes(problem.code)) throw new SignedOut(problem.code);
  throw new Refusal(problem, answer.status);
}

export const get = (path, options) => ask("GET", path, null, options);
export const post = (path, body, options) => ask("POST", path, body, options);

// What a refusal says in the language of the screen.
export function wordsOf(problem) {
  const said = problem.messages?.[lang];
  return { title: said?.title ?? problem.title ?? "", action: said?.action ?? said?.detail ?? problem.detail ?? "" };
}
