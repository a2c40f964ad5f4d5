// A PIN by big keys or by the keyboard; what was typed is shown as dots only.

import { el } from "../dom.js";
import { t } from "../words.js";

export function pinPad(length, done, label = t("pin")) {
  let typed = "";
  let isBusy = false;
  const said = el("p", { class: "said", role: "alert" });
  const dots = el("div", { class: "dots", role: "img", "aria-label": t("pin_typed", { n: 0 }) });
  const keys = ["1", "2", "3", "4", "5", "6", "7", "8", "9", "", "0", "⌫"].map((key) => (key
    ? el("button", { type: "button", class: "key", "aria-label": key === "⌫" ? t("erase") : null, onclick: () => press(key) }, key)
    : el("span", {})));
  const box = el("div", { class: "pad", role: "group", "aria-label": label, tabindex: -1, onkeydown: (event) => {
    if (/^\d$/.test(event.key)) press(event.key);
    else if (event.key === "Backspace") press("⌫");
    else return;
    event.preventDefault();
  } }, dots, said, el("div", { class: "keys" }, keys));

  const show = () => {
    dots.setAttribute("aria-label", t("pin_typed", { n: typed.length }));
    dots.replaceChildren(...Array.from({ length }, (_, n) => el("span", { class: n < typed.length ? "dot full" : "dot" })));
  };
  const press = (key) => {
    if (isBusy) return;
    if (key === "⌫") typed = typed.slice(0, -1);
    else if (typed.length < length) typed += key;
    said.replaceChildren();
    show();
    if (typed.length === length) {
      const pin = typed;
      typed = "";
      done(pin);
    }
  };
  show();
  return {
    box,
    focus: () => box.focus(),
    busy: (words) => {
      isBusy = true;
      said.replaceChildren(words);
    },
    again: (words) => {
      isBusy = false;
      typed = "";
      show();
      said.replaceChildren(words);
      box.focus();
    },
  };
}
