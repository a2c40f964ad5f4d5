// Whom to believe: the trust bundle, signed by a root that is never on line. It names the root that
// signed it and the one that may sign next; its version never goes down.

import { characters, equal, hex, sha256 } from "./bytes.js";
import { decodeCanonical, hasExactly, isMap } from "./cbor.js";
import { isSameKey } from "./ed25519.js";
import { isSignedBy, keyRing, moment, readKey, readRoot } from "./keys.js";
import { Refused, orRefuse } from "./refused.js";
import { TYPE_HEADER, parseSign1 } from "./sign1.js";

const MEDIA_TYPE = "application/vnd.khbs.trust-bundle+cbor";
export const BUNDLE_BYTES_MAX = 1 << 16;
const LISTS_MAX = 1000;
const KEYS_MAX = 64;
const TEXT_MAX = 200;
const LIVES_MS = 30 * 24 * 60 * 60 * 1000;
const CLOCK_LEEWAY_MS = 10 * 60 * 1000;
const IDENTIFIERS = { Ed25519: -8, ES256: -7 };
const ISSUER = 1, EXPIRES = 4, ISSUED = 6;
const CLAIMS = [ISSUER, EXPIRES, ISSUED, "version", "roots", "keys", "lists", "delta", "min_app"];

// A bundle to go by from now on. `known` is the one gone by until now; it may have run out.
export async function verifyBundle(data, roots, now, known = null) {
  const bundle = await openBundle(data, roots);
  if (known && bundle.version < known.version) throw new Refused("older_version");
  if (known && bundle.version === known.version && bundle.sha256 !== known.sha256) throw new Refused("other_content");
  if (bundle.issuedAt > now + CLOCK_LEEWAY_MS) throw new Refused("not_yet_valid");
  if (now >= bundle.expiresAt) throw new Refused("expired");
  return bundle;
}

// A bundle that one of these roots signed, however old.
export async function openBundle(data, roots) {
  const message = parse(data);
  const [identifier, kid] = [message.header.get(1), message.header.get(4)];
  const fitting = roots.filter(
    (root) => kid instanceof Uint8Array && equal(root.kid, kid) && IDENTIFIERS[root.algorithm] === identifier,
  );
  if (!fitting.length) throw new Refused("unknown_root");
  let signer = null;
  for (const root of fitting) if (!signer && (await isSignedBy(message, root))) signer = root;
  if (!signer) throw new Refused("bad_signature");
  const content = await read(message.payload).catch(() => {
    throw new Refused("malformed");
  });
  // Whoever signs says so: the next root becomes the current one with its first bundle.
  if (!isSameKey(content.root, signer)) throw new Refused("malformed");
  return { ...content, roots: [content.root, content.nextRoot], ring: keyRing(content.keys), sha256: hex(await sha256(data)) };
}

function parse(data) {
  if (data.length > BUNDLE_BYTES_MAX) throw new Refused("malformed");
  const message = orRefuse("malformed", () => parseSign1(data));
  if (message.header.get(TYPE_HEADER) !== MEDIA_TYPE) throw new Refused("wrong_type");
  if (!hasExactly(message.header, [1, 4, TYPE_HEADER]) || message.unprotected.size) throw new Refused("malformed");
  return message;
}

async function read(payload) {
  const claims = decodeCanonical(payload);
  const roots = claims.get("roots");
  if (!hasExactly(claims, CLAIMS) || !hasExactly(roots, ["current", "next"])) throw new TypeError("not a bundle's claims");
  const content = {
    version: version(claims.get("version")),
    issuer: shortText(claims.get(ISSUER)),
    issuedAt: moment(claims.get(ISSUED)),
    expiresAt: moment(claims.get(EXPIRES)),
    root: await readRoot(roots.get("current")),
    nextRoot: await readRoot(roots.get("next")),
    keys: await readKeys(claims.get("keys")),
    lists: readLists(claims.get("lists")),
    deltaUri: shortText(claims.get("delta")),
    minApp: shortText(claims.get("min_app")),
  };
  const lives = content.expiresAt - content.issuedAt;
  if (lives <= 0 || lives > LIVES_MS) throw new TypeError("lives too long");
  return content;
}

async function readKeys(said) {
  if (!Array.isArray(said) || said.length > KEYS_MAX) throw new TypeError("not keys");
  return Promise.all(said.map(readKey));
}

// By list number, the address that stands in the cards.
function readLists(said) {
  if (!isMap(said)) throw new TypeError("not lists");
  const isNumber = (number) => Number.isInteger(number) && number >= 0 && number < LISTS_MAX;
  if (![...said.keys()].every(isNumber)) throw new TypeError("not the number of a list");
  return new Map([...said].map(([number, uri]) => [number, shortText(uri)]));
}

function version(value) {
  if (!Number.isSafeInteger(value) || value <= 0) throw new TypeError("not a version");
  return value;
}

function shortText(value) {
  if (typeof value !== "string" || characters(value) > TEXT_MAX) throw new TypeError("not a short text");
  return value;
}
