// Dragging a column of the file onto what it is. The lists to choose from do the same without this.

const form = document.querySelector("[data-mapping]");
const columns = [...form.querySelectorAll("[data-column]")];
const targets = [...form.querySelectorAll("[data-target]")];
const said = form.querySelector("[data-said]");
let picked = null;

form.querySelector("[data-columns]").hidden = false;

function pick(column) {
  picked = column;
  for (const one of columns) one.setAttribute("aria-pressed", String(one === column));
  for (const target of targets) {
    // One takes the other's place, so that nothing on the page moves.
    target.querySelector("[data-drop]").hidden = column === null;
    target.querySelector("select").hidden = column !== null;
  }
  if (column) said.textContent = said.dataset.picked;
}

function drop(target) {
  if (!picked) return;
  const place = picked.dataset.column;
  // A column is one thing only: it leaves where it was.
  for (const one of targets) {
    const select = one.querySelector("select");
    if (select.value === place) select.value = "";
  }
  const select = target.querySelector("select");
  select.value = place;
  pick(null);
  said.textContent = said.dataset.dropped;
  mark();
  select.focus();
}

function mark() {
  const used = new Set(targets.map((target) => target.querySelector("select").value));
  for (const column of columns) column.classList.toggle("column-used", used.has(column.dataset.column));
}

for (const column of columns) {
  column.addEventListener("click", () => pick(picked === column ? null : column));
  column.addEventListener("dragstart", (event) => {
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setData("text/plain", column.dataset.column);
    picked = column;
  });
  column.addEventListener("dragend", () => pick(null));
}

for (const target of targets) {
  target.addEventListener("dragover", (event) => {
    if (!picked) return;
    event.preventDefault();
    target.classList.add("target-over");
  });
  target.addEventListener("dragleave", () => target.classList.remove("target-over"));
  target.addEventListener("drop", (event) => {
    event.preventDefault();
    target.classList.remove("target-over");
    drop(target);
  });
  target.querySelector("[data-drop]").addEventListener("click", () => drop(target));
}

form.addEventListener("change", mark);
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") pick(null);
});
mark();
