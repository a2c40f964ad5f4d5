// The form of a COSE_Sign1 (RFC 9052 §4.2), taken apart strictly. No key is looked at here.

import { concat } from "./bytes.js";
import { decodeCanonical, isMap } from "./cbor.js";

export const TYPE_HEADER = 16;
const TAG = 0xd2;
const FOUR_PARTS = 0x84;
const EMPTY_MAP = 0xa0;
const SIGNED_HEAD = Uint8Array.of(0x84, 0x6a, ...new TextEncoder().encode("Signature1"));

export class NotSign1 extends Error {}

export function parseSign1(bytes) {
  try {
    return parse(bytes);
  } catch (error) {
    throw error instanceof NotSign1 ? error : new NotSign1(String(error));
  }
}

function parse(bytes) {
  if (bytes[0] !== TAG || bytes[1] !== FOUR_PARTS) throw new NotSign1("not tagged, or not four parts");
  let part = readByteString(bytes, 2);
  const protectedHeader = part.value;
  if (bytes[part.end] !== EMPTY_MAP) return parseWithUnprotected(bytes);
  part = readByteString(bytes, part.end + 1);
  const payload = part.value;
  part = readByteString(bytes, part.end);
  if (part.end !== bytes.length) throw new NotSign1("followed by something");
  return message(protectedHeader, new Map(), payload, part.value);
}

function readByteString(bytes, at) {
  const head = bytes[at] ?? 0;
  const extra = { 0x58: 1, 0x59: 2, 0x5a: 4 }[head] ?? 0;
  if (!extra && !(head >= 0x40 && head < 0x58)) throw new NotSign1("a part has the wrong type");
  let length = extra ? 0 : head - 0x40;
  for (let place = 1; place <= extra; place++) length = length * 256 + (bytes[at + place] ?? 0);
  const start = at + 1 + extra;
  const shortest = { 0: 0, 1: 24, 2: 1 << 8, 4: 1 << 16 }[extra];
  if (length < shortest || start + length > bytes.length) throw new NotSign1("a wrong length");
  return { value: bytes.subarray(start, start + length), end: start + length };
}

// Others' messages may have such a header; ours have none.
function parseWithUnprotected(bytes) {
  const parts = decodeCanonical(bytes.subarray(1));
  const [protectedHeader, unprotected, payload, signature] = parts;
  const areBytes = [protectedHeader, payload, signature].every((part) => part instanceof Uint8Array);
  if (parts.length !== 4 || !areBytes || !isMap(unprotected)) throw new NotSign1("a part has the wrong type");
  return message(protectedHeader, unprotected, payload, signature);
}

function message(protectedHeader, unprotected, payload, signature) {
  const header = protectedHeader.length ? decodeCanonical(protectedHeader) : new Map();
  if (!isMap(header)) throw new NotSign1("the header is not a map");
  return { protectedHeader, header, unprotected, payload, signature };
}

// The Sig_structure over which the signature is made (RFC 9052 §4.4).
export function toBeSigned({ protectedHeader, payload }) {
  return concat(SIGNED_HEAD, head(protectedHeader), protectedHeader, Uint8Array.of(0x40), head(payload), payload);
}

function head({ length }) {
  if (length < 24) return Uint8Array.of(0x40 + length);
  if (length < 1 << 8) return Uint8Array.of(0x58, length);
  if (length < 1 << 16) return Uint8Array.of(0x59, length >> 8, length & 0xff);
  return Uint8Array.of(0x5a, length >>> 24, (length >> 16) & 0xff, (length >> 8) & 0xff, length & 0xff);
}

// A message of this very type: header {algorithm, key, type}, nothing else, nothing unprotected.
export function parseTyped(bytes, mediaType, bytesMax) {
  if (bytes.length > bytesMax) throw new NotSign1("too long");
  const found = parseSign1(bytes);
  const { header } = found;
  const isTyped = header.size === 3 && header.has(1) && header.has(4) && header.get(TYPE_HEADER) === mediaType;
  if (!isTyped || found.unprotected.size) throw new NotSign1("of another type");
  return found;
}
