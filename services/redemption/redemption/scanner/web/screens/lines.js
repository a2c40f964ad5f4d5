// The own list: what was given today, what waits to be sent, and what needs somebody's eyes.

import { undoOffline, undoOnline, wasUndone } from "../acts.js";
import * as clock from "../clock.js";
import * as journal from "../journal.js";
import * as operators from "../operators.js";
import { button, el, fault, field, form, note } from "../dom.js";
import { Away, Refusal, SignedOut, wordsOf } from "../server.js";
import { changed, go, state } from "../state.js";
import { sync } from "../sync.js";
import * as vault from "../vault.js";
import { dayKey, fullMoment, moment, named, number, rupiah, t, time } from "../words.js";
import { receipt } from "./done.js";
import { receiptNumber } from "../ids.js";

const REASON_MIN = 5;
const PAID = ["owed", "written_off"];
let filter = "today";

// Opens the list where it was asked from: at what needs somebody's eyes.
export function showProblems() {
  filter = "problems";
  go("lines");
}

async function entries() {
  const today = dayKey(clock.now());
  const [day, conflicts, aside, acts] = await Promise.all([journal.linesOfDay(today), journal.linesIn("conflict"), journal.linesIn("quarantined"), vault.all("acts", "day", today)]);
  const [unsent, ...later] = await Promise.all(["unsent", "judged", "settled"].map(journal.linesIn));
  const lines = new Map([...day, ...unsent, ...later.flat(), ...conflicts, ...aside].map((line) => [`${line.journal}:${line.sequence}`, line]));
  const found = [...lines.values()].map(ofLine);
  for (const act of acts) found.push({ id: act.id, at: act.at, shown: act, act, state: act.refusal ? "refused" : act.reversed_at ? "reversed" : "accepted", isLine: false });
  for (const one of state.pending) found.push({ id: one.act.id, at: one.begun_at, shown: one.shown, pending: one, state: "asking", isLine: false });
  const undone = new Set(found.filter((one) => one.line && one.told.kind === "reversal" && one.state !== "conflict").map((one) => one.told.redemption_id));
  for (const one of found) one.isUndone = undone.has(one.id) || (one.isLine && Boolean(await wasUndone(one.id)));
  return found.sort((one, other) => (one.at < other.at ? 1 : -1));
}

function ofLine(line) {
  const told = JSON.parse(line.text);
  return { id: told.id, at: line.said_at, shown: line.shown, line, told, state: line.judged ? "judged" : line.outcome?.outcome ?? "unsent", isLine: true };
}

const isToday = (one) => dayKey(one.at) === dayKey(clock.now());
const needsEyes = (one) => ["conflict", "quarantined", "refused", "judged"].includes(one.state);
const waits = (one) => ["unsent", "asking"].includes(one.state);
const FILTERS = { today: isToday, waiting: waits, problems: needsEyes };

export async function draw(main) {
  const all = await entries();
  const chips = Object.entries(FILTERS).map(([name, fits]) => button([t(`lines_${name}`), " ", el("b", {}, number(all.filter(fits).length))], () => {
    filter = name;
    draw(main);
  }, "chip", { "aria-pressed": String(filter === name) }));
  const shown = all.filter(FILTERS[filter]);
  main.replaceChildren(
    el("h1", { tabindex: -1 }, t("lines_title")),
    el("div", { class: "chips" }, chips),
    await aside(),
    shown.length ? el("p", { class: "hint" }, t("times_wib")) : "",
    shown.length ? el("ul", { class: "lines" }, shown.map((one) => el("li", {}, row(main, one)))) : el("p", { class: "empty" }, t("lines_none")),
    button(state.unsent ? t("send_n", { n: state.unsent }) : t("send_now"), () => sync(), state.unsent ? "main" : "plain", { disabled: state.isSyncing }),
    button(t("to_home"), () => go("home"), "quiet"));
}

async function aside() {
  const held = await journal.linesIn("quarantined");
  if (!held.length) return "";
  return note("wait", t("quarantined_title"), t("quarantined_more", { n: number(held.length) }));
}

const measure = ({ benefit, amount_rupiah, quantity }) => (benefit?.kind === "balance" ? rupiah(amount_rupiah) : number(quantity ?? 1));

// Two children of one family have lines that only this tells apart.
const whose = (one) => (one.shown.subject_name ? `${one.shown.subject_name} · ` : "");

function row(main, one) {
  const undoes = one.told?.kind === "reversal";
  return button([
    el("span", { class: "when" }, time(one.at)),
    el("span", { class: "who" }, el("strong", {}, one.shown.name ?? one.shown.number ?? ""), el("small", {}, `${undoes ? `${t("undo_of")} ` : ""}${whose(one)}${named(one.shown.benefit)} · ${measure(one.shown)}`)),
    el("span", { class: `badge ${one.state}` }, t(`state_${one.isUndone || one.state === "reversed" ? "undone" : one.state}`)),
  ], () => detail(main, one), "line");
}

// Shown once, a judgement is no news any more; it stays in the list.
async function detail(main, one) {
  if (one.line?.judged) await journal.note(one.line, {}, "settled");
  const done = { ...one.shown, id: one.id, at: one.at, receipt_number: one.shown.receipt_number ?? receiptNumber(one.id), isOffline: one.isLine, isSure: one.state === "accepted" || one.state === "reversed" || (one.state === "unsent" && Boolean(one.told?.lease_id)) };
  const parts = [button(`‹ ${t("back_to_list")}`, () => draw(main), "quiet"), outcome(one)];
  if (!needsEyes(one) && one.state !== "asking" && one.told?.kind !== "reversal") parts.push(receipt(done, "h2"), button(t("print"), () => print(), "plain"));
  if (one.pending) parts.push(button(t("ask_again"), () => {
    state.visit = { pendingId: one.id, name: one.shown.name, offers: [] };
    go("unsure");
  }));
  if (mayUndo(one)) parts.push(undoForm(main, one));
  else if (isOwnOfToday(one)) parts.push(el("p", { class: "hint" }, t("undo_by_other")));
  main.replaceChildren(...parts.filter(Boolean));
  main.querySelector("h1").focus({ preventScroll: true });
  scrollTo(0, 0);
}

function outcome(one) {
  const said = one.line?.outcome;
  const tone = { accepted: "good", conflict: "bad", quarantined: "wait", refused: "bad", judged: one.line?.judged && PAID.includes(one.line.judged.outcome) ? "good" : "bad", unsent: "plain", asking: "wait", reversed: "plain" }[one.state];
  const lines = [el("h1", { tabindex: -1 }, t(`state_${one.isUndone ? "undone" : one.state}`))];
  if (one.line?.judged) lines.push(el("p", {}, el("strong", {}, t(`judged_${one.line.judged.outcome}`))), el("p", {}, t("judged_why", { reason: one.line.judged.reason, at: moment(one.line.judged.at) })));
  if (one.line?.released) lines.push(el("p", {}, t("released_why", { reason: one.line.released.reason, at: moment(one.line.released.at) })));
  if (said?.title) lines.push(el("p", {}, said.title), !one.line.judged && el("p", {}, said.detail ?? ""));
  if (one.state === "refused") lines.push(el("p", {}, wordsOf(one.act.refusal).title), el("p", {}, t("refused_after_handing")));
  if (one.state === "conflict" && !said?.detail) lines.push(el("p", {}, t("conflict_more")));
  if (one.state === "quarantined") lines.push(el("p", {}, t("quarantined_line")));
  if (one.state === "unsent") lines.push(el("p", {}, one.told.lease_id ? t("given_leased_more") : t("given_unsure_more")));
  lines.push(el("p", { class: "hint" }, `${one.shown.name ?? ""} · ${whose(one)}${named(one.shown.benefit)} · ${measure(one.shown)} · ${fullMoment(one.at)}`));
  return el("section", { class: `note ${tone}`, tabindex: -1, "data-detail": true }, lines.filter(Boolean));
}

// What somebody gave today and may not undo alone.
const isOwnOfToday = (one) => isToday(one) && isGiven(one) && doneBy(one) === state.operator?.operator_id;
const isGiven = (one) => ["accepted", "unsent"].includes(one.state) && one.told?.kind !== "reversal" && !one.isUndone;

const doneBy = (one) => one.told?.operator ?? one.shown.operator_id;

// Another person than who gave, on the same day; a line that was judged otherwise is not undone here.
function mayUndo(one) {
  return isGiven(one) && isToday(one) && state.operator && doneBy(one) !== state.operator.operator_id;
}

function undoForm(main, one) {
  return form(async (data, place) => {
    const reason = data.get("reason").trim();
    fault(place);
    if (reason.length < REASON_MIN) return fault(place, "reason", t("undo_reason_needed"));
    place.querySelector("button").disabled = true;
    try {
      await undo(one, reason);
      changed();
      await draw(main);
    } catch (error) {
      place.querySelector("button").disabled = false;
      if (error instanceof SignedOut) await operators.forgetToken();
      fault(place, "reason", why(error));
    }
  }, el("h2", {}, t("undo_title")), isHere(one) && note("wait", "", t("undo_phone_word")), field(t("undo_reason"), "reason", { maxlength: 300 }, t("undo_hint")), el("button", { class: "btn plain", type: "submit" }, t("undo_go")));
}

// What the server has is undone there; what only this phone has is undone by a further line.
const isHere = (one) => !(one.state === "accepted" && state.operator.token && state.isOnline);

async function undo(one, reason) {
  if (!isHere(one)) return undoOnline(one.id, reason, one.told ?? one.act.act, one.shown);
  if (!one.isLine) throw new Away("only with network");
  await undoOffline(one.line, reason, one.line.mark);
}

function why(error) {
  if (error instanceof Away) return t("undo_away");
  if (error instanceof SignedOut) return t("pin_for_server");
  if (!(error instanceof Refusal)) throw error;
  const { title, action } = wordsOf(error.problem);
  return `${title}. ${action}`;
}
