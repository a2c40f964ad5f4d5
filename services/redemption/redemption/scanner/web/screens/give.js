// What exactly is given, to whom, and how the person was recognised. One page, one decision.

import { giveOffline, giveOnline, startId } from "../acts.js";
import * as clock from "../clock.js";
import { button, choices, el, fault, field, form, note, select, waiting } from "../dom.js";
import * as operators from "../operators.js";
import { Away, Refusal, SignedOut, post, wordsOf } from "../server.js";
import { tell } from "../lib/sounds.js";
import { changed, go, state } from "../state.js";
import { wakeLater } from "../sync.js";
import { verdictWord } from "../visit.js";
import { goods, named, number, relations, rupiah, t } from "../words.js";
import { leftWords } from "./card.js";

const PIN = /^\d{6}$/;
const DIGITS_MAX = 10;

export function draw(main) {
  const { visit } = state;
  if (!visit?.offer) return go("card");
  const { offer } = visit;
  visit.draft ??= { id: startId() };
  const mayUsePin = visit.isOnline && visit.check.pin === "set";
  const made = form((data, place) => submit(main, visit, place, place.dataset.how), ...[
    el("section", { class: "holder" }, visit.name ? [el("p", {}, t("compare")), el("p", { class: "name" }, visit.name)] : el("p", {}, t("name_on_card_only"))),
    el("section", { class: "giving" }, el("h2", {}, named(offer)), offer.subject_name && el("p", { class: "name small" }, offer.subject_name), el("p", {}, offer.entitlement_id ? leftWords(offer) : t("free_limit", { limit: limitWords(offer) }))),
    measure(offer),
    offer.goods_categories?.length > 0 && choices(t("goods"), "goods", offer.goods_categories.map((kind) => [kind, goods(kind)]), { chosen: offer.goods_categories.length === 1 ? offer.goods_categories : [] }),
    collector(),
    !visit.isOnline && !visit.found?.runs && note("wait", t("unsure_before"), t("unsure_before_more")),
    visit.isOnline && visit.check.pin === "locked" && note("wait", t("card_pin_locked"), t("card_pin_locked_more")),
    mayUsePin && field(t("card_pin"), "pin", { type: "password", inputmode: "numeric", maxlength: 6, autocomplete: "off", class: "code" }, t("card_pin_hint")),
    el("div", { "data-saving": true }),
    el("div", { class: "stack" }, buttons(mayUsePin, () => made)),
  ].filter(Boolean));
  main.replaceChildren(el("h1", { tabindex: -1, class: "unseen" }, t("give_title")), made);
}

function limitWords(offer) {
  if (offer.kind !== "balance") return number(offer.remaining_quantity);
  return Number.isFinite(offer.remaining_rupiah) ? rupiah(offer.remaining_rupiah) : t("no_limit");
}

function measure(offer) {
  if (offer.kind === "balance") return field(t("amount"), "amount", { inputmode: "numeric", class: "code", enterkeyhint: "done", oninput: group }, t("amount_hint", { amount: limitWords(offer) }));
  if (offer.remaining_quantity > 1) return field(t("quantity"), "quantity", { inputmode: "numeric", value: "1", class: "code" }, t("quantity_hint", { n: number(offer.remaining_quantity) }));
  return el("p", { class: "measure" }, offer.unit_rupiah ? t("quantity_one", { amount: rupiah(offer.unit_rupiah) }) : t("quantity_free"));
}

// 45500 becomes 45.500 while it is typed: a nought too many is seen.
function group({ target }) {
  if (target.selectionStart !== target.value.length) return;
  const digits = target.value.replace(/\D/g, "").slice(0, DIGITS_MAX);
  target.value = digits ? number(Number(digits)) : "";
}

// Somebody else comes: who, how related, why. Seen by the family's village afterwards.
function collector() {
  const who = choices(t("who_collects"), "collector", [["holder", t("collector_holder")], ["other", t("collector_other")]], { chosen: ["holder"] });
  const more = el("div", { class: "stack", hidden: true },
    field(t("companion_name"), "companion_name", { maxlength: 100, autocapitalize: "words" }),
    select(t("companion_relation"), "companion_relation", relations()),
    field(t("companion_reason"), "companion_reason", { maxlength: 200 }, t("companion_hint")));
  who.addEventListener("change", () => { more.hidden = who.querySelector("input:checked").value !== "other"; });
  return el("div", { class: "stack" }, who, more);
}

function buttons(mayUsePin, made) {
  const one = (how, label, kind) => el("button", { type: "submit", class: `btn ${kind}`, "data-by": how, onclick: () => { made().dataset.how = how; } }, label);
  return [
    mayUsePin && one("pin_right", t("give_pin"), "main"),
    one("name_compared", t("give_name"), mayUsePin ? "plain" : "main"),
    one("photo_compared", t("give_photo"), "plain"),
    button(t("give_not"), () => go("card"), "quiet"),
  ].filter(Boolean);
}

function read(visit, place, how) {
  const { offer } = visit;
  const value = (name) => String(place.elements[name]?.value ?? "").trim();
  const whole = (name) => Number(value(name).replace(/[.,\s]/g, "").replace(/^Rp/i, ""));
  const act = {
    id: visit.draft.id, card: visit.card, cycle_id: offer.cycle_id, benefit_id: offer.benefit_id, entitlement_id: offer.entitlement_id ?? null, subject_id: offer.subject_id ?? null,
    lease_id: visit.isOnline ? null : offer.lease_id ?? null, quantity: null, amount_rupiah: null, goods_category: value("goods") || null, companion: null,
    holder_check: how, operator: state.operator.operator_id, verdict: verdictWord(visit.verdict),
  };
  if (offer.kind === "balance") {
    act.amount_rupiah = whole("amount");
    if (!Number.isInteger(act.amount_rupiah) || act.amount_rupiah < 1) return { wrong: ["amount", t("amount_needed")] };
    if (act.amount_rupiah > offer.remaining_rupiah) return { wrong: ["amount", t("amount_too_much", { amount: rupiah(offer.remaining_rupiah) })] };
  } else {
    act.quantity = place.elements.quantity ? whole("quantity") : 1;
    if (!Number.isInteger(act.quantity) || act.quantity < 1 || act.quantity > offer.remaining_quantity) return { wrong: ["quantity", t("quantity_wrong", { n: number(offer.remaining_quantity) })] };
  }
  if (offer.goods_categories?.length > 0 && !act.goods_category) return { wrong: ["goods", t("goods_needed")] };
  if (place.elements.collector.value === "other") {
    act.companion = { name: value("companion_name"), relation: value("companion_relation"), reason: value("companion_reason") };
    if (act.companion.name.length < 2) return { wrong: ["companion_name", t("companion_name_needed")] };
    if (act.companion.reason.length < 3) return { wrong: ["companion_reason", t("companion_reason_needed")] };
  }
  if (how === "pin_right") {
    act.pin = value("pin");
    if (!PIN.test(act.pin)) return { wrong: ["pin", t("card_pin_needed")] };
  }
  return { act };
}

async function submit(main, visit, place, how) {
  fault(place);
  const { act, wrong } = read(visit, place, how);
  if (wrong) return fault(place, ...wrong);
  for (const one of place.querySelectorAll("button")) one.disabled = true;
  place.querySelector("[data-saving]").replaceChildren(waiting(t("saving")));
  try {
    visit.done = visit.isOnline ? await online(act, visit) : await offline(act, visit);
    if (visit.done.isSure) tell("good");
    else tell("unsure");
    visit.offer = null;
    go("done");
  } catch (error) {
    failed(error, place, visit, act);
  }
  changed();
}

const shownOf = (visit, act) => ({ name: visit.name, number: visit.number, benefit: { name_id: visit.offer.name_id, name_en: visit.offer.name_en, kind: visit.offer.kind }, subject_name: visit.offer.subject_name ?? null, quantity: act.quantity, amount_rupiah: act.amount_rupiah, companion: act.companion?.name ?? null, operator_name: state.operator.name, operator_id: state.operator.operator_id, household_place: null });

async function online(act, visit) {
  if (act.companion) {
    const told = await post("/v1/companions", { id: act.id, card: act.card, cycle_id: act.cycle_id, ...act.companion }, { operator: state.operator.token });
    act.companion_id = told.companion_id;
  }
  return giveOnline(act, shownOf(visit, act), visit.cardId);
}

async function offline(act, visit) {
  if (clock.isBack()) throw new Refusal({ code: "clock_back" });
  if (visit.found?.runs && act.lease_id && clock.now() >= new Date(visit.found.lease.expires_at).getTime()) throw new Refusal({ code: "lease_over" });
  const done = await giveOffline(act, shownOf(visit, act), visit.cardId);
  wakeLater();
  return done;
}

function failed(error, place, visit, act) {
  for (const one of place.querySelectorAll("button")) one.disabled = false;
  place.querySelector("[data-saving]").replaceChildren();
  if (error instanceof Away && visit.isOnline) {
    tell("unsure");
    visit.pendingId = act.id;
    return go("unsure");
  }
  tell("bad");
  if (error instanceof SignedOut) return void operators.forgetToken().then(() => go("operators"));
  if (!error.problem) {
    // The disk is full, or the browser refused: nothing was written, so nothing may be given.
    console.error(error);
    visit.refused = { title: t("not_saved"), action: t("not_saved_do") };
    return go("refused");
  }
  if (error.problem.code === "pin_locked") return pinLocked(place, visit);
  if (/^pin_/.test(error.problem.code) && place.elements.pin) {
    // The server has judged this id; another PIN is another act.
    visit.draft = { id: startId() };
    place.elements.pin.value = "";
    const { title, action } = wordsOf(error.problem);
    return fault(place, "pin", `${title}. ${action}`);
  }
  const local = error.problem.title === undefined && !error.problem.messages;
  visit.refused = local ? { title: t(`why_${error.problem.code}`), action: t("why_other_do") } : wordsOf(error.problem);
  visit.draft = null;
  go("refused");
}

// The PIN is no way any more for this card; what was filled in stays, and the name still is one.
function pinLocked(place, visit) {
  visit.check.pin = "locked";
  visit.draft = { id: startId() };
  const words = note("wait", t("card_pin_locked"), t("card_pin_locked_more"));
  words.setAttribute("role", "alert");
  place.elements.pin?.closest(".field").replaceWith(words);
  place.querySelector("[data-by=pin_right]")?.remove();
  place.querySelector("[data-by=name_compared]")?.classList.replace("plain", "main");
  words.scrollIntoView({ block: "center" });
}

export function drawRefused(main) {
  const { refused } = state.visit ?? {};
  if (!refused) return go("home");
  main.replaceChildren(
    el("section", { class: "verdict bad", role: "alert" }, el("h1", { tabindex: -1 }, refused.title), el("p", {}, refused.action)),
    el("div", { class: "stack" }, button(t("back_to_card"), () => go("card"), "plain"), button(t("next_card"), () => go("scan"))));
}
