// The camera's picture with a frame, its light, and a photo where the camera cannot be had.

import { readPhoto, watchCamera } from "../cards.js";
import { button, el } from "../dom.js";
import { t } from "../words.js";

let running = null;

export function stopCamera() {
  running?.stop();
  running = null;
}

export function cameraBox(found) {
  const video = el("video", { playsinline: true, muted: true, "aria-label": t("camera_picture") });
  const said = el("p", { class: "said", role: "status" }, t("camera_starting"));
  const torch = button(t("torch"), async () => {
    const on = torch.getAttribute("aria-pressed") !== "true";
    await running?.torch(on);
    torch.setAttribute("aria-pressed", String(on));
  }, "plain small", { "aria-pressed": "false", hidden: true });
  const photo = el("label", { class: "btn plain small" }, t("photo"), el("input", { type: "file", accept: "image/*", capture: "environment", class: "unseen", onchange: async (event) => {
    const [file] = event.target.files;
    if (!file) return;
    said.textContent = t("photo_reading");
    const text = await readPhoto(file).catch(() => null);
    if (text) found(text);
    else said.textContent = t("photo_nothing");
  } }));
  const box = el("div", { class: "camera" }, el("div", { class: "view" }, video, el("span", { class: "frame", "aria-hidden": "true" })), said, el("div", { class: "row" }, torch, photo));
  start(video, said, torch, box, found);
  return box;
}

async function start(video, said, torch, box, found) {
  stopCamera();
  try {
    const camera = await watchCamera(video, (text) => {
      stopCamera();
      found(text);
    }, () => { said.textContent = t("camera_slow"); });
    if (!box.isConnected) return void camera.stop();
    running = camera;
    said.textContent = t("camera_ready");
    torch.hidden = !camera.hasTorch;
  } catch (error) {
    box.querySelector(".view").hidden = true;
    said.textContent = error?.name === "NotAllowedError" ? t("camera_denied") : t("camera_none");
  }
}
