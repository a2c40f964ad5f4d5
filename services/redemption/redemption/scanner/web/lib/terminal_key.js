// The key that cannot leave this terminal, and all that it signs: requests (RFC 9421, one fixed
// form), journal lines, and the proof at enrolment.

import { base64, hex, sha256, utf8 } from "./bytes.js";
import { isNativelyKnown } from "./ed25519.js";

export const P256 = "ecdsa-p256-sha256";
export const ED25519 = "ed25519";
export const FIRST_PREVIOUS = "0".repeat(64);

const GENERATE = { [P256]: { name: "ECDSA", namedCurve: "P-256" }, [ED25519]: { name: "Ed25519" } };
const SIGN = { [P256]: { name: "ECDSA", hash: "SHA-256" }, [ED25519]: { name: "Ed25519" } };
const NOT_EXTRACTABLE = false;

// → { algorithm, privateKey, publicKey }: IndexedDB stores it as it is, and nothing can read the
// private part out. P-256 unless asked: every browser has it, and so have security chips.
export async function createKey(algorithm = P256) {
  if (algorithm === ED25519 && !(await isNativelyKnown())) throw new TypeError("this browser makes no Ed25519 keys");
  const pair = await crypto.subtle.generateKey(GENERATE[algorithm], NOT_EXTRACTABLE, ["sign", "verify"]);
  return { algorithm, privateKey: pair.privateKey, publicKey: pair.publicKey };
}

// What the enrolment sends: 65 bytes (P-256) or 32 (Ed25519), as base64.
export async function publicKeyText(key) {
  return base64(new Uint8Array(await crypto.subtle.exportKey("raw", key.publicKey)));
}

// Base64 of 64 bytes; WebCrypto writes P-256 signatures as r‖s already.
export async function signText(key, text) {
  return base64(new Uint8Array(await crypto.subtle.sign(SIGN[key.algorithm], key.privateKey, utf8(text))));
}

export const enrolmentProof = (key, code, terminalId) => signText(key, `khbs-enrol:${code}:${terminalId}`);

export const signLine = (key, line) => signText(key, line);

export const hashOfLine = async (line) => hex(await sha256(utf8(line)));

// The first line that does not follow from the one before it, or null: storage can be damaged too.
export async function brokenLink(lines, previous = FIRST_PREVIOUS) {
  let expected = previous;
  for (const [at, line] of lines.entries()) {
    if (JSON.parse(line).previous !== expected) return at;
    expected = await hashOfLine(line);
  }
  return null;
}

export async function contentDigest(body) {
  return `sha-256=:${base64(await sha256(body))}:`;
}

// What is signed: the covered parts in their fixed order, then the parameters themselves.
export function signatureBase({ method, url, digest, operator, created, keyId, algorithm }) {
  const { pathname, search } = new URL(url);
  const parts = [
    ["@method", method],
    ["@path", pathname],
    ["@query", search || "?"],
    ...(digest ? [["content-digest", digest]] : []),
    ...(operator ? [["khbs-operator", operator]] : []),
  ];
  const names = parts.map(([name]) => `"${name}"`).join(" ");
  const parameters = `(${names});created=${created};keyid="${keyId}";alg="${algorithm}"`;
  const lines = [...parts, ["@signature-params", parameters]].map(([name, value]) => `"${name}": ${value}`);
  return { base: lines.join("\n"), parameters };
}

// The headers that make a request this terminal's. `body`: bytes or null; `created`: unix seconds.
export async function signedHeaders(key, { keyId, method, url, body, operator, created }) {
  const digest = body ? await contentDigest(body) : null;
  const { base, parameters } = signatureBase({ method, url, digest, operator, created, keyId, algorithm: key.algorithm });
  return {
    ...(digest && { "content-digest": digest }),
    ...(operator && { "khbs-operator": operator }),
    "signature-input": `khbs=${parameters}`,
    signature: `khbs=:${await signText(key, base)}:`,
  };
}
