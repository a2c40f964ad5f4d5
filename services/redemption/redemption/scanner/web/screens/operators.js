// Who works at this terminal: sign in once with the password, then with a short PIN.

import * as operators from "../operators.js";
import { button, el, languageButton, note, signOutForm } from "../dom.js";
import { Away, Refusal, wordsOf } from "../server.js";
import { go, state } from "../state.js";
import { noteSession, sessionHere } from "../terminal.js";
import { lang, speak, t } from "../words.js";
import { pinPad } from "./pin_pad.js";

const SIGN_IN = "/auth/login?fresh=true&next=/terminal/%3Fpin%3D1";

export async function draw(main) {
  const known = await operators.list();
  main.replaceChildren(
    el("h1", { tabindex: -1 }, t("who")),
    known.length ? el("p", { class: "lead" }, t("who_lead")) : note("plain", t("who_none"), t("who_none_more")),
    el("div", { class: "stack" },
      known.map((one) => button([el("span", { class: "initial", "aria-hidden": "true" }, one.name.slice(0, 1)), el("span", {}, one.name, needs(one) && el("small", {}, t("full_sign_in_needed")))], () => chosen(main, one), "person"))),
    state.isOnline ? el("a", { class: "btn plain", href: SIGN_IN }, t("new_operator")) : el("p", { class: "hint" }, t("new_operator_offline")),
    languageButton(lang, speak, () => go("operators")));
}

const needs = (one) => one.needs_full_sign_in;

function chosen(main, one) {
  if (needs(one) && state.isOnline) return void location.assign(SIGN_IN);
  askPin(main, one);
}

function askPin(main, one) {
  const pad = pinPad(operators.PIN_LENGTH, async (pin) => {
    pad.busy(t("pin_looking"));
    const told = await operators.unlock(one.operator_id, pin).catch((error) => error);
    if (told === "open") return go(state.visit ? "card" : "home");
    pad.again(await why(told, one));
    if (told === "full_sign_in" && state.isOnline) main.append(el("a", { class: "btn main", href: SIGN_IN }, t("sign_in")));
  });
  main.replaceChildren(
    el("h1", { tabindex: -1 }, one.name), el("p", { class: "lead" }, t("pin_enter")), pad.box,
    button(t("other_operator"), () => go("operators"), "quiet"));
  pad.focus();
}

async function why(told, one) {
  if (told === "wrong") {
    const left = await operators.wrongLeft(one.operator_id);
    return state.isOnline ? t("pin_wrong") : t("pin_wrong_left", { n: left });
  }
  if (typeof told === "string") return t(`pin_${told}`);
  if (told.problem) return wordsOf(told.problem).title;
  return t("something_wrong");
}

// After the password: the same person chooses the PIN for this phone, twice the same.
export async function drawNewPin(main) {
  main.replaceChildren(el("h1", { tabindex: -1 }, t("pin_new")), el("p", { role: "status" }, t("pin_new_looking")));
  let session;
  try {
    session = await sessionHere();
  } catch (error) {
    return main.replaceChildren(el("h1", { tabindex: -1 }, t("pin_new")),
      error instanceof Away ? note("wait", t("no_network"), t("pin_new_away")) : note("bad", t("pin_new_unknown"), error instanceof Refusal ? wordsOf(error.problem).title : ""),
      el("a", { class: "btn main", href: SIGN_IN }, t("sign_in")), button(t("back"), () => go("operators"), "plain"));
  }
  choosePin(main, session, "");
}

function choosePin(main, session, first) {
  const pad = pinPad(operators.PIN_LENGTH, async (pin) => {
    if (!first) return isWeak(pin) ? pad.again(t("pin_weak")) : choosePin(main, session, pin);
    if (pin !== first) {
      choosePin(main, session, "");
      return main.querySelector(".said").replaceChildren(t("pin_differs"));
    }
    pad.busy(t("pin_setting"));
    try {
      await operators.setPin(pin, session.csrf_token);
      await noteSession(session);
      go("home");
    } catch (error) {
      pad.again(error.problem ? `${wordsOf(error.problem).title}. ${wordsOf(error.problem).action}` : t("pin_new_away"));
      if (error.message === "full_sign_in_needed") main.append(el("a", { class: "btn main", href: SIGN_IN }, t("sign_in")));
    }
  });
  main.replaceChildren(el("h1", { tabindex: -1 }, first ? t("pin_repeat") : t("pin_new")), el("p", { class: "lead" }, t("pin_new_for", { name: session.name, n: operators.PIN_LENGTH })), pad.box,
    signOutForm(t("session_not_me"), session.csrf_token, () => go("operators")));
  pad.focus();
}

// All the same, counted up or down, or a pattern: the first that a stranger tries.
function isWeak(pin) {
  const steps = new Set([...pin].slice(1).map((digit, place) => Number(digit) - Number(pin[place])));
  const isPair = pin === pin.slice(0, 2).repeat(3) || pin === pin.slice(0, 3).repeat(2);
  return isPair || (steps.size === 1 && [0, 1, -1].includes([...steps][0]));
}
