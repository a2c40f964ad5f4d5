// Checks Ed25519 signatures with the browser's own code, else with @noble/ed25519.

import { equal } from "./bytes.js";

const NAME = { name: "Ed25519" };
const KEY_BYTES = 32;
// The public key of RFC 8032 §7.1, test 1: a browser either takes it or does not know the curve.
const KNOWN_KEY = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a";
let isNative = null;

// Asked once: phones whose last Chrome is 136 or older, and some other browsers, do not know it.
export function isNativelyKnown() {
  const raw = Uint8Array.from(KNOWN_KEY.match(/../g), (pair) => parseInt(pair, 16));
  isNative ??= crypto.subtle.importKey("raw", raw, NAME, false, ["verify"]).then(
    () => true,
    () => false,
  );
  return isNative;
}

export async function ed25519Verifier(publicKey) {
  if (publicKey.length !== KEY_BYTES) throw new TypeError("not an Ed25519 key");
  if (await isNativelyKnown()) {
    const key = await crypto.subtle.importKey("raw", publicKey, NAME, false, ["verify"]);
    return (signature, signed) => crypto.subtle.verify(NAME, key, signature, signed);
  }
  const noble = await import("/static/vendor/noble/ed25519.js");
  // zip215 would accept points that no rightful signer writes.
  return async (signature, signed) => {
    try {
      return await noble.verifyAsync(signature, signed, publicKey, { zip215: false });
    } catch {
      return false;
    }
  };
}

export const isSameKey = (one, other) => one.algorithm === other.algorithm && equal(one.publicKey, other.publicKey);
