// Reads card codes beside the page, so that the camera's picture never stutters.

let ready = null;

async function decode(picture) {
  const found = await ZXingWASM.readBarcodes(picture, {
    formats: ["QRCode"],
    tryHarder: true,
    tryInvert: false,
    maxNumberOfSymbols: 1,
  });
  return found.find((code) => code.isValid)?.text ?? null;
}

addEventListener("message", async (event) => {
  const { reader, wasm, picture, number } = event.data;
  if (reader) {
    importScripts(reader);
    ready = ZXingWASM.prepareZXingModule({
      overrides: { locateFile: () => wasm },
      fireImmediately: true,
    });
    return;
  }
  try {
    await ready;
    postMessage({ number, text: await decode(picture) });
  } catch (error) {
    postMessage({ number, text: null, failed: String(error) });
  }
});
