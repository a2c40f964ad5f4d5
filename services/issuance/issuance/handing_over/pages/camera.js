// Finds the family of a card by its code. The phone knows cards by a hash of the code's text, so
// what it keeps would not make a card.

import { sha256 } from "./journal.js";

export async function scan(video, texts, found) {
  const stream = await navigator.mediaDevices.getUserMedia({ audio: false, video: { facingMode: { ideal: "environment" }, width: { ideal: 1280 }, height: { ideal: 720 } } });
  const worker = new Worker("/handovers/scanner.js");
  const absolute = (path) => new URL(path, location.href).href;
  worker.postMessage({ reader: absolute(texts.reader), wasm: absolute(texts.wasm) });
  const canvas = document.createElement("canvas");
  const context = canvas.getContext("2d", { willReadFrequently: true });
  let running = true;
  const stop = () => {
    running = false;
    worker.terminate();
    for (const track of stream.getTracks()) track.stop();
    video.srcObject = null;
  };
  video.srcObject = stream;
  await video.play();
  const look = () => {
    if (!running) return;
    const side = Math.min(video.videoWidth, video.videoHeight);
    if (!side) return void requestAnimationFrame(look);
    canvas.width = canvas.height = side;
    context.drawImage(video, (video.videoWidth - side) / 2, (video.videoHeight - side) / 2, side, side, 0, 0, side, side);
    const picture = context.getImageData(0, 0, side, side);
    worker.postMessage({ number: 1, picture }, [picture.data.buffer]);
  };
  worker.addEventListener("message", async (event) => {
    if (event.data.text && running) found(await sha256(event.data.text));
    requestAnimationFrame(look);
  });
  look();
  return stop;
}
