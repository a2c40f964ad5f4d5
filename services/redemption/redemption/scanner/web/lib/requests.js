// Speaks to the service as this terminal: signed requests, with a time limit, and answers that are
// either data, a refusal in both languages, or "no network" - which is no refusal.

import { utf8 } from "./bytes.js";
import { signedHeaders } from "./terminal_key.js";

const WITHIN_MS = 15000;
const CLOCK_CODE = "terminal_clock";

// The service said no. `problem` is its RFC 9457 document with `messages` in both languages.
export class RequestRefused extends Error {
  constructor(problem) {
    super(problem.code);
    this.name = "RequestRefused";
    this.code = problem.code;
    this.status = problem.status;
    this.problem = problem;
  }
}

// No answer that can be believed: no network, too slow, a gateway's error page, a captive portal.
// What was sent may have arrived, so it is sent again under the same id.
export class NoAnswer extends Error {
  constructor(reason) {
    super(reason);
    this.name = "NoAnswer";
  }
}

export class Requests {
  // `operator()` gives the signed-in operator's token or null; `keepOffset` stores the clock's fault.
  constructor({ key, terminalId, origin = location.origin, operator = () => null, offsetMs = 0, keepOffset = () => {} }) {
    Object.assign(this, { key, terminalId, origin, operator, offsetMs, keepOffset });
  }

  // The server's time as far as this terminal knows it.
  now() {
    return Date.now() + this.offsetMs;
  }

  get = (path, options) => this.send("GET", path, undefined, options);
  post = (path, value, options) => this.send("POST", path, value, options);
  put = (path, value, options) => this.send("PUT", path, value, options);
  delete = (path, options) => this.send("DELETE", path, undefined, options);

  // → the answer's JSON (null when it has none). `headers`: more of them, as the CSRF token of a full sign-in.
  async send(method, path, value, options = {}) {
    try {
      return await this.#once(method, path, value, options);
    } catch (error) {
      if (error.code !== CLOCK_CODE || !Number.isFinite(error.problem.now)) throw error;
      // This phone's clock is wrong. Signed again by the server's, once.
      this.offsetMs = error.problem.now * 1000 - Date.now();
      this.keepOffset(this.offsetMs);
      return this.#once(method, path, value, options);
    }
  }

  async #once(method, path, value, { withinMs = WITHIN_MS, headers = {}, signal } = {}) {
    const url = new URL(path, this.origin).href;
    const body = value === undefined ? null : utf8(JSON.stringify(value));
    const created = Math.floor(this.now() / 1000);
    const operator = this.operator();
    const signed = await signedHeaders(this.key, { keyId: this.terminalId, method, url, body, operator, created });
    const signals = [AbortSignal.timeout(withinMs), ...(signal ? [signal] : [])];
    const type = body ? { "content-type": "application/json" } : {};
    return answered(url, {
      method,
      body,
      headers: { accept: "application/json", ...type, ...headers, ...signed },
      cache: "no-store",
      redirect: "error",
      signal: eitherOf(signals),
    });
  }
}

// Before there is a terminal: an enrolment is proved inside its body.
export async function postUnsigned(path, value, { withinMs = WITHIN_MS, origin = location.origin } = {}) {
  return answered(new URL(path, origin).href, {
    method: "POST",
    body: JSON.stringify(value),
    headers: { accept: "application/json", "content-type": "application/json" },
    redirect: "error",
    signal: AbortSignal.timeout(withinMs),
  });
}

// AbortSignal.any is younger than the phones we serve.
function eitherOf(signals) {
  if (signals.length === 1) return signals[0];
  const either = new AbortController();
  for (const one of signals) {
    if (one.aborted) either.abort(one.reason);
    one.addEventListener("abort", () => either.abort(one.reason), { once: true });
  }
  return either.signal;
}

// The time limit holds for the whole answer, not for its first byte only.
async function answered(url, options) {
  let answer, text;
  try {
    answer = await fetch(url, options);
    text = await answer.text();
  } catch (error) {
    throw new NoAnswer(String(error));
  }
  const said = parsed(text);
  if (answer.ok && (said !== undefined || !text)) return said ?? null;
  if (!answer.ok && said?.code) throw new RequestRefused({ ...said, status: answer.status });
  throw new NoAnswer(`answer ${answer.status} is not the service's`);
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
