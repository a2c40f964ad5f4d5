// Opens the app: the first time it is fetched whole, in one piece, and what has come is shown; from
// then on it lies on the phone. Where a browser keeps nothing, the app is loaded file by file.

const APP = "/static/scanner/app.js";
const SAID_AFTER_MS = 500;
const QUIET_MS = 45000; // Without a sign for so long, the other way is tried.

const words = {
  id: {
    opening: "Membuka …",
    first: "Mengunduh aplikasi …",
    slow: "Sekali saja. Sesudah ini aplikasi terbuka juga tanpa jaringan.",
    failed: "Aplikasi belum terunduh",
    away: "Jaringan terputus. Coba lagi di tempat yang ada sinyal.",
    again: "Coba lagi",
  },
  en: {
    opening: "Opening …",
    first: "Fetching the app …",
    slow: "Only once. After this it opens without network as well.",
    failed: "The app is not here yet",
    away: "The network broke. Try again where there is a signal.",
    again: "Try again",
  },
};

function chosen() {
  try {
    return words[new URLSearchParams(location.search).get("lang") ?? localStorage.getItem("khbs-terminal-lang")] ?? words.id;
  } catch {
    return words.id;
  }
}

const said = chosen();
const main = document.querySelector("main");
const title = document.createElement("h1");
const more = document.createElement("p");
const bar = document.createElement("progress");
let isShown = false;

// An app that lies here opens without a flash; a slow phone says that it is at it.
function showLater() {
  setTimeout(() => {
    if (!main.isConnected || main.querySelector("h1")) return;
    title.textContent = said.opening;
    bar.setAttribute("aria-label", said.opening);
    main.replaceChildren(title, bar);
  }, SAID_AFTER_MS);
}

function show() {
  if (isShown) return;
  isShown = true;
  title.textContent = said.first;
  more.textContent = said.slow;
  more.className = "lead";
  bar.setAttribute("aria-label", said.first);
  main.replaceChildren(title, bar, more);
}

function failed() {
  show();
  bar.hidden = true;
  title.textContent = said.failed;
  more.textContent = said.away;
  more.setAttribute("role", "alert");
  const again = document.createElement("button");
  Object.assign(again, { type: "button", className: "btn main", textContent: said.again, onclick: () => location.reload() });
  main.append(again);
  addEventListener("online", () => location.reload());
}

// → when the worker has all files and serves this page.
function kept() {
  return new Promise((resolve, reject) => {
    const { serviceWorker } = navigator;
    let late = 0;
    const sign = () => {
      clearTimeout(late);
      late = setTimeout(() => reject(new Error("no sign of it")), QUIET_MS);
    };
    serviceWorker.onmessage = ({ data }) => {
      if (!data?.fetched) return;
      sign();
      bar.value = data.fetched;
    };
    serviceWorker.addEventListener("controllerchange", () => resolve(clearTimeout(late)), { once: true });
    sign();
    serviceWorker.register("/terminal/worker.js", { scope: "/terminal/" }).then(({ installing }) => {
      // One that is there already and does not serve this page was passed by on purpose.
      if (!installing) return resolve(clearTimeout(late));
      return installing.addEventListener("statechange", () => installing.state === "redundant" && reject(new Error("not installed")));
    }, reject);
  });
}

// All at once, where each would else be found only in the one that names it.
function fetchModules() {
  for (const href of document.body.dataset.modules.split(" ")) document.head.append(Object.assign(document.createElement("link"), { rel: "modulepreload", href }));
}

async function open() {
  if (navigator.serviceWorker && !navigator.serviceWorker.controller) {
    show();
    await kept().catch(() => null);
  } else showLater();
  fetchModules();
  await import(APP);
}

open().catch(failed);
