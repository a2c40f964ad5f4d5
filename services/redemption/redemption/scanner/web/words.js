// What the app says, in two languages, and how it writes numbers and times.

import texts from "/terminal/texts.js";

export const { config } = texts;
const KEPT_IN = "khbs-terminal-lang";

function first() {
  try {
    const asked = new URLSearchParams(location.search).get("lang");
    return (asked ?? localStorage.getItem(KEPT_IN)) === "en" ? "en" : "id";
  } catch {
    return "id";
  }
}

export let lang = first();

export function speak(wanted) {
  lang = wanted === "en" ? "en" : "id";
  document.documentElement.lang = lang;
  try {
    localStorage.setItem(KEPT_IN, lang);
  } catch {
    // A private tab keeps nothing; the language is then asked for again.
  }
}

export function t(key, values = {}) {
  const words = texts.words[lang][key];
  if (words === undefined) throw new Error(`no words for ${key}`);
  return words.replace(/\{(\w+)\}/g, (_, name) => values[name]);
}

export const has = (key) => key in texts.words.id;
export const named = (thing) => (lang === "en" ? thing.name_en : thing.name_id) ?? thing.name_id ?? "";
export const paragraph = () => texts.rule.words[lang];
export const ruleVersion = texts.rule.version;

const locale = () => (lang === "en" ? "en-GB" : "id-ID");
const PLACE = { timeZone: "Asia/Jakarta" };

export const number = (n) => new Intl.NumberFormat(locale()).format(n);
export const rupiah = (n) => `Rp${new Intl.NumberFormat("id-ID").format(n)}`;
export const time = (at) => new Intl.DateTimeFormat(locale(), { ...PLACE, hour: "2-digit", minute: "2-digit" }).format(new Date(at));
export const day = (at) => new Intl.DateTimeFormat(locale(), { ...PLACE, day: "numeric", month: "short" }).format(new Date(at));
export const moment = (at) => `${day(at)} ${time(at)} WIB`;
export const fullMoment = (at) => `${new Intl.DateTimeFormat(locale(), { ...PLACE, day: "numeric", month: "long", year: "numeric" }).format(new Date(at))}, ${time(at)} WIB`;
export const dayKey = (at) => new Intl.DateTimeFormat("sv-SE", PLACE).format(new Date(at));

// "12 menit", "5 jam", "3 hari": how long ago, or how long still.
export function span(ms) {
  const minutes = Math.max(1, Math.round(ms / 60000));
  if (minutes < 60) return t("minutes", { n: minutes });
  if (minutes < 48 * 60) return t("hours", { n: Math.round(minutes / 60) });
  return t("days", { n: Math.round(minutes / 1440) });
}

export const shortOf = (at, now) => (dayKey(at) === dayKey(now) ? `${time(at)} WIB` : moment(at));

export const { version } = texts;

// The same words as the server's for the same refusal, so that off line nobody reads others.
export function cardWords(reason) {
  return (texts.refusals[reason] ?? texts.refusals.malformed)[lang];
}

export const relations = () => texts.relations.map(([code, id, en]) => [code, lang === "en" ? en : id]);
// Kinds of goods are words of the programme's owner.
export const goods = (kind) => (kind.charAt(0).toUpperCase() + kind.slice(1)).replaceAll("_", " ");
