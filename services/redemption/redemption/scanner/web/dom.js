// Small builders of the page: elements, big buttons, fields and choices. Text is only ever text.

import { t } from "./words.js";

export function el(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else if (value === true) made.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined) made.setAttribute(name, value);
  }
  made.append(...children.flat().filter((child) => child || child === 0));
  return made;
}

export function button(label, act, kind = "main", attributes = {}) {
  return el("button", { type: "button", class: `btn ${kind}`, onclick: act, ...attributes }, label);
}

export function note(tone, title, ...lines) {
  return el("div", { class: `note ${tone}` }, title && el("strong", {}, title), lines.flat().filter(Boolean).map((line) => (line instanceof Node ? line : el("p", {}, line))));
}

let fields = 0;

export function field(label, name, attributes = {}, hint = "") {
  fields += 1;
  const id = `f${fields}`;
  return el("div", { class: "field" },
    el("label", { for: id }, label),
    hint && el("p", { class: "hint", id: `${id}h` }, hint),
    el("input", { id, name, autocomplete: "off", "aria-describedby": hint ? `${id}h` : null, ...attributes }));
}

export function select(label, name, options, chosen = "") {
  fields += 1;
  const id = `f${fields}`;
  return el("div", { class: "field" }, el("label", { for: id }, label),
    el("select", { id, name }, options.map(([value, text]) => el("option", { value, selected: value === chosen }, text))));
}

// Big rows to press; each is a radio button, or a box where several may be chosen.
export function choices(label, name, options, { chosen = [], type = "radio" } = {}) {
  return el("fieldset", { class: "pick" }, el("legend", {}, label), options.map(([value, text, small]) =>
    el("label", { class: "pick-row" },
      el("input", { type, name, value, checked: chosen.includes(value) }),
      el("span", {}, text, small && el("small", {}, small)))));
}

export function form(submit, ...children) {
  const made = el("form", { novalidate: true, onsubmit: (event) => {
    event.preventDefault();
    submit(new FormData(made), made);
  } }, ...children);
  return made;
}

const SLOW_AFTER_MS = 3000;

// Something is under way; after a while it is said that it is the network.
export function waiting(words) {
  const said = el("p", { class: "said", role: "status" }, words);
  const made = el("div", { class: "waiting" }, said, el("progress", { "aria-label": words }));
  setTimeout(() => made.isConnected && said.append(` ${t("slow_network")}`), SLOW_AFTER_MS);
  return made;
}

// Says what is wrong beside the field it is about, and puts the finger there.
export function fault(place, name, words) {
  place.querySelectorAll(".fault").forEach((one) => one.remove());
  if (!words) return;
  const control = name && place.elements?.[name];
  const input = control?.focus ? control : control?.[0];
  const box = input?.closest(".field, fieldset") ?? place;
  box.prepend(el("p", { class: "fault", role: "alert" }, words));
  // What was said is gone as soon as it is being put right.
  box.addEventListener("input", () => box.querySelector(".fault")?.remove(), { once: true });
  input?.focus();
  box.scrollIntoView({ block: "nearest" });
}

// Signing out of the password's session leads over its issuer: a page of its own, the app stays.
export function signOutForm(label, token, done) {
  return el("form", { method: "post", action: "/auth/logout", target: "_blank", onsubmit: () => setTimeout(done) },
    el("input", { type: "hidden", name: "csrf_token", value: token }),
    el("button", { class: "btn plain", type: "submit" }, label));
}

export function languageButton(lang, speak, draw) {
  const other = lang === "en" ? "id" : "en";
  return button(other === "en" ? "English" : "Bahasa Indonesia", () => {
    speak(other);
    draw();
  }, "quiet", { lang: other });
}

export function confirmed(question, yes, no) {
  return new Promise((resolve) => {
    const dialog = el("dialog", { class: "ask", "aria-labelledby": "ask-title" },
      el("h2", { id: "ask-title" }, question),
      button(yes, () => dialog.close("yes")),
      button(no, () => dialog.close(""), "plain"));
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(dialog.returnValue === "yes");
    });
    document.body.append(dialog);
    dialog.showModal();
  });
}
