// What a terminal without network may say of a card. The rules, and their reasons, are those of
// common/offline_check.py; a test holds both against the same cards.
//
// Age takes away the right to say "valid", never the knowledge of a refusal. Of two statements about
// a card the younger counts. A list says nothing good of a card that was signed after it.

import { verify } from "./card_token.js";
import { Refused } from "./refused.js";
import { saidOf } from "./status_delta.js";
import { statusAt } from "./status_list.js";

// Stay refusals however old the list is: that a card waits to be handed over passes, these do not.
const STAY = ["revoked", "suspended"];
// A card's moment is that in which its signing began; so long after it, every list knows the card.
const SIGNING_TAKES_MAX_MS = 60 * 1000;

// → { outcome: "valid" | "refused" | "unknown", reason, since, token, notes }; moments in milliseconds.
// "trust_missing" stands for a terminal that never had a bundle; the reference has no such state.
export async function check(text, kept, clock) {
  const { held } = kept;
  const { bundle } = held;
  if (!bundle) return unknown("trust_missing", null, null, []);
  const now = Math.max(clock, kept.notBefore());
  const isOld = now >= bundle.expiresAt;
  let token;
  try {
    token = await verify(text, bundle.ring, now);
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    // A key made since is not known to an old bundle, and that is no fault of the card.
    if (isOld && error.code === "unknown_key") return unknown("trust_expired", bundle.expiresAt, null, []);
    return refused(error.code, null, []);
  }
  const verdict = byStatus(token, held, now);
  if (!isOld || verdict.outcome !== "valid") return verdict;
  return unknown("trust_expired", bundle.expiresAt, token, verdict.notes);
}

const unknown = (reason, since, token, notes) => ({ outcome: "unknown", reason, since, token, notes });
const refused = (reason, token, notes) => ({ outcome: "refused", reason, since: null, token, notes });

function byStatus(token, held, now) {
  const { bundle, lists, delta } = held;
  const found = lists.get(token.status.uri);
  if (!found) return unknown("list_missing", bundle.issuedAt, token, []);
  const notes = now < found.issuedAt + found.ttl ? [] : ["list_past_ttl"];
  const listed = statusAt(found, token.status.index);
  const said = byDelta(token, held, found, notes);
  const status = said ?? listed;
  if (STAY.includes(status)) return refused(status, token, notes);
  if (now >= found.expiresAt) return unknown("list_expired", found.expiresAt, token, notes);
  if (said === null && status === "valid" && found.issuedAt < token.issuedAt + SIGNING_TAKES_MAX_MS) {
    return unknown("list_older_than_card", found.issuedAt, token, notes);
  }
  if (status !== listed && delta && now >= delta.expiresAt) {
    return unknown("delta_expired", delta.expiresAt, token, [...notes, "delta_expired"]);
  }
  if (status === "valid") return { outcome: "valid", reason: "", since: null, token, notes };
  return refused(status, token, notes);
}

// What the delta says of the card, where it may say something beside this list; else null.
function byDelta(token, { bundle, delta }, found, notes) {
  if (!delta) {
    notes.push("delta_missing");
    return null;
  }
  const number = [...bundle.lists].find(([, uri]) => uri === found.uri)?.[0];
  if (number === undefined || delta.issuedAt < found.issuedAt) {
    notes.push("delta_older_than_list");
    return null;
  }
  const said = saidOf(delta, number, token.status.index);
  const base = delta.base.get(number);
  if (base === undefined || base > found.issuedAt) {
    notes.push("delta_needs_newer_list");
    return STAY.includes(said) ? said : null;
  }
  return said;
}
