// Talks to the server as this terminal, and says in four words what can go wrong.

import * as clock from "./clock.js";
import { key } from "./device.js";
import { NoAnswer, RequestRefused, Requests, postUnsigned } from "./lib/requests.js";
import { state } from "./state.js";
import { lang } from "./words.js";

// No answer, or none that can be believed: nothing is known of what became of it.
export class Away extends Error {}
// The operator has to enter the PIN again, while there is network.
export class SignedOut extends Error {}
class Problem extends Error {
  constructor(problem) {
    super(problem.code);
    this.problem = problem;
  }
}
// The terminal itself may not go on.
export class Stopped extends Problem {}
// The server said no, and why.
export class Refusal extends Problem {}

const STOPPED_CODES = ["terminal_revoked", "terminal_unknown"];
const OPERATOR_CODES = ["operator_session_over", "operator_needed", "not_signed_in", "session_expired", "token_invalid"];
const PASSING_STATUS = [408, 425, 429];

function meant(error) {
  if (error instanceof NoAnswer) return new Away(error.message);
  if (!(error instanceof RequestRefused)) return error;
  const { code, status, problem } = error;
  if (status >= 500 || PASSING_STATUS.includes(status)) return new Away(code);
  if (STOPPED_CODES.includes(code)) return new Stopped(problem);
  if (status === 401 && OPERATOR_CODES.includes(code)) return new SignedOut(code);
  return new Refusal(problem);
}

const told = (answer) => answer.catch((error) => { throw meant(error); });

function requests(operator) {
  const learned = [];
  const made = new Requests({ key: key(), terminalId: state.terminal.terminal_id, operator: () => operator || null, offsetMs: clock.now() - Date.now(), keepOffset: (offset) => learned.push(clock.learn(Date.now() + offset)) });
  return { made, learned };
}

export async function ask(method, path, body, { operator = "", headers = {}, wait } = {}) {
  const { made, learned } = requests(operator);
  const answer = await told(made.send(method, path, body, { headers, withinMs: wait }));
  await Promise.all(learned);
  return answer;
}

export const get = (path, options) => ask("GET", path, undefined, options);
export const post = (path, body, options) => ask("POST", path, body, options);

// Before there is a terminal, an enrolment is proved inside its body.
export const enrol = (body) => told(postUnsigned("/v1/terminal-enrolments", body));

// Who is signed in with a password in this browser: the one question that is asked with a cookie.
export async function getUnsigned(path) {
  const answer = await fetch(path, { cache: "no-store", headers: { accept: "application/json" } }).catch(() => null);
  const said = answer && (await answer.json().catch(() => null));
  if (!said || answer.status >= 500) throw new Away("no answer");
  if (!answer.ok) throw new Refusal(said);
  return said;
}

// What a refusal says in the language of the screen.
export function wordsOf(problem) {
  const said = problem.messages?.[lang];
  return { title: said?.title ?? problem.title ?? "", action: said?.action ?? said?.detail ?? problem.detail ?? "" };
}
