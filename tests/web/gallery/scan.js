// Reads the picture of a code with the vendored decoder, the way the counter page does.
const shown = document.getElementById("read");

try {
  ZXingWASM.prepareZXingModule({ overrides: { locateFile: () => shown.dataset.wasm } });
  const picture = await (await fetch(shown.dataset.picture)).blob();
  const [found] = await ZXingWASM.readBarcodes(picture, { formats: ["QRCode"] });
  shown.textContent = found?.text ?? "nothing";
} catch (error) {
  shown.textContent = `blocked: ${error.name}`;
}
