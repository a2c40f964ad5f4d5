// A worker that reads codes beside the page, so that the camera's picture never stutters. A classic
// one, because zxing's file is a classic script: decoding.js starts it and speaks with it.
// Without WebAssembly, or when it fails, a decoder in plain JavaScript does the same, slower.

const WASM_WITHIN_MS = 10000;

let addresses = null;
let decoder = null;

function start() {
  if (typeof WebAssembly !== "object") return plain();
  return within(WASM_WITHIN_MS, fast()).catch(plain);
}

async function fast() {
  importScripts(addresses.reader);
  await ZXingWASM.prepareZXingModule({ overrides: { locateFile: () => addresses.wasm }, fireImmediately: true });
  const options = { formats: ["QRCode"], tryHarder: true, tryInvert: false, maxNumberOfSymbols: 1 };
  const decode = async (picture) => {
    const found = await ZXingWASM.readBarcodes(picture, options);
    return found.find((code) => code.isValid)?.text ?? null;
  };
  return { by: "zxing", decode };
}

async function plain() {
  const { default: decodeQR } = await import(addresses.plain);
  const decode = (picture) => {
    try {
      return decodeQR(picture);
    } catch {
      return null; // It throws when there is no code.
    }
  };
  return { by: "qr", decode };
}

function within(milliseconds, promise) {
  const late = new Promise((_, reject) => setTimeout(() => reject(new Error("too slow")), milliseconds));
  return Promise.race([promise, late]);
}

async function read(picture) {
  const chosen = await decoder;
  try {
    return { by: chosen.by, text: await chosen.decode(picture) };
  } catch (error) {
    if (chosen.by === "qr") throw error;
    decoder = plain(); // Out of memory, say: from now on without it.
    return read(picture);
  }
}

addEventListener("message", async ({ data }) => {
  if (data.addresses) {
    addresses = data.addresses;
    decoder = start();
    decoder.then(({ by }) => postMessage({ ready: by }), (error) => postMessage({ failed: String(error) }));
    return;
  }
  try {
    postMessage({ number: data.number, ...(await read(data.picture)) });
  } catch (error) {
    postMessage({ number: data.number, text: null, failed: String(error) });
  }
});
