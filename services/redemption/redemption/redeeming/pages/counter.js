// The camera of the counter. Without it, or without script, typing the number does the same.

import { fault, grouped } from "./card_number.js";

const SLOW_MS = 12000;
const PHOTO_MAX = 1800;

const form = document.getElementById("kartu-form");
const field = form.querySelector("#card");
const part = (name) => form.querySelector(`[data-${name}]`);
const video = part("video");
const canvas = document.createElement("canvas");
const context = canvas.getContext("2d", { willReadFrequently: true });

let stream = null;
let worker = null;
let asked = 0;

function say(name) {
  part("said").textContent = name ? form.dataset[`said${name}`] : "";
}

function reader() {
  if (!worker) {
    worker = new Worker(form.dataset.worker);
    const absolute = (path) => new URL(path, location.href).href;
    worker.postMessage({ reader: absolute(form.dataset.reader), wasm: absolute(form.dataset.wasm) });
  }
  return worker;
}

function read(picture) {
  const number = ++asked;
  return new Promise((resolve) => {
    const heard = (event) => {
      if (event.data.number !== number) return;
      reader().removeEventListener("message", heard);
      resolve(event.data.text);
    };
    reader().addEventListener("message", heard);
    reader().postMessage({ number, picture }, [picture.data.buffer]);
  });
}

function use(text) {
  stop();
  say("Found");
  navigator.vibrate?.(80);
  // Not in the field that people see: nobody can read it, and "back" would show it again.
  field.removeAttribute("name");
  const scanned = Object.assign(document.createElement("input"), { type: "hidden", name: "card", value: text });
  form.append(scanned);
  form.submit();
}

// The middle square is what the frame on the screen shows, at the camera's own resolution.
function frame() {
  const side = Math.min(video.videoWidth, video.videoHeight);
  canvas.width = canvas.height = side;
  context.drawImage(video, (video.videoWidth - side) / 2, (video.videoHeight - side) / 2, side, side, 0, 0, side, side);
  return context.getImageData(0, 0, side, side);
}

async function watch() {
  const began = performance.now();
  while (stream) {
    if (video.videoWidth) {
      const text = await read(frame());
      if (text && stream) return use(text);
      if (performance.now() - began > SLOW_MS) say("Slow");
    }
    await new Promise(requestAnimationFrame);
  }
}

async function start() {
  say("");
  part("start").disabled = true;
  try {
    stream = await navigator.mediaDevices.getUserMedia({
      audio: false,
      video: { facingMode: { ideal: "environment" }, width: { ideal: 1280 }, height: { ideal: 720 } },
    });
  } catch (error) {
    part("start").disabled = false;
    say(error.name === "NotAllowedError" ? "Denied" : "None");
    return;
  }
  video.srcObject = stream;
  part("view").hidden = part("stop").hidden = false;
  part("start").hidden = true;
  offerTorch(stream.getVideoTracks()[0]);
  await video.play();
  watch();
}

function stop() {
  for (const track of stream?.getTracks() ?? []) track.stop();
  stream = null;
  video.srcObject = null;
  part("view").hidden = part("stop").hidden = part("torch").hidden = true;
  part("start").hidden = part("start").disabled = false;
}

function offerTorch(track) {
  const torch = part("torch");
  torch.hidden = !track.getCapabilities?.().torch;
  torch.onclick = async () => {
    const on = torch.getAttribute("aria-pressed") !== "true";
    await track.applyConstraints({ advanced: [{ torch: on }] });
    torch.setAttribute("aria-pressed", String(on));
  };
}

async function photo(file) {
  const image = await createImageBitmap(file);
  const scale = Math.min(1, PHOTO_MAX / Math.max(image.width, image.height));
  canvas.width = Math.round(image.width * scale);
  canvas.height = Math.round(image.height * scale);
  context.drawImage(image, 0, 0, canvas.width, canvas.height);
  const text = await read(context.getImageData(0, 0, canvas.width, canvas.height));
  if (text) use(text);
  else say("Nothing");
}

function showFault(name) {
  const error = part("number-error");
  error.hidden = !name;
  error.textContent = name ? form.dataset[`said${name}`] : "";
  part("number-field").classList.toggle("field-bad", Boolean(name));
  field.toggleAttribute("aria-invalid", Boolean(name));
}

form.addEventListener("submit", (event) => {
  const wrong = fault(field.value);
  if (!wrong) return;
  event.preventDefault();
  showFault(wrong === "mistyped" ? "Mistyped" : "Short");
  field.focus();
});
field.addEventListener("input", () => {
  showFault("");
  const atEnd = field.selectionStart === field.value.length;
  if (atEnd) field.value = grouped(field.value).slice(0, 16);
});

part("start").addEventListener("click", start);
part("stop").addEventListener("click", stop);
part("photo").addEventListener("change", (event) => event.target.files[0] && photo(event.target.files[0]).catch(() => say("Nothing")));
addEventListener("pagehide", stop);
addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });

part("scan").hidden = false;
if (!navigator.mediaDevices) part("start").hidden = true;
else if ((await navigator.permissions?.query({ name: "camera" }).catch(() => null))?.state === "granted") start();
