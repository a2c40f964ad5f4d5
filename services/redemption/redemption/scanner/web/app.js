// The terminal's app: begins, draws the bar, and goes from screen to screen by the address's hash,
// so that a phone's own "back" works. No name and no card is ever in an address.

import * as acts from "./acts.js";
import * as answered from "./answered.js";
import { drawBar } from "./bar.js";
import * as cards from "./cards.js";
import * as clock from "./clock.js";
import * as device from "./device.js";
import { el, note } from "./dom.js";
import { startWorker } from "./install.js";
import { unlock as unlockSound } from "./lib/sounds.js";
import * as operators from "./operators.js";
import * as card from "./screens/card.js";
import { stopCamera } from "./screens/camera_box.js";
import * as deviceScreen from "./screens/device.js";
import * as done from "./screens/done.js";
import * as enrol from "./screens/enrol.js";
import * as give from "./screens/give.js";
import * as home from "./screens/home.js";
import * as lease from "./screens/lease.js";
import * as lines from "./screens/lines.js";
import * as operatorScreen from "./screens/operators.js";
import * as rule from "./screens/rule.js";
import * as scan from "./screens/scan.js";
import * as unsure from "./screens/unsure.js";
import { go, state, watch } from "./state.js";
import { startSyncing, sync } from "./sync.js";
import * as terminal from "./terminal.js";
import * as vault from "./vault.js";
import { meet } from "./visit.js";
import { lang, speak, t } from "./words.js";

const TICK_MS = 15000;
let main = document.querySelector("main");
const bar = document.querySelector("header");

const OPEN = { enrol: enrol.draw, operators: operatorScreen.draw, pin: operatorScreen.drawNewPin, rule: rule.draw, device: deviceScreen.draw, leave };
const LOCKED = { home: home.draw, scan: scan.draw, card: cardNow, card_again: cardAgain, give: give.draw, refused: give.drawRefused, unsure: unsure.draw, done: done.draw, lines: lines.draw, lease: lease.draw };

let isDrawn = "";
let newest = null;

// Every screen is drawn on a sheet of its own: what is still being drawn when somebody goes on is
// never laid over what they went to.
async function draw() {
  const wanted = takeCode(location.hash.slice(1));
  const screen = allowed(wanted);
  if (screen !== location.hash.slice(1)) history.replaceState(null, "", `#${screen}`);
  stopCamera();
  document.body.dataset.screen = screen;
  const sheet = el("main");
  newest = sheet;
  const drawing = Promise.resolve((OPEN[screen] ?? LOCKED[screen])(sheet));
  if (!sheet.childElementCount) await drawing;
  if (newest !== sheet) return;
  main.replaceWith(sheet);
  main = sheet;
  if (isDrawn !== screen) scrollTo(0, 0);
  isDrawn = screen;
  (main.querySelector("[data-first]") ?? main.querySelector("h1[tabindex]"))?.focus({ preventScroll: true });
  drawBar(bar);
  await drawing;
}

// The phone's own camera opens the app with a code behind the #. It is used once and not kept in
// the address: there it would lie in the browser's history.
function takeCode(wanted) {
  const code = /^code=(.+)$/.exec(wanted)?.[1];
  if (!code) return wanted;
  state.enrolCode = readable(code);
  return state.terminal ? "home" : "enrol";
}

function readable(code) {
  try {
    return decodeURIComponent(code).trim().slice(0, 80);
  } catch {
    return "";
  }
}

// What cannot be shown yet leads to what has to be done first.
function allowed(wanted) {
  if (!state.terminal) return "enrol";
  if (OPEN[wanted] && !(wanted === "enrol" && state.operator)) return wanted;
  if (!state.operator) return "operators";
  return LOCKED[wanted] ? wanted : "home";
}

async function leave() {
  operators.lock();
  go("operators");
}

// "Back" from the receipt leads to the card as it is now: what was just given is not offered again.
async function cardNow(sheet) {
  if (state.visit?.done) await meet(state.visit.card, state.visit.isTyped ? state.visit.cardId : null);
  card.draw(sheet);
}

async function cardAgain() {
  const { card: text, cardId, isTyped } = state.visit ?? {};
  if (!text) return go("scan");
  await meet(text, isTyped ? cardId : null);
  go("card");
}

// What was asked again in the background came to an answer while the screen still waits for it.
function onAnswered({ detail }) {
  if (state.visit?.pendingId !== detail.id || document.body.dataset.screen !== "unsure") return;
  if (!detail.refusal) state.visit.done = detail;
  draw();
}

function broken(title, ...more) {
  bar.querySelector("[data-place]").textContent = t("app_name");
  main.replaceChildren(el("h1", { tabindex: -1 }, title), note("bad", "", ...more));
}

// Two windows would be one terminal with two memories: only the first one works.
function alone(act) {
  if (!navigator.locks) return act();
  return navigator.locks.request("khbs-terminal", { ifAvailable: true }, (lock) => {
    if (lock) return holding(act);
    broken(t("other_window"), t("other_window_more"));
    return navigator.locks.request("khbs-terminal", () => location.reload());
  });
}

const holding = (act) => new Promise(() => act());

async function begin() {
  speak(lang);
  if (!crypto.subtle || !window.isSecureContext) return broken(t("broken"), t("broken_secure"));
  try {
    await vault.open();
    await device.open();
    await clock.open();
    await terminal.open();
    await acts.openUses();
    await answered.open();
    await cards.open();
  } catch (error) {
    console.error(error);
    return broken(t("broken"), t("broken_more"), t("broken_private"));
  }
  state.isPersistent = state.terminal ? ((await navigator.storage?.persisted?.()) ?? false) : null;
  startWorker();
  const isBack = new URLSearchParams(location.search).has("pin");
  history.replaceState(null, "", isBack ? "/terminal/#pin" : `/terminal/${location.hash}`);
  addEventListener("hashchange", draw);
  addEventListener("khbs-answered", onAnswered);
  watch(() => drawBar(bar));
  for (const event of ["pointerdown", "keydown"]) addEventListener(event, operators.touch);
  for (const event of ["pointerdown", "keydown"]) addEventListener(event, unlockSound, { once: true });
  setInterval(tick, TICK_MS);
  startSyncing();
  await draw();
  await sync();
  redrawQuietly();
}

let leasesWere = "";

async function tick() {
  await clock.tick();
  if (operators.lockWhenLeft()) go("operators");
  drawBar(bar);
  const leasesAre = state.leases.map((lease) => [terminal.running().includes(lease), terminal.endsSoon(new Date(lease.expires_at))]).join();
  if (leasesAre !== leasesWere) redrawQuietly();
  leasesWere = leasesAre;
}

// The screens that only show what is known follow it; those in which somebody works do not.
function redrawQuietly() {
  const isAtWork = main.querySelector(".pad, form:not([target]), .receipt, [data-detail]");
  if (["home", "operators", "lines", "lease"].includes(document.body.dataset.screen) && !isAtWork) draw();
}

// Where somebody works, only what the network takes away or gives back is changed.
function followNetwork() {
  for (const one of main.querySelectorAll("[data-needs-network]")) one.disabled = !lease.mayAsk();
}

let wasSyncing = false;
watch(() => {
  followNetwork();
  if (wasSyncing && !state.isSyncing) redrawQuietly();
  wasSyncing = state.isSyncing;
});

alone(begin);
