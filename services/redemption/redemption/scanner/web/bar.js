// The bar that is always there: network, what was not sent, until when the lease, how old the lists.

import { restoredSeen } from "./answered.js";
import * as cards from "./cards.js";
import * as clock from "./clock.js";
import { button, el } from "./dom.js";
import { go, state } from "./state.js";
import { sync } from "./sync.js";
import { endsSoon, running } from "./terminal.js";
import { applyUpdate } from "./install.js";
import { lang, shortOf, span, t } from "./words.js";


export function drawBar(place) {
  const now = clock.now();
  place.querySelector("[data-place]").textContent = state.terminal?.partner.name ?? t("app_name");
  const who = place.querySelector("[data-who]");
  who.hidden = !state.operator;
  if (state.operator) who.replaceChildren(el("button", { type: "button", class: "lock", onclick: () => go("leave") }, t("lock_now")));
  renew(place.querySelector("[data-chips]"), state.terminal ? chips(now) : []);
  renew(place.querySelector("[data-warnings]"), warnings());
}

// Only what says something else is put in anew: a finger stays where it is, and nothing is read twice.
function renew(place, parts) {
  const wanted = parts.map((part) => part.outerHTML).join("");
  if (place.dataset.drawn === `${lang}:${wanted}`) return;
  place.dataset.drawn = `${lang}:${wanted}`;
  place.replaceChildren(...parts);
}

function chip(name, tone, label, act) {
  const attributes = { class: `status ${tone}`, "data-chip": name };
  return act ? el("button", { type: "button", onclick: act, ...attributes }, label) : el("span", attributes, label);
}

function chips(now) {
  const waiting = state.unsent + state.pending.length;
  const isOut = !state.isOnline;
  return [
    chip("network", isOut ? "wait" : "good", t(isOut ? "offline" : "online")),
    chip("unsent", waiting ? "wait" : "good", state.isSyncing && waiting ? t("sending_n", { n: waiting }) : waiting ? t("unsent", { n: waiting }) : t("all_sent"), () => sync()),
    leaseChip(now),
    trustChip(now),
  ];
}

function leaseChip(now) {
  const until = Math.min(...running().map((lease) => new Date(lease.expires_at).getTime()));
  if (Number.isFinite(until)) return chip("lease", endsSoon(until) ? "wait" : "good", t("lease_chip", { until: shortOf(until, now) }), () => go("lease"));
  return chip("lease", state.leases.length ? "bad" : "plain", t(state.leases.length ? "lease_chip_over" : "lease_chip_none"), () => go("lease"));
}

function trustChip(now) {
  const trust = cards.age();
  if (!trust?.bundle) return chip("trust", "bad", t("trust_chip_none"), () => go("device"));
  if (!trust.at) return chip("trust", "bad", t("trust_chip_lists"), () => go("device"));
  return chip("trust", trust.tone, t("trust_chip", { ago: span(now - trust.at) }), () => go("device"));
}

function warnings() {
  const found = [];
  if (state.stopped) found.push(["bad", t(`stopped_${state.stopped}`)]);
  if (state.terminal?.partner.is_active === false) found.push(["bad", t("partner_suspended")]);
  if (state.terminal && clock.isBack()) found.push(["bad", t("clock_back")]);
  // Where nobody waits: elsewhere the room is the family's.
  const isAtRest = document.body.dataset.screen === "home";
  if (state.terminal && state.isPersistent === false && isAtRest) found.push(["wait", t("storage_warning"), button(t("how_to"), () => go("device"), "plain small")]);
  if (state.isOnline && state.operator && !state.operator.token) found.push(["wait", t("pin_for_server"), button(t("enter_pin"), () => go("leave"), "plain small")]);
  if (state.restored) found.push(["wait", t("restored_n", { n: state.restored }), button(t("restored_seen"), restoredSeen, "plain small")]);
  if (state.update) found.push(["plain", t("update_ready"), button(t("update_now"), applyUpdate, "plain small")]);
  return found.map(([tone, words, act]) => el("p", { class: `warning ${tone}` }, el("span", {}, words), act));
}
