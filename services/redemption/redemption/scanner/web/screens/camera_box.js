// The camera's picture with a frame, its light, and a photo where the camera cannot be had.

import { newCamera } from "../cards.js";
import { button, el } from "../dom.js";
import { t } from "../words.js";

let running = null;

export function stopCamera() {
  running?.stop();
  running = null;
}

export function cameraBox(found) {
  stopCamera();
  const video = el("video", { playsinline: true, muted: true, "aria-label": t("camera_picture") });
  const view = el("div", { class: "view" }, video, el("span", { class: "frame", "aria-hidden": "true" }));
  const said = el("p", { class: "said", role: "status" }, t("camera_starting"));
  const light = button(t("torch"), async () => {
    const on = light.getAttribute("aria-pressed") !== "true";
    if (await camera.light(on)) light.setAttribute("aria-pressed", String(on));
  }, "plain small", { "aria-pressed": "false", hidden: true });
  const take = (text) => {
    stopCamera();
    found(text);
  };
  let watchedFrom = 0;
  const seen = (text) => {
    performance.measure("khbs-read", { start: watchedFrom });
    take(text);
  };
  const camera = newCamera(video, seen, (now) => {
    if (now === "stopped") return;
    if (now === "watching") watchedFrom = performance.now();
    said.textContent = t(`camera_${now}`);
    view.hidden = now === "denied" || now === "none";
    light.hidden = !camera.hasLight;
  });
  const photo = el("label", { class: "btn plain small" }, t("photo"), el("input", { type: "file", accept: "image/*", capture: "environment", class: "unseen", onchange: async (event) => {
    const [file] = event.target.files;
    if (!file) return;
    said.textContent = t("photo_reading");
    const text = await camera.readPhoto(file).catch(() => null);
    if (text) take(text);
    else said.textContent = t("photo_nothing");
  } }));
  running = camera;
  camera.start();
  return el("div", { class: "camera" }, view, said, el("div", { class: "row" }, light, photo));
}
