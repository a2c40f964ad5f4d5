// The shell's behaviour. Every page also works without it; nothing here is evaluated from text.

const token = document.querySelector('meta[name="csrf-token"]')?.content ?? "";
const live = document.getElementById("pesan");

function say(text) {
  if (live) live.textContent = text ?? "";
}

// htmx 4 inherits nothing by itself, so the token is added to each of its requests here.
document.addEventListener("htmx:config:request", (event) => {
  const request = event.detail.ctx.request;
  const target = new URL(request.action, document.baseURI);
  if (token && target.origin === location.origin) request.headers["X-CSRF-Token"] = token;
});

document.addEventListener("htmx:response:error", (event) => {
  const status = event.detail.ctx.response.status;
  if (status === 401) location.reload();
  else if (status === 403 || status === 404 || status === 429 || status >= 500) say(live?.dataset.refused);
});

document.addEventListener("htmx:error", () => say(live?.dataset.offline));
document.addEventListener("htmx:before:request", () => say(""));

// A part of a page that was refused brings its own summary: it is read out first.
document.addEventListener("htmx:after:swap", () => focusSummary());

function focusSummary() {
  document.querySelector("[data-error-summary]")?.focus();
}

// Leads from a line of the summary to its field, also inside a group of choices.
document.addEventListener("click", (event) => {
  const link = event.target.closest("[data-error-summary] a");
  if (!link) return;
  const field = document.getElementById(decodeURIComponent(link.hash.slice(1)));
  if (!field) return;
  event.preventDefault();
  field.scrollIntoView({ block: "center" });
  field.focus({ preventScroll: true });
});

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-print]")) window.print();
});

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  try {
    await navigator.clipboard.writeText(button.dataset.copy);
    say(live?.dataset.copied);
  } catch {
    // Without permission the text is still there to be selected.
    getSelection()?.selectAllChildren(button.previousElementSibling ?? button);
  }
});

// A button with data-confirm asks first, in a dialog of the page rather than of the browser.
const dialog = document.getElementById("konfirmasi");

function ask(question) {
  dialog.querySelector("[data-confirm-text]").textContent = question;
  dialog.returnValue = "no";
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes"), { once: true });
  });
}

document.addEventListener("submit", async (event) => {
  const button = event.submitter;
  if (!dialog || !button?.dataset.confirm || button.dataset.confirmed) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  if (!(await ask(button.dataset.confirm))) return;
  button.dataset.confirmed = "yes";
  event.target.requestSubmit(button);
  delete button.dataset.confirmed;
}, true);

document.addEventListener("htmx:confirm", async (event) => {
  const { ctx, issueRequest, dropRequest } = event.detail;
  if (!dialog || !ctx.confirm) return;
  event.preventDefault();
  if (await ask(ctx.confirm)) issueRequest();
  else dropRequest();
});

// The same form is not sent twice by an impatient finger; the server is idempotent all the same.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || form.method !== "post") return;
  if (form.dataset.sent) {
    event.preventDefault();
    return;
  }
  form.dataset.sent = "yes";
});
addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
});

function namedSize(file) {
  const kilobytes = Math.max(1, Math.round(file.size / 1024));
  const shown = new Intl.NumberFormat(document.documentElement.lang).format(kilobytes);
  return `${file.name} (${shown} KB)`;
}

function showName(zone) {
  const file = zone.querySelector('input[type="file"]')?.files[0];
  zone.querySelector("[data-file-name]").textContent = file ? namedSize(file) : "";
}

document.addEventListener("change", (event) => {
  const zone = event.target.closest("[data-drop-zone]");
  if (zone) showName(zone);
});

for (const name of ["dragover", "dragleave", "drop"]) {
  document.addEventListener(name, (event) => {
    const zone = event.target.closest?.("[data-drop-zone]");
    if (!zone) return;
    event.preventDefault();
    zone.classList.toggle("is-over", name === "dragover");
    if (name !== "drop" || !event.dataTransfer?.files.length) return;
    zone.querySelector('input[type="file"]').files = event.dataTransfer.files;
    showName(zone);
  });
}

// An open card of the header or the menu closes with Escape or a click beside it.
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const open = document.querySelector("details.person[open], details.menu-fold[open]");
  if (!open) return;
  open.open = false;
  open.querySelector("summary").focus();
});
document.addEventListener("click", (event) => {
  const person = document.querySelector("details.person[open]");
  if (person && !person.contains(event.target)) person.open = false;
});

focusSummary();
