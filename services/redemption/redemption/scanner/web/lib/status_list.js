// Token Status Lists in CWT form: which of a million cards are blocked, in some 20 KB.

import { decodeLoosely, isMap } from "./cbor.js";
import { moment, mustVouch, signerOf } from "./keys.js";
import { Refused, orRefuse } from "./refused.js";
import { parseTyped } from "./sign1.js";

const MEDIA_TYPE = "application/statuslist+cwt";
export const LIST_BYTES_MAX = 1 << 20;
const UNPACKED_BYTES_MAX = 1 << 20; // What unfolds to more is an attack.
const SUBJECT = 2, EXPIRES = 4, ISSUED = 6, TTL = 65534, LIST = 65533;
const NAMES = ["valid", "revoked", "suspended", "not_active"];

// A value that this code does not know is not valid.
export const statusName = (code) => NAMES[code] ?? "revoked";

// A list that one of our keys signed, however old: an old one still says since when.
export async function openStatusList(data, ring) {
  const message = orRefuse("malformed", () => parseTyped(data, MEDIA_TYPE, LIST_BYTES_MAX));
  const signer = await signerOf(message, ring);
  const found = await read(message.payload);
  mustVouch(signer, found.issuedAt);
  return found;
}

async function read(payload) {
  try {
    const claims = decodeLoosely(payload);
    const list = claims.get(LIST);
    const [uri, bits, ttl] = [claims.get(SUBJECT), list.get("bits"), claims.get(TTL) ?? 0];
    const [issuedAt, expiresAt] = [moment(claims.get(ISSUED)), moment(claims.get(EXPIRES))];
    const isRight = isMap(list) && typeof uri === "string" && [1, 2, 4, 8].includes(bits) && Number.isFinite(ttl);
    if (!isRight) throw new TypeError("not the claims of a list");
    const packed = await unpacked(list.get("lst"));
    return { uri, bits, packed, issuedAt, expiresAt, ttl: ttl * 1000 };
  } catch {
    throw new Refused("malformed");
  }
}

// The browser's own inflate refuses what is cut off and what is followed by something.
async function unpacked(compressed) {
  const reader = new Blob([compressed]).stream().pipeThrough(new DecompressionStream("deflate")).getReader();
  const whole = new Uint8Array(UNPACKED_BYTES_MAX);
  let length = 0;
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    if (length + part.value.length > UNPACKED_BYTES_MAX) {
      await reader.cancel();
      throw new RangeError("too large");
    }
    whole.set(part.value, length);
    length += part.value.length;
  }
  return whole.slice(0, length);
}

// Least significant bits first; what is not on the list is not valid.
export function statusAt(list, index) {
  const perByte = 8 / list.bits;
  const byte = list.packed[Math.floor(index / perByte)];
  if (byte === undefined) return "revoked";
  return statusName((byte >> ((index % perByte) * list.bits)) & ((1 << list.bits) - 1));
}
