// The check character of a typed card number: the same rule as common/card_number.py.

const ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const SYMBOLS = 14;

export function plain(text) {
  return text.toUpperCase().replace(/[\s.\-_\u2010\u2011\u2013]/g, "").replace(/O/g, "0").replace(/[IL]/g, "1");
}

// "" for a right number, else "short" (not a number at all) or "mistyped".
export function fault(text) {
  const symbols = [...plain(text)].map((letter) => ALPHABET.indexOf(letter));
  if (symbols.length !== SYMBOLS || symbols.includes(-1)) return "short";
  let total = 0;
  for (const symbol of symbols) total = (total << 1) ^ (total & 16 ? 0b100101 : 0) ^ symbol;
  if (total !== 0) return "mistyped";
  return symbols[0] > 15 ? "short" : "";
}

export function grouped(text) {
  const letters = plain(text);
  return [letters.slice(0, 5), letters.slice(5, 10), letters.slice(10)].filter(Boolean).join("-");
}
