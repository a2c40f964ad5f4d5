// The companion's app: one village's families, handed over or not, with network or without.

import { scan } from "./camera.js";
import { el, giveForm, returnForm } from "./forms.js";
import { append, forget, journalOf, linesOf } from "./journal.js";
import { Away, SignedOut, fetchRound, send, whoAmI } from "./sync.js";
import * as vault from "./vault.js";

const RETRY_MS = 60000;
const POSITION_WAIT_MS = 8000;
const texts = JSON.parse(document.querySelector("meta[name=texts]").content);
const { words } = texts;
const part = (name) => document.querySelector(`[data-${name}]`);
const say = (template, values) => template.replace(/\{(\w+)\}/g, (_, name) => values[name]);

const state = { me: null, rounds: [], kept: [], left: 0, round: null, journal: null, lines: [], filter: "waiting", search: "", busy: false, position: null, banner: null };

// ---- what is known of a family: the server's word, and the newest line of this phone over it

function standing(family) {
  const line = state.lines.filter((one) => one.card_id === family.card_id).at(-1);
  if (line && ["refused", "put_aside"].includes(line.state)) return { at: "problem", line };
  if (line) return { at: line.act === "hand_over" ? "handed_over" : "returned", line };
  if (family.outcome === "handed_over" || family.outcome === "not_counted") return { at: "handed_over" };
  return { at: family.outcome === "returned" ? "returned" : "waiting" };
}

// Everything that is on this phone, of every round it took; what is shown is one of them.
async function reload(id = state.round?.round_id) {
  state.kept = await vault.all("rounds");
  state.round = state.kept.find((one) => one.round_id === id) ?? state.kept.at(-1) ?? null;
  state.journal = state.round ? ((await vault.get("journals", state.round.round_id)) ?? null) : null;
  state.lines = state.journal ? await linesOf(state.journal) : [];
  state.left = (await vault.all("lines")).filter((line) => line.state === "unsent").length;
}

function matches(family) {
  const plain = (text) => text.normalize("NFKD").toLowerCase().replace(/[^a-z0-9 ]/g, "");
  const wanted = plain(state.search).split(" ").filter(Boolean);
  const number = plain(family.number);
  const parts = plain(family.name).split(" ");
  return wanted.every((word) => number.endsWith(word) || parts.some((one) => one.startsWith(word)));
}

// ---- drawing

function banner(text, link = null, tone = "plain") {
  const place = part("banner");
  place.hidden = !text;
  place.dataset.tone = tone;
  place.replaceChildren(text ?? "", ...(link ? [" ", el("a", { href: link[0] }, link[1])] : []));
}

function drawTop() {
  const { round, left } = state;
  const button = part("send");
  button.hidden = !round && !left;
  button.disabled = state.busy;
  button.dataset.tone = left ? "wait" : "good";
  button.textContent = state.busy && left ? say(words.sending, { n: left }) : left ? say(words.unsent, { n: left }) : words.all_sent;
  part("bar").hidden = !round;
  // The village alone: the rest of its address would push the list off a small screen.
  part("place").textContent = round?.place.split(",")[0] ?? words.title;
  if (!round) return void (part("count").textContent = "");
  const given = round.families.filter((one) => standing(one).at === "handed_over").length;
  part("bar").max = round.families.length || 1;
  part("bar").value = given;
  part("count").textContent = say(words.of, { given, all: round.families.length });
}

function badge(now) {
  const note = !now.line ? "" : now.line.state === "unsent" ? words.kept_here : words.sent;
  return el("span", { class: `badge badge-${now.at}` }, words[now.at], note && now.at !== "problem" ? el("small", {}, note) : null);
}

function row(family) {
  const now = standing(family);
  return el("li", {}, el("button", { type: "button", class: `family family-${now.at}`, onclick: () => openFamily(family) },
    el("span", { class: "position" }, String(family.position)),
    el("span", { class: "who" }, el("strong", {}, family.name), el("small", {}, `${words.card} …${family.number.slice(-4)}`)),
    now.at === "waiting" ? el("span", { class: "go", "aria-hidden": "true" }, "›") : badge(now)));
}

function drawList() {
  const list = part("list");
  if (!list) return;
  const counts = { waiting: 0, handed_over: 0, returned: 0, problem: 0 };
  for (const family of state.round.families) counts[standing(family).at] += 1;
  const chips = Object.entries(counts).filter(([at, n]) => n || at !== "problem").map(([at, n]) =>
    el("button", { type: "button", class: "chip", "data-filter": at, "aria-pressed": String(state.filter === at), onclick: () => { state.filter = at; drawList(); } }, `${words[at]} `, el("b", {}, String(n))));
  part("chips").replaceChildren(...chips);
  const shown = state.round.families.filter((family) => (state.search ? matches(family) : standing(family).at === state.filter));
  part("others").replaceChildren(...otherRounds());
  const isFinished = !counts.waiting && state.filter === "waiting" && !state.search;
  list.replaceChildren(...(shown.length ? shown.map(row) : [el("li", { class: "empty" }, isFinished ? words.finished : words.none_found)]));
  drawTop();
}

function drawRound() {
  const search = el("input", { type: "search", id: "search", class: "search", placeholder: words.search, "aria-label": words.search, autocomplete: "off", enterkeyhint: "search", oninput: (event) => { state.search = event.target.value.trim(); drawList(); } });
  search.value = state.search;
  const canScan = Boolean(navigator.mediaDevices?.getUserMedia);
  part("main").replaceChildren(
    el("div", { class: "find" }, search, el("div", { class: "chips", "data-chips": true })),
    el("ul", { class: "families", "data-list": true }),
    el("div", { "data-others": true }),
    ...(canScan ? [el("button", { type: "button", class: "scan", onclick: openCamera }, words.scan)] : []));
  drawList();
}

function otherRounds() {
  const known = new Map([...state.rounds, ...state.kept].map((one) => [one.round_id, one]));
  known.delete(state.round?.round_id);
  return [...known.values()].map((one) =>
    el("button", { type: "button", class: "big plain", onclick: () => choose(one.round_id) }, `${one.place.split(",")[0]} · ${one.planned_on}`));
}

function drawNothing() {
  const mine = otherRounds();
  part("main").replaceChildren(el("div", { class: "empty" }, el("h2", {}, words.no_round), el("p", {}, words.no_round_hint), ...mine, el("a", { class: "big plain", href: "/handovers" }, words.rounds)));
  drawTop();
}

function draw() {
  if (!state.round) drawNothing();
  else if (part("list")) drawList();
  else drawRound();
}

// ---- one family

const sheet = part("sheet");

function show(...children) {
  sheet.replaceChildren(...children.filter(Boolean));
  if (!sheet.open) sheet.showModal();
  sheet.scrollTop = 0;
}

function head(family) {
  return el("div", { class: "sheet-head" },
    el("button", { type: "button", class: "close", onclick: () => sheet.close() }, `‹ ${words.back}`),
    el("h2", { id: "sheet-title" }, family.name),
    el("p", {}, `No. ${family.position} · `, el("code", {}, family.number)));
}

function openFamily(family) {
  const now = standing(family);
  const isOver = ["blocked", "replaced", "revoked", "expired"].includes(family.card_state);
  const notes = [];
  if (now.line?.messages?.[texts.lang]) {
    const { title, action } = now.line.messages[texts.lang];
    notes.push(el("div", { class: "note bad", role: "alert" }, el("strong", {}, `${words.refused}: ${title}`), el("p", {}, action)));
  }
  if (now.line?.state === "put_aside") notes.push(el("p", { class: "note bad" }, words.put_aside));
  if (isOver && now.at !== "handed_over") notes.push(el("p", { class: "note bad" }, words.card_now));
  if (family.is_own) notes.push(el("p", { class: "note wait" }, words.own_family));
  if (now.at !== "waiting") notes.push(el("p", { class: "now" }, badge(now)));
  const mayGive = !family.is_own && !isOver && ["waiting", "returned"].includes(now.at);
  const mayReturn = ["waiting", "returned"].includes(now.at) || ["card_is_blocked", "card_is_over"].includes(now.line?.refusal);
  if (mayGive) {
    locate();
    notes.push(el("p", { class: "note check" }, words.check_first));
  }
  show(head(family), ...notes, el("div", { class: "two" },
    mayGive && el("button", { type: "button", class: "big give", onclick: () => ask(family, "hand_over") }, now.at === "returned" ? words.give_after_all : words.give),
    mayReturn && el("button", { type: "button", class: "big back", onclick: () => ask(family, "return") }, isOver || now.at === "problem" ? words.bring_back : words.not_met)));
}

function ask(family, act) {
  const form = act === "hand_over" ? giveForm : returnForm;
  const place = act === "hand_over" && el("p", { class: "where", "data-where": true }, state.position ? words.position_on : words.position_off);
  show(head(family), form(texts, (body) => save(family, act, body)), place);
}

async function save(family, act, body) {
  const where = act === "hand_over" && state.position ? { position: state.position } : {};
  await append(state.journal, act, family.card_id, { ...body, ...where });
  await reload();
  sheet.close();
  navigator.vibrate?.(60);
  draw();
  sync();
}

// Never waited for: a hand-over without a position is a hand-over.
function locate() {
  navigator.geolocation?.getCurrentPosition(
    ({ coords }) => {
      state.position = { lat: coords.latitude, lon: coords.longitude, accuracy_m: Math.round(coords.accuracy) };
      const place = part("where");
      if (place) place.textContent = words.position_on;
    },
    () => { state.position = null; },
    { enableHighAccuracy: true, timeout: POSITION_WAIT_MS, maximumAge: RETRY_MS });
}

// ---- the camera

let stopCamera = null;

async function openCamera() {
  const video = el("video", { playsinline: true, muted: true });
  const said = el("p", { role: "status" });
  show(el("button", { type: "button", class: "close", onclick: () => sheet.close() }, `‹ ${words.scan_stop}`), el("h2", { id: "sheet-title" }, words.scan), video, said);
  try {
    stopCamera = await scan(video, texts, (mark) => {
      const family = state.round.families.find((one) => one.scan === mark);
      if (!family) return void (said.textContent = words.scan_unknown);
      endCamera();
      navigator.vibrate?.(60);
      openFamily(family);
    });
  } catch {
    said.textContent = words.scan_none;
  }
}

function endCamera() {
  stopCamera?.();
  stopCamera = null;
}
sheet.addEventListener("close", endCamera);

// ---- with the server

async function takeAlong(id) {
  banner(words.fetching);
  const told = await fetchRound(id);
  if (told.state === "closed") return banner(words.closed);
  await vault.put("rounds", id, { ...told, holder: state.me.subject });
  await journalOf(told, state.me);
  await reload(id);
  banner(words.fetched, null, "good");
}

async function choose(id) {
  if (state.kept.some((one) => one.round_id === id)) await reload(id);
  else await takeAlong(id).catch(explain);
  draw();
}

// The names go at once; a line goes when the server has said what became of it.
async function wipe(round, why) {
  await vault.remove("rounds", round.round_id);
  const journal = await vault.get("journals", round.round_id);
  if (journal) await forget(journal);
  await reload();
  banner(why, null, "wait");
}

async function sendAll() {
  for (const journal of await vault.all("journals")) {
    if (journal.holder !== state.me.subject) {
      banner(say(words.other_person, { name: journal.holder_name }), null, "bad");
      continue;
    }
    await send(journal, texts.limits, async () => {
      await reload();
      drawTop();
    });
    if (!state.kept.some((one) => one.round_id === journal.round_id)) await forget(journal);
  }
}

async function refresh() {
  for (const round of state.kept.filter((one) => one.holder === state.me.subject)) {
    const told = await fetchRound(round.round_id);
    if (told.state === "closed") await wipe(round, words.closed);
    else await vault.put("rounds", round.round_id, { ...round, ...told });
  }
  await reload();
}

async function talk() {
  state.me = await whoAmI();
  state.rounds = state.me.rounds;
  if (!state.me.has_declared) return banner(words.declare, ["/handovers/me", words.declare_go], "wait");
  banner(null);
  await sendAll();
  await refresh();
  if (!state.round && state.rounds.length === 1) await takeAlong(state.rounds[0].round_id);
}

function explain(error) {
  if (error instanceof SignedOut) banner(words.sign_in_again, ["/auth/login?next=/handovers/app", words.sign_in], "wait");
  else if (error instanceof Away) banner(navigator.onLine ? words.server_away : words.offline);
  else banner(error.problem?.messages?.[texts.lang]?.title ?? words.server_away, null, "bad");
}

async function sync() {
  if (state.busy) return void (state.again = true);
  state.busy = true;
  drawTop();
  try {
    await talk();
  } catch (error) {
    explain(error);
  }
  state.busy = false;
  await reload();
  draw();
  const again = state.again;
  state.again = false;
  if (again) sync();
}

// ---- beginning

async function begin() {
  navigator.serviceWorker?.register("/handovers/worker.js", { scope: "/handovers/" });
  try {
    await vault.open();
  } catch {
    return banner(words.broken, ["/handovers", words.rounds], "bad");
  }
  await reload();
  for (const round of state.kept) {
    if (round.keep_until && new Date(round.keep_until) < new Date()) await wipe(round, words.too_old);
  }
  draw();
  part("send").addEventListener("click", sync);
  addEventListener("online", sync);
  addEventListener("offline", () => banner(words.offline));
  setInterval(() => state.left && sync(), RETRY_MS);
  await sync();
}

begin();
