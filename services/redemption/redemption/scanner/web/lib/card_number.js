// The card number that a person types: Crockford's base32 with a check character, as in
// common/card_number.py.

const ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const SYMBOLS = 13;
const POLYNOMIAL = 0b100101;
const READ_AS = { O: "0", I: "1", L: "1" };
const PASSED_OVER = /[ \-._\t\r\n\u00a0\u2010\u2011\u2013]/g;

function weigh(symbols) {
  return symbols.reduce((total, symbol) => (total << 1) ^ (total & 16 ? POLYNOMIAL : 0) ^ symbol, 0);
}

const plainOf = (text) => text.toUpperCase().replace(PASSED_OVER, "").replace(/[OIL]/g, (letter) => READ_AS[letter]);

// While it is typed: "1PD3J-6P8V1-M4WG".
export function grouped(text) {
  const plain = plainOf(text);
  return [plain.slice(0, 5), plain.slice(5, 10), plain.slice(10)].filter(Boolean).join("-");
}

// → { cardId } (16 hexadecimal digits), or { fault: "short" | "mistyped" }.
export function parseCardNumber(text) {
  const symbols = Array.from(plainOf(text), (letter) => ALPHABET.indexOf(letter));
  if (symbols.length !== SYMBOLS + 1 || symbols.includes(-1)) return { fault: "short" };
  if (weigh(symbols) !== 0) return { fault: "mistyped" };
  const value = symbols.slice(0, SYMBOLS).reduce((sum, symbol) => (sum << 5n) | BigInt(symbol), 0n);
  // Thirteen symbols hold 65 bits, an id has 64.
  return value >> 64n ? { fault: "short" } : { cardId: value.toString(16).padStart(16, "0") };
}

export function cardNumber(cardId) {
  const value = BigInt(`0x${cardId}`);
  const symbols = Array.from({ length: SYMBOLS }, (_, at) => Number((value >> BigInt(5 * (SYMBOLS - 1 - at))) & 31n));
  return grouped([...symbols, weigh([...symbols, 0])].map((symbol) => ALPHABET[symbol]).join(""));
}
