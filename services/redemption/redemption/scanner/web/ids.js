// Ids, hashes and numbers that people read out, the same as the server makes them.

const ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const RECEIPT_SYMBOLS = 10;

export const hex = (bytes) => [...new Uint8Array(bytes)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
export const base64 = (bytes) => btoa(String.fromCharCode(...new Uint8Array(bytes)));
export const utf8 = (text) => new TextEncoder().encode(text);

export async function sha256(text) {
  return hex(await crypto.subtle.digest("SHA-256", utf8(text)));
}

// RFC 9562 section 5.7: 48 bits of milliseconds, then chance.
export function newId(at) {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  let rest = Math.floor(at);
  for (let place = 5; place >= 0; place -= 1) {
    bytes[place] = rest % 256;
    rest = Math.floor(rest / 256);
  }
  bytes[6] = 0x70 | (bytes[6] & 0x0f);
  bytes[8] = 0x80 | (bytes[8] & 0x3f);
  const text = hex(bytes);
  return [text.slice(0, 8), text.slice(8, 12), text.slice(12, 16), text.slice(16, 20), text.slice(20)].join("-");
}

// The id's last 50 bits: what the server writes on the receipt of the same act.
export function receiptNumber(id) {
  let rest = BigInt(`0x${id.replaceAll("-", "")}`);
  let text = "";
  for (let n = 0; n < RECEIPT_SYMBOLS; n += 1) {
    text = ALPHABET[Number(rest % 32n)] + text;
    rest /= 32n;
  }
  return `${text.slice(0, 5)}-${text.slice(5)}`;
}
