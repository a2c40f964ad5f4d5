// Keeps the app's own files for the time without network, all of one version or none. It never
// keeps an answer with names. The server writes VERSION, FILES and LETTERS above.

const CACHE = `khbs-terminal-${VERSION}`;
const SHELL = "/terminal/";
const EVERY = new Set(Object.values(FILES).flat());
const SAID_EACH_MS = 200;

addEventListener("install", (event) => event.waitUntil(install()));

async function install() {
  const cache = await caches.open(CACHE);
  const fresh = FILES.alone.map((file) => new Request(file, { cache: "no-cache" }));
  await Promise.all([keepTexts(cache, "first"), cache.addAll(fresh)]);
  // The reader of codes is named by its content: what the version before had is the same.
  for (const file of FILES.named) {
    const same = await caches.match(file);
    if (same) await cache.put(file, same);
  }
}

// Many modules in one answer: a network with half a second of delay is asked once.
async function keepTexts(cache, group) {
  const answer = await fetch(`/terminal/files/${group}.json`, { cache: "no-cache" });
  if (!answer.ok) throw new Error(`answer ${answer.status}`);
  const files = Object.entries(JSON.parse(await read(answer)));
  await Promise.all(files.map(([address, [type, text]]) => cache.put(address, new Response(text, { headers: { "content-type": type } }))));
}

async function read(answer) {
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
  let [text, saidAt] = ["", 0];
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    text += part.value;
    if (Date.now() - saidAt < SAID_EACH_MS) continue;
    saidAt = Date.now();
    await tell({ fetched: Math.min(1, text.length / LETTERS) });
  }
  return text;
}

async function tell(what) {
  for (const client of await clients.matchAll({ type: "window", includeUncontrolled: true })) client.postMessage(what);
}

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
  if (event.data === "fetch the rest") event.waitUntil(fetchRest().catch(() => null));
});

// What reads codes is five times the rest: the app opens without it, and a card's number can be
// typed meanwhile.
async function fetchRest() {
  const cache = await caches.open(CACHE);
  const isHere = async (file) => Boolean(await cache.match(file));
  if (!(await isHere(FILES.rest.at(-1)))) await keepTexts(cache, "rest");
  for (const file of FILES.named) if (!(await isHere(file))) await cache.add(file);
}

// The browser says that there is network again: the page, if there is one, sends its journal.
addEventListener("sync", (event) => {
  event.waitUntil((async () => {
    for (const client of await clients.matchAll({ type: "window" })) client.postMessage("sync");
  })());
});

let opened = null;

async function kept(address, request) {
  opened ??= caches.open(CACHE);
  const found = await (await opened).match(address);
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
  if (EVERY.has(address)) event.respondWith(kept(address, request));
});
