// What the card is worth here and now: the answer first, in one word, then what can be given.

import { button, el, note } from "../dom.js";
import { tell } from "../lib/sounds.js";
import { go, state } from "../state.js";
import { isNoCard } from "../visit.js";
import { has, moment, named, number, rupiah, shortOf, t, cardWords } from "../words.js";
import { now } from "../clock.js";
import { receiptNumber } from "../ids.js";

export function draw(main) {
  const { visit } = state;
  if (!visit) return go("home");
  const parts = visit.isValid ? valid(visit) : refused(visit);
  sound(visit);
  main.replaceChildren(...parts.filter(Boolean), el("div", { class: "stack" }, nextSteps(visit), button(t("to_home"), () => go("home"), "quiet")));
}

// The first button does what the words above it ask for: nobody is passed over for a fault of ours.
function nextSteps(visit) {
  const next = (kind) => button(t("next_card"), () => go("scan"), kind);
  if (isNoCard(visit)) return button(t("scan_again"), () => go("scan"));
  if (visit.isValid && givable(visit).length) return next("plain");
  if (visit.isOnline || visit.why?.startsWith("refused:") || isAllUsed(visit)) return next("main");
  if (visit.isTyped) return [button(t("scan_again"), () => go("scan")), look("plain"), next("quiet")];
  return [look("main"), next("plain")];
}

const look = (kind) => button(t("look_again"), () => go("card_again"), kind);

const isAllUsed = (visit) => visit.offers.length > 0 && visit.offers.every((one) => one.why === "used_up");
const givable = (visit) => visit.offers.filter((one) => !one.why);

function sound(visit) {
  if (visit.wasHeard) return;
  visit.wasHeard = true;
  if (!visit.isValid) tell("bad");
  else if (visit.isOnline || (visit.found?.runs && visit.verdict.outcome === "valid")) tell("good");
  else tell("unsure");
}

function verdict(tone, title, ...lines) {
  return el("section", { class: `verdict ${tone}`, "aria-live": "polite" }, el("h1", { tabindex: -1 }, title), lines.filter(Boolean).map((line) => el("p", {}, line)));
}

function valid(visit) {
  const offers = givable(visit);
  const rest = visit.offers.filter((one) => one.why);
  return [
    standing(visit),
    holder(visit),
    offers.length ? el("h2", {}, t(offers.every((one) => one.subject_name) ? "for_whom" : "what_to_give")) : !isAllUsed(visit) && note("wait", t("nothing_here"), visit.isOnline ? t("nothing_here_more") : t("nothing_offline_more")),
    el("div", { class: "stack" }, offers.map((one) => offer(visit, one))),
    rest.length > 0 && el("section", { class: "others" }, rest.map(notGiven)),
  ];
}

function standing(visit) {
  if (visit.isOnline) return verdict("good", t("card_valid"), t("card_valid_online"));
  const seen = visit.verdict.outcome === "valid" ? "" : visit.verdict.outcome === "typed" ? t("card_typed") : unknownWords(visit.verdict);
  if (visit.found?.runs && isAllUsed(visit)) return verdict("wait", t("card_used"), t("card_used_more"), seen);
  if (visit.found?.runs) return verdict(seen ? "wait" : "good", t(seen ? "card_set_aside" : "card_leased"), t("card_leased_more", { until: shortOf(visit.found.lease.expires_at, now()) }), seen);
  return verdict("wait", t("card_unsure"), t("card_unsure_more"), state.isOnline && !state.operator?.token ? t("pin_for_server") : "");
}

function unknownWords({ reason, since }) {
  const key = `unknown_${reason}`;
  return has(key) ? t(key, { since: since ? moment(since) : "–" }) : t("unknown_other");
}

function holder(visit) {
  if (!visit.name) return el("section", { class: "holder" }, el("p", {}, t("name_on_card_only")), el("p", { class: "mono" }, visit.number ?? ""));
  return el("section", { class: "holder" },
    el("p", {}, t("printed_name")), el("p", { class: "name" }, visit.name), el("p", { class: "mono" }, visit.number ?? ""));
}

export function leftWords(one) {
  return one.kind === "balance" ? t("left_rupiah", { amount: rupiah(one.remaining_rupiah) }) : t("left_count", { n: number(one.remaining_quantity) });
}

export function offerSmall(visit, one) {
  if (!one.entitlement_id) return Number.isFinite(one.most) ? t("free_left", { n: one.most - one.made, most: one.most }) : t("free_unlimited");
  return leftWords(one);
}

function offer(visit, one) {
  return button([
    el("span", {}, one.subject_name ? [el("b", {}, one.subject_name), el("small", {}, named(one))] : named(one), el("small", {}, offerSmall(visit, one))),
    el("span", { "aria-hidden": "true" }, "›"),
  ], () => {
    visit.offer = one;
    visit.draft = null;
    go("give");
  }, one.entitlement_id ? "offer" : "offer unsure", { "data-benefit": one.benefit_id });
}

function notGiven(one) {
  const when = one.earlier && t("why_used_up_at", { at: moment(one.earlier.said_at), number: receiptNumber(JSON.parse(one.earlier.text).id) });
  const said = one.said ?? { title: t(`why_${one.why}`), action: has(`why_${one.why}_do`) ? t(`why_${one.why}_do`) : "" };
  return el("div", { class: "not-given" }, el("strong", {}, one.subject_name ? `${one.subject_name} · ` : "", named(one)), el("p", {}, said.title), when && el("p", {}, when), !when && said.action && el("p", { class: "hint" }, said.action));
}

function refused(visit) {
  if (visit.isOnline) return [verdict("bad", visit.refusal.title, visit.refusal.action), visit.name && holder(visit)];
  if (visit.why.startsWith("refused:")) {
    const { title, action } = cardWords(visit.why.slice(8));
    return [verdict("bad", title, action), !isNoCard(visit) && el("p", { class: "hint" }, t("refused_offline", { at: state.trust?.at ? moment(state.trust.at) : "–" }))];
  }
  const because = ["unknown_outside", "trust_expired"].includes(visit.why) ? unknownWords(visit.verdict) : "";
  return [verdict("wait", t(`stop_${visit.why}`), because, t(`stop_${visit.why}_do`)), visit.name && holder(visit)];
}
