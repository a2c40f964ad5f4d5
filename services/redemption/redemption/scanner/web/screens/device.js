// This phone: what it holds, how old that is, and what it can be asked for.

import { speed } from "../cards.js";
import * as clock from "../clock.js";
import { button, choices, el, note } from "../dom.js";
import { go, state } from "../state.js";
import { sync } from "../sync.js";
import { askToKeep } from "../terminal.js";
import { isWhole } from "../install.js";
import { installing } from "./enrol.js";
import { lang, moment, speak, span, t, version } from "../words.js";

export async function draw(main) {
  const whole = await isWhole();
  const { terminal, trust, lastSync } = state;
  const now = clock.now();
  const since = (at) => (at ? t("since", { at: moment(at), ago: span(now - new Date(at)) }) : t("never"));
  const language = choices(t("language"), "lang", [["id", "Bahasa Indonesia"], ["en", "English"]], { chosen: [lang] });
  language.addEventListener("change", (event) => {
    speak(event.target.value);
    go("device");
  });
  main.replaceChildren(
    el("h1", { tabindex: -1 }, t("device_title")),
    el("dl", { class: "facts" }, [
      [t("device_partner"), terminal.partner.name],
      [t("device_label"), terminal.label],
      [t("device_sync"), since(lastSync)],
      [t("device_trust"), trust?.bundle ? t("device_until", { at: moment(trust.bundle.issuedAt), until: moment(trust.bundle.expiresAt) }) : t("never")],
      ...(trust?.lists ?? []).map((one) => [t("device_list", { n: one.number }), one.isMissing ? t("never") : since(one.issuedAt)]),
      [t("device_delta"), trust?.delta ? since(trust.delta.issuedAt) : t("never")],
      [t("device_clock"), clock.isBack() ? t("clock_back_short") : Math.abs(clock.offset()) > 60000 ? t("clock_off", { by: span(Math.abs(clock.offset())) }) : t("clock_good")],
      [t("device_whole"), t(whole ? "whole_yes" : "whole_no")],
      [t("device_storage"), state.isPersistent ? t("storage_kept") : t("storage_not")],
      ...(speed() ? [[t("device_speed"), t("device_speed_is", speed())]] : []),
      [t("device_version"), version],
    ].flatMap(([name, value]) => [el("dt", {}, name), el("dd", {}, value)])),
    state.syncFault ? note("bad", t("sync_fault"), state.syncFault) : "",
    !state.isPersistent ? button(t("storage_ask"), async () => {
      await askToKeep();
      draw(main);
    }, "plain") : "",
    state.isPersistent ? "" : note("plain", t("install"), installing()),
    button(t("fetch_again"), async () => {
      await sync();
      draw(main);
    }, "plain", { disabled: state.isSyncing }),
    language,
    button(t("to_home"), () => go("home"), "quiet"));
}
