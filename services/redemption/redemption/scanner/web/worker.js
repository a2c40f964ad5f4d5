// Keeps the app's own files for the time without network, all of one version or none. It never
// keeps an answer with names. VERSION and FILES are written above by the server.

const CACHE = `khbs-terminal-${VERSION}`;
const SHELL = "/terminal/";

addEventListener("install", (event) => {
  event.waitUntil((async () => {
    const cache = await caches.open(CACHE);
    await cache.addAll(FILES.map((file) => new Request(file, { cache: "no-cache" })));
  })());
});

addEventListener("activate", (event) => {
  event.waitUntil((async () => {
    for (const name of await caches.keys()) {
      if (name.startsWith("khbs-terminal-") && name !== CACHE) await caches.delete(name);
    }
    await clients.claim();
  })());
});

addEventListener("message", (event) => {
  if (event.data === "take over") skipWaiting();
});

// The browser says that there is network again: the page, if there is one, sends its journal.
addEventListener("sync", (event) => {
  event.waitUntil((async () => {
    for (const client of await clients.matchAll({ type: "window" })) client.postMessage("sync");
  })());
});

async function kept(address, request) {
  const found = await (await caches.open(CACHE)).match(address);
  return found ?? fetch(request);
}

addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== location.origin) return;
  if (request.mode === "navigate") {
    if (url.pathname === SHELL) event.respondWith(kept(SHELL, request));
    return;
  }
  const address = url.pathname + url.search;
  if (FILES.includes(address)) event.respondWith(kept(address, request));
});
