// A run's page: it comes anew while the worker works, and sends many answers of the bank, each in a
// request of its own. Without script one answer is sent at a time, and the page has a link.

const LOOK_EVERY_MS = 4000;
if (document.querySelector("[data-under-work]")) {
  setTimeout(() => location.reload(), LOOK_EVERY_MS);
}

const form = document.querySelector("form[data-many-files]");
const input = form?.querySelector("input[type=file]");
if (input) {
  input.multiple = true;
  // The zone itself names one file; it hears the same event, before this.
  document.addEventListener("change", () => {
    const names = [...input.files].map((file) => file.name);
    if (names.length > 1) form.querySelector("[data-file-name]").textContent = names.join(", ");
  });
}

// UUIDv7, as everywhere: the time first, then chance.
function newId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  let time = Date.now();
  for (let place = 5; place >= 0; place -= 1) {
    bytes[place] = time % 256;
    time = Math.floor(time / 256);
  }
  bytes[6] = 0x70 | (bytes[6] & 0x0f);
  bytes[8] = 0x80 | (bytes[8] & 0x3f);
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

async function send(file) {
  const body = new FormData(form);
  body.set("id", newId());
  body.set("file", file);
  const answer = await fetch(form.action, {
    method: "POST", body, headers: { accept: "application/json" },
  });
  if (answer.ok) return (await answer.json()).is_new ? form.dataset.taken : form.dataset.known;
  const isProblem = answer.headers.get("content-type")?.includes("problem+json");
  const why = isProblem ? (await answer.json()).title : "";
  return `${form.dataset.refused}${why ? `: ${why}` : ""}`;
}

async function sendAll(files) {
  const list = form.querySelector("[data-progress]");
  list.replaceChildren();
  for (const file of files) {
    const item = list.appendChild(document.createElement("li"));
    item.textContent = `${file.name} …`;
    const outcome = await send(file).catch(() => form.dataset.refused);
    item.textContent = `${file.name}: ${outcome}`;
  }
  const end = list.appendChild(document.createElement("li")).appendChild(document.createElement("a"));
  end.href = location.pathname;
  end.textContent = form.dataset.done;
  delete form.dataset.sent;
}

form?.addEventListener("submit", (event) => {
  if (input.files.length < 2) return;
  event.preventDefault();
  sendAll([...input.files]);
});
