// Families set aside for this terminal: which, until when, given back, taken again.

import { tell } from "../lib/sounds.js";
import * as clock from "../clock.js";
import * as operators from "../operators.js";
import { button, confirmed, el, fault, field, form, note, select } from "../dom.js";
import { places } from "../places.js";
import { isRunning, leasedOffers } from "../rights.js";
import { Away, Refusal, SignedOut, wordsOf } from "../server.js";
import { changed, go, state } from "../state.js";
import { sync } from "../sync.js";
import { Unsent, giveBackLease, takeLease } from "../terminal.js";
import { day, moment, number, span, t } from "../words.js";

const ENDS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const HOURS = [4, 8, 12, 24, 48, 72];
const SHARES_MAX = 6;
const SHOWN_MAX = 30;

export const mayAsk = () => state.isOnline && Boolean(state.operator?.token);

export async function draw(main) {
  const known = await places();
  main.replaceChildren(
    el("h1", { tabindex: -1 }, t("lease_title")),
    el("p", { class: "lead" }, t("lease_lead")),
    ...state.leases.map((lease) => held(main, lease, known)),
    el("p", { class: "said", role: "status", "data-lease-said": true }),
    mayAsk() ? wishForm(main, known) : note("wait", t("lease_needs_network"), state.isOnline ? t("pin_for_server") : t("lease_needs_network_more")),
    button(t("to_home"), () => go("home"), "quiet"));
  if (mayAsk()) learnDays(main);
}

// A day that was opened since the phone last asked is offered as soon as the server tells of it.
async function learnDays(main) {
  const known = JSON.stringify(state.terminal.distributions ?? []);
  await sync();
  if (JSON.stringify(state.terminal.distributions ?? []) === known) return;
  main.querySelector("[data-days]")?.replaceChildren(...[days(main)].filter(Boolean));
}

function held(main, lease, known) {
  const runs = isRunning(lease, clock.now());
  const rights = lease.families.flatMap((family) => family.rights);
  const given = lease.families.flatMap((family) => leasedOffers({ lease, family, runs: true }, state.uses, clock.now())).filter((one) => one.why === "used_up").length;
  return el("section", { class: `lease ${runs ? "good" : "wait"}` },
    el("h2", {}, lease.region_codes.map((code) => known.get(code) ?? code).join(", ")),
    el("p", { class: "until" }, runs ? t("lease_until", { until: moment(lease.expires_at), left: span(new Date(lease.expires_at) - clock.now()) }) : t("lease_over_since", { until: moment(lease.expires_at) })),
    el("p", {}, t("lease_counts", { families: number(lease.families.length), rights: number(rights.length) }), lease.card_ends ? ` ${t("lease_ends", { ends: lease.card_ends })}` : ""),
    el("progress", { max: rights.length || 1, value: given, "aria-label": t("lease_given", { n: given, all: rights.length }) }),
    el("p", { class: "hint" }, t("lease_given", { n: number(given), all: number(rights.length) })),
    runs ? el("p", { class: "hint" }, t("lease_when_over")) : note("wait", t("lease_over"), t("lease_over_more")),
    el("div", { class: "row" },
      button(t("lease_renew"), () => renew(main, lease), "plain small", { "data-needs-network": true, disabled: !mayAsk() }),
      button(t("lease_return"), () => giveBack(main, lease), "plain small", { "data-needs-network": true, disabled: !mayAsk() })));
}

function wishForm(main, known) {
  const scopes = state.terminal.partner.region_codes ?? [];
  const villages = [...known].filter(([code]) => code.length === 13 && scopes.some((scope) => code === scope || code.startsWith(`${scope}.`)));
  const chosen = new Set(villages.length === 1 ? [villages[0][0]] : []);
  const list = el("div", { class: "villages", role: "group", "aria-label": t("lease_villages") });
  const search = field(t("lease_search"), "search", { type: "search", oninput: (event) => fill(event.target.value) }, t("lease_search_hint", { n: number(villages.length) }));
  const fill = (wanted) => {
    const words = wanted.toLowerCase().split(" ").filter(Boolean);
    const found = villages.filter(([code, name]) => chosen.has(code) || words.every((word) => name.toLowerCase().includes(word))).slice(0, SHOWN_MAX);
    list.replaceChildren(...found.map(([code, name]) => el("label", { class: "pick-row" }, el("input", { type: "checkbox", value: code, checked: chosen.has(code), onchange: (event) => (event.target.checked ? chosen.add(code) : chosen.delete(code)) }), el("span", {}, name))));
  };
  fill("");
  const made = form((data, place) => take(main, place, { region_codes: [...chosen], card_ends: endsOf(data), hours: Number(data.get("hours")) }),
    el("h2", {}, t("lease_new")), el("div", { "data-days": true }, days(main)), search, list,
    select(t("lease_hours"), "hours", HOURS.map((n) => [String(n), t("hours", { n })]), "12"),
    el("details", {}, el("summary", {}, t("lease_share")), el("p", { class: "hint" }, t("lease_share_hint")),
      select(t("lease_share_all"), "shares", Array.from({ length: SHARES_MAX }, (_, n) => [String(n + 1), t("lease_share_n", { n: n + 1 })]), "1"),
      select(t("lease_share_mine"), "share", Array.from({ length: SHARES_MAX }, (_, n) => [String(n + 1), t("lease_share_nth", { n: n + 1 })]), "1")),
    el("button", { class: "btn main", type: "submit" }, t("lease_take")));
  return made;
}

// The distribution days that this terminal is assigned to, as the server told them.
function days(main) {
  const assigned = state.terminal.distributions ?? [];
  return assigned.length > 0 && el("div", { class: "stack" }, el("h3", {}, t("lease_days")), assigned.map((one) =>
    button(el("span", {}, one.place, el("small", {}, `${one.name} · ${day(one.held_on)}`)), () => {
      const place = main.querySelector("form");
      take(main, place, { region_codes: one.region_codes, card_ends: one.card_ends, hours: Number(place.elements.hours.value), distribution_id: one.id });
    }, "offer")));
}

// Card numbers end evenly in 32 characters: each of n phones takes every n-th of them.
function endsOf(data) {
  const shares = Number(data.get("shares"));
  const share = Number(data.get("share"));
  if (shares <= 1) return "";
  return [...ENDS].filter((_, place) => place % shares === (share - 1) % shares).join("");
}

async function take(main, place, wish) {
  fault(place);
  if (!wish.region_codes.length) return fault(place, "search", t("lease_village_needed"));
  await during(main, t("lease_taking"), async () => {
    await sendFirst();
    const lease = await takeLease(wish);
    return t("lease_taken", { n: number(lease.families.length) });
  });
}

// Taken, given back or taken again: only once everything has arrived.
async function sendFirst() {
  if (!(await sync())) throw state.isOnline ? new Unsent("unsent") : new Away("not sent");
}

// What was given has to arrive first, so that nothing is taken twice from what is set aside.
async function giveBack(main, lease) {
  if (!(await confirmed(t("lease_return_sure"), t("lease_return"), t("back")))) return;
  await during(main, t("lease_returning"), async () => {
    await returned(lease);
    return t("lease_returned");
  });
}

async function returned(lease) {
  await sendFirst();
  await giveBackLease(lease);
}

async function renew(main, lease) {
  await during(main, t("lease_taking"), async () => {
    await returned(lease);
    const again = await takeLease(lease.wish ?? { region_codes: lease.region_codes, card_ends: lease.card_ends, hours: 12 });
    return t("lease_taken", { n: number(again.families.length) });
  });
}

async function during(main, words, act) {
  const said = main.querySelector("[data-lease-said]");
  said.textContent = words;
  said.scrollIntoView({ block: "center" });
  const wait = el("progress", { "aria-label": words });
  said.after(wait);
  let told = "";
  try {
    told = await act();
    tell("good");
  } catch (error) {
    tell("bad");
    told = await why(error);
  }
  wait.remove();
  changed();
  await draw(main);
  main.querySelector("[data-lease-said]").textContent = told;
}

async function why(error) {
  if (error instanceof Away) return t("lease_away");
  if (error instanceof Unsent) return `${t("lease_unsent")}. ${t("lease_unsent_more")}`;
  if (error instanceof SignedOut) {
    await operators.forgetToken();
    return t("pin_for_server");
  }
  if (!(error instanceof Refusal)) throw error;
  const { title, action } = wordsOf(error.problem);
  return `${title}. ${action}`;
}
