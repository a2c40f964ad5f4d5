// Six digits, twice. Nothing of them is shown, kept, or put anywhere but into the form at the end.

const CLEAR_AFTER_MS = 60_000;
const LENGTH = 6;

const form = document.getElementById("pad");
const heading = document.getElementById("pad-heading");
const error = document.getElementById("pad-error");
const plain = form.querySelector(".pad-plain");
const part = form.querySelector(".pad-keys-part");
const keys = part.querySelector(".pad-keys");
const dots = part.querySelector(".pad-dots");

let typed = "";
let chosen = "";
let timer = 0;

function shuffle() {
  const digits = [...keys.querySelectorAll("[data-digit]")];
  const order = crypto.getRandomValues(new Uint32Array(digits.length));
  const places = digits.map((_, at) => at).sort((a, b) => order[a] - order[b]);
  for (const at of places) keys.append(digits[at]);
  // Ten digits on three columns: the last one stands between the two keys with words.
  keys.append(keys.querySelector("[data-clear]"));
  keys.insertBefore(keys.querySelector("[data-back]"), keys.children[keys.children.length - 2]);
}

function show() {
  [...dots.querySelectorAll("span")].forEach((dot, at) => dot.classList.toggle("is-full", at < typed.length));
  dots.querySelector("b").textContent = dots.dataset.words.replace("#", typed.length);
}

function begin(words) {
  typed = "";
  chosen = "";
  heading.textContent = heading.dataset.first;
  if (words !== undefined) error.textContent = words;
  shuffle();
  show();
}

function wait() {
  clearTimeout(timer);
  timer = setTimeout(() => begin(heading.dataset.cleared), CLEAR_AFTER_MS);
}

function complete() {
  if (!chosen) {
    chosen = typed;
    typed = "";
    heading.textContent = heading.dataset.again;
    error.textContent = "";
    shuffle();
    show();
    return;
  }
  if (typed !== chosen) {
    begin(heading.dataset.differ);
    return;
  }
  clearTimeout(timer);
  form.elements.pin.value = chosen;
  form.elements.again.value = typed;
  typed = chosen = "";
  form.submit();
  form.reset();
}

function add(digit) {
  if (typed.length >= LENGTH) return;
  typed += digit;
  show();
  wait();
  if (typed.length === LENGTH) setTimeout(complete, 150);
}

function remove() {
  typed = typed.slice(0, -1);
  show();
  wait();
}

plain.hidden = true;
part.hidden = false;
for (const box of plain.querySelectorAll("input")) {
  box.required = false;
  box.removeAttribute("pattern");
}
begin();

keys.addEventListener("click", (event) => {
  const key = event.target.closest("button");
  if (!key) return;
  if (key.dataset.digit) add(key.dataset.digit);
  else if ("back" in key.dataset) remove();
  else begin("");
  // No ring of focus stays where a finger was.
  key.blur();
});

// Digits of a separate key pad are taken; they are echoed as dots only.
document.addEventListener("keydown", (event) => {
  if (event.altKey || event.ctrlKey || event.metaKey) return;
  if (/^[0-9]$/.test(event.key)) add(event.key);
  else if (event.key === "Backspace") remove();
  else if (event.key === "Escape") begin("");
  else return;
  event.preventDefault();
});

// Coming back by the browser's history finds nothing.
addEventListener("pageshow", () => begin());
addEventListener("pagehide", () => { typed = chosen = ""; form.reset(); });
