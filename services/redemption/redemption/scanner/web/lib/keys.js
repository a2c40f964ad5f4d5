// Public keys: loaded from COSE_Keys with our dates and states, found by id, asked for signatures.
// The algorithm belongs to the key and is never chosen by the message.

import { concat, equal, fromHex, hex, sha256 } from "./bytes.js";
import { encodeCanonical, isMap } from "./cbor.js";
import { ed25519Verifier } from "./ed25519.js";
import { Refused } from "./refused.js";
import { toBeSigned } from "./sign1.js";

const SIGNATURE_BYTES = 64;
const COORDINATE_BYTES = 32;
const KID_BYTES = 4;
const SECOND_MAX = 253402300799; // The end of the year 9999, as far as the reference counts.
const ECDSA = { name: "ECDSA", hash: "SHA-256" };
const P256 = { name: "ECDSA", namedCurve: "P-256" };
const KTY = 1, KID = 2, ALG = 3;
const MOMENTS = ["not_before", "sign_until", "verify_until"];
const STATES = ["planned", "active", "verify_only", "retired", "compromised"];
// -19 is RFC 9864's name for what -8 has meant until now.
const IDENTIFIERS = { Ed25519: [-8, -19], ES256: [-7] };

// A NumericDate of whole seconds, in milliseconds; throws for anything else.
export function moment(seconds) {
  if (!Number.isInteger(seconds) || seconds < 0 || seconds > SECOND_MAX) throw new TypeError("not a moment");
  return seconds * 1000;
}

async function verifierOf(algorithm, publicKey) {
  if (algorithm === "Ed25519") return ed25519Verifier(publicKey);
  const key = await crypto.subtle.importKey("raw", publicKey, P256, false, ["verify"]);
  return (signature, signed) => crypto.subtle.verify(ECDSA, key, signature, signed);
}

// The COSE key thumbprint (RFC 9679): its first four bytes are the key's id.
async function thumbprint(algorithm, publicKey) {
  const coordinates = algorithm === "ES256" ? publicKey.subarray(1) : publicKey;
  const key = new Map([[1, algorithm === "ES256" ? 2 : 1], [-1, algorithm === "ES256" ? 1 : 6]]);
  key.set(-2, coordinates.subarray(0, COORDINATE_BYTES));
  if (algorithm === "ES256") key.set(-3, coordinates.subarray(COORDINATE_BYTES));
  return sha256(encodeCanonical(key));
}

export async function publicKey(algorithm, raw) {
  const print = await thumbprint(algorithm, raw);
  const verify = await verifierOf(algorithm, raw);
  return { algorithm, publicKey: raw, thumbprint: print, kid: print.slice(0, KID_BYTES), verify };
}

// A root from the text in which it is pinned: 32 bytes are Ed25519, 65 uncompressed ones ES256.
export function pinnedRoot(text) {
  const raw = fromHex(text);
  if (raw.length !== 32 && !(raw.length === 65 && raw[0] === 4)) throw new TypeError("not a root key");
  return publicKey(raw.length === 32 ? "Ed25519" : "ES256", raw);
}

export const writtenRoot = (root) => hex(root.publicKey);

function algorithmOf(said) {
  const named = [said.get(KTY), said.get(-1), said.get(ALG)].join();
  return { "1,6,-8": "Ed25519", "2,1,-7": "ES256" }[named];
}

export async function readRoot(said) {
  if (!isMap(said)) throw new TypeError("not a key");
  const algorithm = algorithmOf(said);
  const coordinates = algorithm === "Ed25519" ? [said.get(-2)] : [said.get(-2), said.get(-3)];
  const members = 4 + coordinates.length;
  const areWhole = coordinates.every((one) => one instanceof Uint8Array && one.length === COORDINATE_BYTES);
  if (!algorithm || !areWhole || said.size !== members) throw new TypeError("not a public key");
  const raw = algorithm === "Ed25519" ? coordinates[0] : concat(Uint8Array.of(4), ...coordinates);
  const root = await publicKey(algorithm, raw.slice());
  const kid = said.get(KID);
  if (!(kid instanceof Uint8Array) || !equal(kid, root.kid)) throw new TypeError("not the key's id");
  return root;
}

export async function readKey(said) {
  const plain = new Map([...said].filter(([label]) => Number.isInteger(label)));
  const state = said.get("state");
  const [notBefore, signUntil, verifyUntil] = MOMENTS.map((name) => moment(said.get(name)));
  const isInOrder = notBefore < signUntil && signUntil <= verifyUntil;
  if (!STATES.includes(state) || said.size !== plain.size + 4 || !isInOrder) throw new TypeError("not a key of ours");
  return { ...(await readRoot(plain)), state, notBefore, signUntil, verifyUntil };
}

// Four bytes can collide, so an id leads to all keys that have it.
export function keyRing(keys) {
  const ring = new Map();
  for (const key of keys) ring.set(hex(key.kid), [...(ring.get(hex(key.kid)) ?? []), key]);
  return ring;
}

// The key that made a message; says nothing of its dates.
export async function signerOf(message, ring) {
  const kid = message.header.get(4);
  const candidates = (kid instanceof Uint8Array && ring.get(hex(kid))) || [];
  if (!candidates.length) throw new Refused("unknown_key");
  const fitting = candidates.filter((key) => IDENTIFIERS[key.algorithm].includes(message.header.get(1)));
  if (!fitting.length) throw new Refused("wrong_algorithm");
  for (const key of fitting) if (await isSignedBy(message, key)) return key;
  throw new Refused("bad_signature");
}

export async function isSignedBy(message, key) {
  if (message.signature.length !== SIGNATURE_BYTES) return false;
  return key.verify(message.signature, toBeSigned(message));
}

export function mustVouch(key, issuedAt) {
  if (key.state === "compromised") throw new Refused("key_compromised");
  const isInTime = key.notBefore <= issuedAt && issuedAt <= key.signUntil;
  if (key.state === "retired" || !isInTime) throw new Refused("key_out_of_validity");
}
