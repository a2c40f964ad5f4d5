// The emergency delta: what changed since the whole lists were published.

import { decodeCanonical, hasExactly, isMap } from "./cbor.js";
import { moment, mustVouch, signerOf } from "./keys.js";
import { Refused, orRefuse } from "./refused.js";
import { parseTyped } from "./sign1.js";
import { statusName } from "./status_list.js";

const MEDIA_TYPE = "application/vnd.khbs.status-delta+cwt";
export const DELTA_BYTES_MAX = 1 << 18;
const ENTRIES_MAX = 20000;
const COUNT_LIMIT = 2 ** 32;
const SUBJECT = 2, EXPIRES = 4, ISSUED = 6;

// With `uri`, one that was made for another address is refused.
export async function openStatusDelta(data, ring, uri = "") {
  const message = orRefuse("malformed", () => parseTyped(data, MEDIA_TYPE, DELTA_BYTES_MAX));
  const signer = await signerOf(message, ring);
  const found = orRefuse("malformed", () => read(message.payload));
  mustVouch(signer, found.issuedAt);
  if (uri && found.uri !== uri) throw new Refused("malformed");
  return found;
}

function read(payload) {
  const claims = decodeCanonical(payload);
  const [uri, base, rows] = [claims.get(SUBJECT), claims.get("base"), claims.get("entries")];
  const isRight = hasExactly(claims, [SUBJECT, EXPIRES, ISSUED, "base", "entries"]);
  if (!isRight || typeof uri !== "string" || !isMap(base) || !Array.isArray(rows) || rows.length > ENTRIES_MAX) {
    throw new TypeError("not the claims of a delta");
  }
  const moments = new Map([...base].map(([number, issued]) => [count(number), moment(issued)]));
  const entries = new Map();
  for (const row of rows) {
    const [number, index, status] = row.map(count);
    if (row.length !== 3 || !moments.has(number)) throw new TypeError("a row is no row");
    entries.set(`${number}:${index}`, status);
  }
  if (entries.size !== rows.length) throw new TypeError("a card stands in it twice");
  return { uri, issuedAt: moment(claims.get(ISSUED)), expiresAt: moment(claims.get(EXPIRES)), base: moments, entries };
}

function count(value) {
  if (!Number.isInteger(value) || value < 0 || value >= COUNT_LIMIT) throw new TypeError("not a count");
  return value;
}

// The status that it gives, or null when it says nothing of the card.
export function saidOf(delta, listNumber, index) {
  const code = delta.entries.get(`${listNumber}:${index}`);
  return code === undefined ? null : statusName(code);
}
