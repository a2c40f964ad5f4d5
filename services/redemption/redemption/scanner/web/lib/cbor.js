// CBOR as our messages use it: maps stay Maps, and what is signed by us has one form only.

import { decode, decodeFirst, encode } from "/static/vendor/cborg/cborg.js";
import { equal } from "./bytes.js";

const OPTIONS = { useMaps: true, allowIndefinite: true };

// Deterministic CBOR (RFC 8949 §4.2); throws for any other, and for anything that follows it.
export function decodeCanonical(bytes) {
  const value = decode(bytes, OPTIONS);
  if (!equal(encode(value), bytes)) throw new Error("not in deterministic form");
  return value;
}

// The first value, in whatever form it is written.
export const decodeLoosely = (bytes) => decodeFirst(bytes, OPTIONS)[0];

export const encodeCanonical = (value) => encode(value);

// Keys in the order that the maps have: tells whether a text was written in another order.
export const encodeInOrder = (value) => encode(value, { mapSorter: undefined });

export const isMap = (value) => value instanceof Map;

export function hasExactly(map, keys) {
  return isMap(map) && map.size === keys.length && keys.every((key) => map.has(key));
}
