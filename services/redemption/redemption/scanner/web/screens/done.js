// It is written down: the receipt on screen, on paper, and as a picture to keep.

import { button, el } from "../dom.js";
import { facts, savePicture } from "../receipt.js";
import { go, state } from "../state.js";
import { t } from "../words.js";

export function draw(main) {
  const done = state.visit?.done;
  if (!done) return go("home");
  main.replaceChildren(
    receipt(done),
    el("div", { class: "stack" },
      button(t("next_card"), () => go("scan")),
      button(t("same_card"), () => go("card_again"), "plain"),
      el("div", { class: "row" }, button(t("print"), () => print(), "plain small"), button(t("save_picture"), () => savePicture(done), "plain small")),
      button(t("to_home"), () => go("home"), "quiet")));
}

export function receipt(done, heading = "h1") {
  const tone = done.isSure ? "good" : "wait";
  return el("section", { class: `receipt ${tone}`, role: "status" },
    el("p", { class: "on-paper" }, t("receipt_title")),
    el("p", { class: "mark", "aria-hidden": "true" }, done.isSure ? "✓" : "?"),
    el(heading, { tabindex: -1 }, t(done.isSure ? "given" : "given_unsure")),
    el("p", {}, t(wordsOf(done))),
    el("p", { class: "receipt-number" }, el("span", {}, t("receipt_number")), el("strong", {}, done.receipt_number)),
    el("dl", {}, facts(done).flatMap(([name, value]) => [el("dt", {}, name), el("dd", {}, value)])));
}

export function wordsOf(done) {
  if (!done.isOffline) return "given_online_more";
  return done.isSure ? "given_leased_more" : "given_unsure_more";
}
