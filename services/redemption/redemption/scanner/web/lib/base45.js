// Base45 (RFC 9285), decoded strictly: one value has one text only.

const ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:";
const DIGITS = new Map(Array.from(ALPHABET, (letter, digit) => [letter, digit]));

export class NotBase45 extends Error {}

export function decodeBase45(text) {
  const digits = Array.from(text, (letter) => DIGITS.get(letter));
  const rest = digits.length % 3;
  if (rest === 1 || digits.includes(undefined)) throw new NotBase45("a character or a length");
  const whole = digits.length - rest;
  const bytes = new Uint8Array((whole / 3) * 2 + (rest ? 1 : 0));
  let to = 0;
  for (let at = 0; at < whole; at += 3) {
    const value = digits[at] + 45 * digits[at + 1] + 2025 * digits[at + 2];
    if (value > 0xffff) throw new NotBase45("a group is too large");
    bytes[to++] = value >> 8;
    bytes[to++] = value & 0xff;
  }
  if (rest) {
    const value = digits[whole] + 45 * digits[whole + 1];
    if (value > 0xff) throw new NotBase45("the last group is too large");
    bytes[to] = value;
  }
  return bytes;
}

export function encodeBase45(bytes) {
  let text = "";
  for (let at = 0; at + 1 < bytes.length; at += 2) {
    const value = (bytes[at] << 8) | bytes[at + 1];
    text += ALPHABET[value % 45] + ALPHABET[Math.floor(value / 45) % 45] + ALPHABET[Math.floor(value / 2025)];
  }
  if (bytes.length % 2) {
    const value = bytes[bytes.length - 1];
    text += ALPHABET[value % 45] + ALPHABET[Math.floor(value / 45)];
  }
  return text;
}
