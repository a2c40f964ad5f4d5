// The answer to an act was lost. It keeps its number and is asked about again, so that it can
// never count twice; meanwhile the family is told the truth and nobody is sent away.

import { askAgain, noteHanded, pendingOf } from "../acts.js";
import { button, el, note } from "../dom.js";
import { Away, Refusal, SignedOut, wordsOf } from "../server.js";
import { tell } from "../lib/sounds.js";
import { changed, go, state } from "../state.js";
import { wakeLater } from "../sync.js";
import { named, t } from "../words.js";

const ASK_EACH_MS = 15000;

export async function draw(main) {
  const id = state.visit?.pendingId;
  const pending = id && (await pendingOf(id));
  if (!pending) return go(state.visit?.done ? "done" : "home");
  wakeLater();
  const said = el("p", { class: "said", role: "status" });
  const visit = state.visit;
  const isHere = () => said.isConnected && state.visit === visit;
  const ask = async () => {
    if (!isHere()) return stop();
    said.textContent = t("asking_again");
    const told = await again(pending, visit, said);
    if (!told) return undefined;
    stop();
    changed();
    return isHere() ? go(told) : undefined;
  };
  const timer = setInterval(ask, ASK_EACH_MS);
  const stop = () => {
    clearInterval(timer);
    removeEventListener("online", ask);
  };
  addEventListener("online", ask);
  main.replaceChildren(
    el("section", { class: "verdict wait", role: "alert" }, el("h1", { tabindex: -1 }, t("unsure_title")), el("p", {}, t("unsure_more", { benefit: named(pending.shown.benefit) }))),
    el("section", { class: "holder" }, el("p", { class: "name" }, pending.shown.name ?? "")),
    said,
    button(t("ask_again"), ask),
    el("h2", {}, t("unsure_choices")),
    note("plain", t("unsure_wait"), t("unsure_wait_more")),
    pending.handed ? note("good", t("handed_noted"), t("handed_noted_more")) : el("div", { class: "note wait" }, el("strong", {}, t("unsure_hand")), el("p", {}, t("unsure_hand_more")), button(t("unsure_hand_go"), async () => {
      await noteHanded(pending);
      draw(main);
    }, "plain")),
    button(t("next_family"), () => go("scan"), "quiet"));
}

async function again(pending, visit, said) {
  try {
    visit.done = await askAgain(pending);
    visit.offer = null;
    tell("good");
    return "done";
  } catch (error) {
    if (error instanceof Refusal) {
      visit.refused = { ...wordsOf(error.problem) };
      if (pending.handed) visit.refused.action += ` ${t("refused_after_handing")}`;
      return "refused";
    }
    said.textContent = error instanceof SignedOut ? t("pin_for_server") : t("still_unknown");
    if (!(error instanceof Away || error instanceof SignedOut)) throw error;
    return "";
  }
}
