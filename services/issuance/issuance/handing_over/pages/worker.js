// Keeps the app's own files for the time without network. It never keeps an answer with names:
// those lie encrypted in the app's own store. VERSION and FILES are written above by the server.

const CACHE = `khbs-handovers-${VERSION}`;
const SHELL = "/handovers/app";

addEventListener("install", (event) => {
  event.waitUntil((async () => {
    const cache = await caches.open(CACHE);
    await cache.addAll(FILES.map((file) => new Request(file, { cache: "no-cache" })));
    await skipWaiting();
  })());
});

addEventListener("activate", (event) => {
  event.waitUntil((async () => {
    for (const name of await caches.keys()) {
      if (name.startsWith("khbs-handovers-") && name !== CACHE) await caches.delete(name);
    }
    await clients.claim();
  })());
});

async function kept(request) {
  const found = await (await caches.open(CACHE)).match(request);
  return found ?? fetch(request);
}

async function shell(request, url) {
  const lang = url.searchParams.get("lang");
  if (!lang) {
    try {
      return await fetch(request);
    } catch {
      return kept(`${SHELL}?lang=id`);
    }
  }
  return kept(`${SHELL}?lang=${lang === "en" ? "en" : "id"}`);
}

addEventListener("fetch", (event) => {
  const url = new URL(event.request.url);
  if (event.request.method !== "GET" || url.origin !== location.origin) return;
  if (event.request.mode === "navigate") {
    if (url.pathname === SHELL) event.respondWith(shell(event.request, url));
    return;
  }
  if (FILES.includes(url.pathname + url.search)) event.respondWith(kept(event.request));
});
