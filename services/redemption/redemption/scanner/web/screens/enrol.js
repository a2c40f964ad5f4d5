// The first screen of a new phone: a code from the partner's admin, a name, and a key of its own.

import { enrol } from "../terminal.js";
import { button, el, fault, field, form, languageButton, note } from "../dom.js";
import { Away, Refusal, wordsOf } from "../server.js";
import { canInstall, install } from "../install.js";
import { go, state } from "../state.js";
import { lang, speak, t } from "../words.js";
import { cameraBox } from "./camera_box.js";

const CODE_MIN = 6;
const CODE = /^[0-9A-Z-]{6,12}$/i;

export function draw(main) {
  if (state.terminal) return result(main);
  const known = state.enrolCode;
  const code = field(t("enrol_code"), "code", { value: known || null, autocapitalize: "characters", spellcheck: "false", enterkeyhint: "next", class: "code" }, t("enrol_code_hint"));
  const label = field(t("enrol_label"), "label", { "data-first": Boolean(known), maxlength: 60, enterkeyhint: "done" }, t("enrol_label_hint"));
  const send = el("button", { class: "btn main", type: "submit" }, t("enrol_go"));
  const camera = el("div", {});
  const made = form((data) => submit(made, data, send), code, button(t("enrol_scan"), () => scanCode(camera, made), "plain"), camera, label, send, el("p", { class: "said", role: "status" }));
  main.replaceChildren(el("h1", { tabindex: -1 }, t("enrol_title")), el("p", { class: "lead" }, t(known ? "enrol_lead_code" : "enrol_lead")), made, languageButton(lang, speak, () => go("enrol")));
}

function scanCode(place, made) {
  place.replaceChildren(cameraBox((text) => {
    place.replaceChildren();
    const code = text.trim().split(/[?&#]code=/).at(-1);
    if (!CODE.test(code)) return fault(made, "code", t("enrol_not_code"));
    fault(made);
    made.elements.code.value = code;
    return made.elements.label.focus();
  }));
}

async function submit(made, data, send) {
  const code = data.get("code").trim().toUpperCase();
  const label = data.get("label").trim();
  fault(made);
  if (code.length < CODE_MIN) return fault(made, "code", t("enrol_code_short"));
  if (!label) return fault(made, "label", t("enrol_label_needed"));
  send.disabled = true;
  made.querySelector(".said").textContent = t("enrol_making");
  try {
    await enrol(code, label);
    state.enrolCode = "";
    go("enrol");
  } catch (error) {
    made.querySelector(".said").textContent = "";
    fault(made, "code", said(error));
  }
  send.disabled = false;
}

function said(error) {
  if (error instanceof Away) return t("enrol_away");
  if (error instanceof Refusal) {
    const { title, action } = wordsOf(error.problem);
    return `${title}. ${action}`;
  }
  return t("enrol_failed");
}

// A button where the browser offers one, else where to find it in the browser's menu.
export const installing = () => (canInstall() ? button(t("install"), install, "plain") : t("install_how"));

function result(main) {
  const { partner, label } = state.terminal;
  main.replaceChildren(
    note("good", t("enrol_done"), t("enrol_done_is", { label, partner: partner.name })),
    state.isPersistent ? note("plain", t("storage_kept"), t("storage_kept_more")) : note("wait", t("storage_not"), t("storage_not_more"), installing()),
    el("p", {}, t("enrol_next")),
    button(t("enrol_next_go"), () => go("operators")));
}
