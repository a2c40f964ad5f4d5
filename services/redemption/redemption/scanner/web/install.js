// The app on the first screen, its service worker, and a newer version of itself.

import { changed, state } from "./state.js";
import { config } from "./words.js";

const LOOK_EACH_MS = 3600000;

let registration = null;
let lookedAt = 0;
let offered = null;
let waiting = null;

addEventListener("beforeinstallprompt", (event) => {
  event.preventDefault();
  offered = event;
});

export const canInstall = () => Boolean(offered);

export async function install() {
  await offered?.prompt();
  offered = null;
}

// A newer version waits until somebody says so: never in the middle of a family.
export async function startWorker() {
  registration = await navigator.serviceWorker?.register("/terminal/worker.js", { scope: "/terminal/" }).catch(() => null);
  if (!registration) return;
  const ready = (worker) => {
    if (!worker || !navigator.serviceWorker.controller) return;
    waiting = worker;
    state.update = true;
    changed();
  };
  ready(registration.waiting);
  fetchRest();
  registration.addEventListener("updatefound", () => {
    const coming = registration.installing;
    coming?.addEventListener("statechange", () => coming.state === "installed" && ready(coming));
  });
}

// The large file that reads codes comes after the app; a download that broke off begins again.
function fetchRest() {
  registration.active?.postMessage("fetch the rest");
}

// Whether all that is needed without network lies here.
export async function isWhole() {
  const { wasm, reader } = config.decoder;
  const found = await Promise.all([wasm, reader].map((address) => globalThis.caches?.match(address)));
  return found.every(Boolean);
}

// An app that stays open for weeks would else never hear of a newer one.
export function lookForUpdate() {
  if (registration) fetchRest();
  if (!registration || performance.now() - lookedAt < LOOK_EACH_MS) return;
  lookedAt = performance.now();
  registration.update().catch(() => null);
}

export function applyUpdate() {
  navigator.serviceWorker.addEventListener("controllerchange", () => location.reload(), { once: true });
  waiting?.postMessage("take over");
}
