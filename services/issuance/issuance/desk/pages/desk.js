// The desk by keyboard: a letter or digit does what is written beside it. Everything also works
// without this file: by Tab, Enter and the browser's own access keys.

const WRITTEN_IN = "input:not([type=radio], [type=checkbox]), select, textarea, dialog";

function isWriting(target) {
  return target.closest?.(WRITTEN_IN) || document.querySelector("dialog[open]");
}

function doAct(found) {
  if (found.matches("summary")) {
    const act = found.parentElement;
    act.open = !act.open;
    if (act.open) act.querySelector("form :is(input:not([type=hidden]), button)")?.focus();
    else document.querySelector("[autofocus]")?.focus();
  } else if (found.matches("input[type=radio]")) {
    found.checked = true;
    found.dispatchEvent(new Event("change", { bubbles: true }));
  } else {
    found.click();
  }
}

// A reader types a whole code within a blink. Its letters are no commands: they are collected and
// looked up, whichever family is on the screen. A hand leaves more time between two keys.
const BLINK_MS = 45;
let burst = "";
let lastKey = 0;
let waiting = 0;

function lookUp(text) {
  const scan = document.getElementById("scan");
  const box = document.getElementById("q");
  if (scan) {
    scan.elements.q.value = text;
    scan.requestSubmit();
  } else if (box) {
    box.value = text;
    box.form.requestSubmit();
  }
}

document.addEventListener("keydown", (event) => {
  if (event.altKey || event.ctrlKey || event.metaKey || isWriting(event.target)) return;
  // When the key was pressed: a page that is busy hears of it later.
  const now = event.timeStamp;
  const isBurst = now - lastKey < BLINK_MS;
  lastKey = now;
  if (event.key === "Enter" && isBurst && burst.length > 1) {
    event.preventDefault();
    event.stopImmediatePropagation();
    const text = burst;
    burst = "";
    lookUp(text);
    return;
  }
  if (event.key.length !== 1) {
    burst = "";
    if (event.key === "Escape") closeActs();
    return;
  }
  clearTimeout(waiting);
  burst = isBurst ? burst + event.key : event.key;
  if (isBurst) {
    event.preventDefault();
    return;
  }
  if (!/^[a-z0-9]$/i.test(event.key)) return;
  const found = document.querySelector(`main [data-key="${event.key.toLowerCase()}"]`);
  if (!found) return;
  event.preventDefault();
  waiting = setTimeout(() => doAct(found), BLINK_MS);
}, true);

function closeActs() {
  for (const act of document.querySelectorAll("details.act[open]")) act.open = false;
  document.querySelector("[autofocus]")?.focus();
}

// Arrows go through the families that were found.
document.addEventListener("keydown", (event) => {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!step || !event.target.matches?.("a.found, [data-first]")) return;
  const families = [...document.querySelectorAll("a.found")];
  const next = families[families.indexOf(event.target) + step];
  if (!next) return;
  event.preventDefault();
  next.focus();
});

// Only what is asked of this taker is shown; without script all of it is there.
function showTaker(form) {
  const taker = form.querySelector("input[name=collector]:checked")?.value;
  for (const part of form.querySelectorAll("[data-for]")) {
    part.hidden = !part.dataset.for.split(" ").includes(taker);
  }
}
for (const form of document.querySelectorAll("[data-hand-over]")) {
  showTaker(form);
  form.addEventListener("change", (event) => {
    if (event.target.name !== "collector") return;
    showTaker(form);
    const first = form.querySelector("[data-for]:not([hidden]) :is(input, select)");
    (first ?? form.querySelector("input[name=document]")).focus();
  });
}

// Enter on a choice sends its form, also where the browser would not.
document.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || !event.target.matches?.(".act-form input[type=radio]")) return;
  event.preventDefault();
  event.target.form.requestSubmit();
});

// A reader that types what it scans leaves the cursor in the box, wherever it was before.
const box = document.getElementById("q");
if (box && !document.querySelector("main [autofocus], [data-error-summary]")) box.focus();

// The state changes by itself within seconds; nobody has begun to fill in anything meanwhile.
const changing = document.querySelector("[data-look-again]");
if (changing) {
  const again = Number(changing.dataset.lookAgain) * 1000;
  setInterval(() => {
    if (!document.querySelector("details.act[open], dialog[open]") && !document.hidden) {
      location.replace(location.pathname);
    }
  }, again);
}
