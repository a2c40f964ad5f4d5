// The signed text in a card's QR: is it ours, and is its time right? The rules are those of
// common/card_token.py, whatever one changes there is changed here.

import { NotBase45, decodeBase45 } from "./base45.js";
import { characters, equal, hex, utf8 } from "./bytes.js";
import { decodeLoosely, encodeInOrder, hasExactly, isMap } from "./cbor.js";
import { signerOf } from "./keys.js";
import { Refused, orRefuse } from "./refused.js";
import { NotSign1, parseSign1 } from "./sign1.js";

const TEXT_MAX = 366; // Version 11-M holds no more.
const KID_BYTES = 4;
const CARD_ID_BYTES = 8;
const SIGNATURE_BYTES = 64;
const NAME_BYTES_MAX = 40;
const URI_MAX = 47;
const COUNT_MAX = 0xffffffff;
const CLOCK_LEEWAY_MS = 10 * 60 * 1000; // Clocks of terminals are set by hand.
const PREFIX = /^[A-Z]{2,3}[0-9]:/;
const PSEUDONYM = /^[A-Z2-7]{13}$/;
const CLAIM_KEYS = [4, 6, 7, 169, 65535];
const SIGN1_TAG = 0xd2;

export function parse(text) {
  if (PREFIX.test(text)) throw new Refused("wrong_version");
  if (text.length > TEXT_MAX) throw new Refused("malformed");
  const message = messageIn(text);
  const { header } = message;
  const [algorithm, kid] = [header.get(1), header.get(4)];
  const isOurs =
    hasExactly(header, [1, 4]) &&
    !message.unprotected.size &&
    Number.isInteger(algorithm) &&
    kid instanceof Uint8Array &&
    kid.length === KID_BYTES &&
    message.signature.length === SIGNATURE_BYTES;
  if (!isOurs) throw new Refused("malformed");
  return message;
}

function messageIn(text) {
  let data = new Uint8Array();
  try {
    data = decodeBase45(text);
    return parseSign1(data);
  } catch (error) {
    if (!(error instanceof NotBase45 || error instanceof NotSign1)) throw error;
    const isOtherKind = data.length && data[0] !== SIGN1_TAG && data[0] >= 0xc0 && data[0] < 0xdc;
    throw new Refused(isOtherKind ? "wrong_version" : "malformed");
  }
}

export async function verify(text, ring, now) {
  const message = parse(text);
  const key = await signerOf(message, ring);
  const token = readClaims(message.payload);
  checkTimes(token, key, now);
  return token;
}

function checkTimes(token, key, now) {
  if (key.state === "compromised") throw new Refused("key_compromised");
  const isInItsTime = key.notBefore <= token.issuedAt && token.issuedAt <= key.signUntil;
  if (!isInItsTime || now > key.verifyUntil || key.state === "retired") throw new Refused("key_out_of_validity");
  if (token.issuedAt > now + CLOCK_LEEWAY_MS) throw new Refused("not_yet_valid");
  if (now >= token.expiresAt) throw new Refused("expired");
}

function readClaims(payload) {
  const claims = orRefuse("malformed", () => decodeLoosely(payload));
  mustHaveOurKeys(claims);
  return orRefuse("malformed", () => {
    if (!equal(encodeInOrder(claims), payload)) throw new TypeError("written in another form");
    return tokenOf(claims);
  });
}

// Signed by us with other claims: a later profile, which this code has to learn first.
function mustHaveOurKeys(claims) {
  const isSequence = Array.isArray(claims) || typeof claims === "string" || claims instanceof Uint8Array;
  if (!isMap(claims) && !isSequence) throw new Refused("malformed");
  if (!isInOrder(claims, CLAIM_KEYS)) throw new Refused("wrong_version");
}

const isInOrder = (map, keys) => isMap(map) && [...map.keys()].join() === keys.join() && hasExactly(map, keys);

const isCount = (value) => Number.isInteger(value) && value >= 0 && value <= COUNT_MAX;

function tokenOf(claims) {
  const [identity, reference, cardId] = [claims.get(169), claims.get(65535), claims.get(7)];
  const status = reference.get("status_list");
  const [pseudonym, name, index, uri] = [identity.get(1), identity.get(4), status.get("idx"), status.get("uri")];
  const [issued, expires] = [claims.get(6), claims.get(4)];
  const isRight =
    isInOrder(identity, [1, 4]) &&
    isInOrder(status, ["idx", "uri"]) &&
    hasExactly(reference, ["status_list"]) &&
    cardId instanceof Uint8Array &&
    cardId.length === CARD_ID_BYTES &&
    typeof pseudonym === "string" &&
    PSEUDONYM.test(pseudonym) &&
    typeof name === "string" &&
    name.length > 0 &&
    utf8(name).length <= NAME_BYTES_MAX &&
    typeof uri === "string" &&
    characters(uri) <= URI_MAX &&
    [index, issued, expires].every(isCount);
  if (!isRight) throw new TypeError("not the claims of a card");
  return {
    cardId: hex(cardId),
    pseudonym,
    printedName: name,
    issuedAt: issued * 1000,
    expiresAt: expires * 1000,
    status: { index, uri },
  };
}
