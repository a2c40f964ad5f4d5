// One family at the counter: what is known of its card, and what may be given to it.

import * as cards from "./cards.js";
import * as clock from "./clock.js";
import * as journal from "./journal.js";
import * as operators from "./operators.js";
import { findFamily, freeOffers, leasedOffers } from "./rights.js";
import * as server from "./server.js";
import { changed, state } from "./state.js";
import { learnBenefits, noteStopped } from "./terminal.js";

const CHECK_WAIT_MS = 7000;
// While the server is known to be away a queue does not wait long for it.
const AWAY_WAIT_MS = 2500;

// With network the server's word counts; without, the library's verdict and the lease.
export async function meet(text, typedCardId) {
  const verdict = typedCardId ? { outcome: "typed" } : await cards.check(text, clock.now());
  const visit = { card: text, cardId: typedCardId ?? verdict.token?.cardId ?? null, verdict, isTyped: Boolean(typedCardId), isOnline: false };
  state.visit = visit;
  // A price, a payment code, a poster: it is no card of anybody, and nobody has to be asked.
  if (isNoCard(visit)) return fromHere(visit);
  if (state.operator?.token && navigator.onLine) {
    try {
      return await fromServer(visit);
    } catch (error) {
      if (error instanceof server.SignedOut) await operators.forgetToken();
      else if (error instanceof server.Stopped) await noteStopped(error.message);
      else if (error instanceof server.Refusal) visit.serverSaid = server.wordsOf(error.problem);
      else if (!(error instanceof server.Away)) throw error;
      else state.isOnline = false;
      changed();
    }
  }
  return fromHere(visit);
}

export const isNoCard = ({ isTyped, verdict }) => !isTyped && verdict.outcome === "refused" && verdict.reason === "malformed";

async function fromServer(visit) {
  const check = await server.post("/v1/card-checks", { card: visit.card }, { operator: state.operator.token, wait: state.isOnline ? CHECK_WAIT_MS : AWAY_WAIT_MS });
  state.isOnline = true;
  Object.assign(visit, { isOnline: true, check, name: check.printed_name, number: check.card_number, isValid: check.is_valid, refusal: check.why_not && server.wordsOf(check.why_not) });
  visit.offers = check.benefits.map((one) => ({ ...one, why: one.can_be_given ? "" : "server", said: one.why_not && server.wordsOf(one.why_not) }));
  await learnBenefits(check.benefits.map(({ benefit_id, cycle_id, kind, name_id, name_en, unit_rupiah, opens_on, closes_on, goods_categories, subject }) => ({ benefit_id, cycle_id, kind, name_id, name_en, unit_rupiah, opens_on, closes_on, goods_categories: goods_categories ?? [], subject: subject ?? "household" })));
  return visit;
}

async function fromHere(visit) {
  const now = clock.now();
  const { outcome, reason } = visit.verdict;
  const found = visit.cardId ? findFamily(state.leases, visit.cardId, now) : null;
  Object.assign(visit, { isOnline: false, found, name: found?.family.name ?? visit.verdict.token?.printedName ?? null, number: visit.cardId ? cards.numberOf(visit.cardId) : null, offers: [] });
  visit.why = whyNot(visit, outcome, reason);
  visit.isValid = !visit.why;
  if (visit.why) return visit;
  if (found) {
    visit.offers = leasedOffers(found, state.uses, now);
    for (const one of visit.offers.filter(({ why }) => why === "used_up")) one.earlier = await journal.earlier(await journal.markOf(visit.cardId, one));
    if (found.runs) return visit;
  }
  if (outcome === "valid") visit.offers = await unleased(visit, now);
  return visit;
}

// Why nothing can be done for this card without network, as a word of the app; "" when it can.
function whyNot(visit, outcome, reason) {
  if (isNoCard(visit)) return `refused:${reason}`;
  if (state.stopped) return "stopped";
  if (state.terminal.partner.is_active === false) return "partner_suspended";
  if (clock.isBack()) return "clock_back";
  if (outcome === "refused") return `refused:${reason}`;
  if (reason === "trust_expired") return "trust_expired";
  if (visit.found?.runs) return "";
  if (outcome === "typed") return visit.found ? "lease_over" : "typed_outside";
  if (outcome === "unknown") return "unknown_outside";
  return "";
}

async function unleased(visit, now) {
  const policies = state.terminal.offline_policies ?? [];
  const done = new Map();
  const again = new Set();
  for (const { cycle_id, benefit_id } of policies) {
    done.set(`${cycle_id}:${benefit_id}`, await journal.freeActs(cycle_id, benefit_id));
    if (await journal.hasUnsent(await journal.markOf(visit.cardId, { cycle_id, benefit_id }))) again.add(`${cycle_id}:${benefit_id}`);
  }
  // Of a lapsed lease only the policy is left, for the same benefit as well.
  const rest = visit.offers.filter((one) => !policies.some((policy) => policy.benefit_id === one.benefit_id));
  return [...rest, ...freeOffers(policies, state.benefits, done, again, now)];
}

export const verdictWord = ({ outcome, reason }) => (outcome === "unknown" ? `unknown:${reason}` : outcome);
