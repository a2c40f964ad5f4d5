// The first thing an operator sees: one big button, and what the day has been so far.

import * as clock from "../clock.js";
import * as journal from "../journal.js";
import { button, el, note, signOutForm } from "../dom.js";
import { showProblems } from "./lines.js";
import { go, state } from "../state.js";
import { sync } from "../sync.js";
import { endsSoon, noteSession, running } from "../terminal.js";
import * as vault from "../vault.js";
import { dayKey, moment, number, ruleVersion, t } from "../words.js";

export async function draw(main) {
  if (!state.operator) return go("operators");
  const today = dayKey(clock.now());
  const [lines, acts] = await Promise.all([vault.plain("lines", "day", today), vault.plain("acts", "day", today)]);
  const refused = acts.filter((one) => one.state === "refused").length;
  const problems = refused + (await journal.linesIn("conflict")).length + (await journal.linesIn("quarantined")).length;
  const judged = (await journal.linesIn("judged")).length;
  const leases = running();
  main.replaceChildren(
    el("h1", { tabindex: -1, class: "hello" }, t("hello", { name: state.operator.name })),
    button([el("span", { class: "scan-mark", "aria-hidden": "true" }), t("scan_card")], () => go("scan"), "main huge"),
    ...[
      state.session && state.isOnline && note("wait", t("session_open"), t("session_open_more", { name: state.session.name }), signOutForm(t("session_close"), state.session.csrf_token, async () => {
        await noteSession(null);
        draw(main);
      })),
      state.ruleRead !== ruleVersion && note("wait", t("rule_new"), button(t("rule_read_now"), () => go("rule"), "plain")),
      leaseNote(leases),
      state.pending.length > 0 && note("wait", t("pending_some", { n: state.pending.length }), button(t("pending_look"), () => go("lines"), "plain")),
      judged > 0 && note("plain", t("judged_some", { n: judged }), button(t("judged_look"), () => showProblems(), "plain")),
      problems > 0 && note("bad", t("problems_some", { n: problems }), button(t("problems_look"), () => showProblems(), "plain")),
    ].filter(Boolean),
    el("nav", { class: "menu", "aria-label": t("menu") },
      item("lines", t("menu_lines"), t("menu_lines_small", { n: number(lines.length + acts.length) })),
      item("lease", t("menu_lease"), leases.length ? t("menu_lease_small", { n: number(new Set(leases.flatMap((one) => one.families.map((family) => family.household_id))).size) }) : t("menu_lease_none")),
      item("rule", t("menu_rule")),
      item("device", t("menu_device"), state.terminal.label),
      button([el("span", {}, t("send_now"), el("small", {}, state.unsent ? t("unsent", { n: state.unsent }) : t("all_sent")))], () => sync(), "item", { disabled: state.isSyncing }),
      button([el("span", {}, t("switch_operator"))], () => go("leave"), "item")));
}

// What a queue would find out first: that there is no lease, that it is over, or that it ends soon.
function leaseNote(leases) {
  const look = (words) => button(t(words), () => go("lease"), "plain");
  if (!leases.length && state.leases.length) return note("wait", t("lease_over"), t("lease_over_more"), look("lease_look"));
  if (!leases.length) return note("plain", t("no_lease"), t("no_lease_more"), look("take_lease"));
  const until = Math.min(...leases.map((one) => new Date(one.expires_at).getTime()));
  return endsSoon(until) && note("wait", t("lease_soon"), t("lease_soon_more", { until: moment(until) }), look("lease_look"));
}

const item = (screen, label, small = "") => el("a", { class: "btn item", href: `#${screen}` }, el("span", {}, label, small && el("small", {}, small)), el("span", { "aria-hidden": "true" }, "›"));
