// The two forms of a family: to whom the card was given, and why it was not.

import { signaturePad } from "./signature.js";

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

// Big rows to press, each a radio button; the first is chosen when `chosen` says so.
function choices(label, name, options, chosen = null) {
  const rows = options.map(([value, text]) =>
    el("label", { class: "pick-row" }, el("input", { type: "radio", name, value, checked: value === chosen }), el("span", {}, text)));
  return el("fieldset", { class: "pick" }, el("legend", {}, label), rows);
}

function textField(label, name, attributes = {}) {
  return el("label", { class: "text-field" }, el("span", {}, label), el("input", { name, autocomplete: "off", ...attributes }));
}

const digits = (text) => text.replace(/\D/g, "");
const only = (options, keys) => options.filter(([key]) => keys.includes(key));

function fault(values, texts) {
  const { words } = texts;
  if (values.collector !== "head") {
    if (!values.relation) return ["relation", words.relation_needed];
    if (!values.name) return ["name", words.name_needed];
  }
  if (values.collector === "representative" && values.nik.length !== 16) return ["nik", words.nik_needed];
  if (!values.document) return ["document", words.document_needed];
  if (values.collector === "representative" && !texts.mandates.includes(values.document)) return ["document", words.mandate_needed];
  return null;
}

function showFault(form, [name, words]) {
  form.querySelector(".fault")?.remove();
  const field = form.elements[name];
  const place = field?.closest?.("fieldset, label") ?? field?.[0]?.closest("fieldset") ?? form;
  place.prepend(el("p", { class: "fault", role: "alert" }, words));
  (field?.focus ? field : field?.[0])?.focus?.();
  place.scrollIntoView({ block: "nearest" });
}

export function giveForm(texts, save) {
  const { words } = texts;
  const pad = signaturePad(words.signature, words.clear, texts.limits.signature);
  const who = choices(words.to_whom, "collector", texts.collectors, "head");
  const relation = el("div", {});
  const name = textField(words.name, "name", { maxlength: texts.limits.name, autocapitalize: "words" });
  const nik = textField(words.nik, "nik", { inputmode: "numeric", maxlength: 20 });
  const others = el("div", { class: "others" }, relation, name, nik);
  const form = el("form", { novalidate: true, class: "act-form" }, who, others,
    choices(words.document, "document", texts.documents),
    el("div", { class: "sign" }, el("p", { class: "legend" }, words.signature), pad.box),
    el("button", { class: "big give", type: "submit" }, words.save_give));
  const follow = () => {
    const collector = new FormData(form).get("collector");
    others.hidden = collector === "head";
    nik.hidden = collector !== "representative";
    const known = collector === "family_member" ? only(texts.relations, texts.family_relations) : texts.relations;
    if (collector !== "head") relation.replaceChildren(choices(words.relation, "relation", known));
  };
  who.addEventListener("change", follow);
  follow();
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const data = new FormData(form);
    const text = (key) => String(data.get(key) ?? "").trim();
    const values = { collector: text("collector"), document: text("document"), relation: text("relation"), name: text("name"), nik: digits(text("nik")), signature: pad.value() };
    const wrong = fault(values, texts);
    if (wrong) return showFault(form, wrong);
    if (values.collector === "head") values.relation = values.name = "";
    if (values.collector !== "representative") values.nik = "";
    save(Object.fromEntries(Object.entries(values).filter(([, value]) => value)));
  });
  return form;
}

export function returnForm(texts, save) {
  const { words } = texts;
  const form = el("form", { novalidate: true, class: "act-form" },
    choices(words.why, "reason", texts.reasons, "not_at_home"),
    textField(words.more_words, "words", { maxlength: 200 }),
    el("button", { class: "big back", type: "submit" }, words.save_return));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const data = new FormData(form);
    const reason = data.get("reason");
    const more = String(data.get("words") ?? "").trim();
    if (!reason) return showFault(form, ["reason", words.why_needed]);
    if (reason === "other" && !more) return showFault(form, ["words", words.more_words_needed]);
    save(more ? { reason, words: more } : { reason });
  });
  return form;
}
