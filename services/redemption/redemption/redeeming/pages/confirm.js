// Sends the redemption, and sends the very same one again when the network failed in between.

const TIMEOUT_MS = 12000;
const PUT_RIGHT = new Set([
  "pin_needed", "pin_wrong", "pin_locked", "pin_paused", "pin_not_set", "amount_needed",
  "insufficient_entitlement", "goods_category_needed", "goods_not_allowed",
]);

// The PIN is no way for this card now: the name, the photo still are.
const NO_PIN = new Set(["pin_locked", "pin_paused", "pin_not_set"]);

const form = document.getElementById("serahkan");
const part = (name) => form.querySelector(`[data-${name}]`);
let pending = null;

function body(button) {
  const fields = new FormData(form);
  const whole = (name) => (fields.get(name) ? Number(fields.get(name)) : undefined);
  return JSON.stringify({
    id: fields.get("id"),
    card: fields.get("card"),
    entitlement_id: fields.get("entitlement_id"),
    quantity: whole("quantity"),
    amount_rupiah: whole("amount_rupiah"),
    holder_check: button.value,
    goods_category: fields.get("goods_category") || undefined,
    pin: button.value === "pin_right" ? fields.get("pin") || undefined : undefined,
  });
}

function show({ unsure = false, refused = false, busy = false, again = false }) {
  part("unsure").hidden = !unsure;
  part("refused").hidden = !refused;
  part("decide").hidden = unsure || (refused && !again);
  for (const button of form.querySelectorAll("button")) button.disabled = busy;
  part("said").textContent = busy ? form.dataset.saidSending : "";
  if (refused) part("refused").focus();
  if (unsure) part("again").focus();
}

function dropPin() {
  part("pin-panel")?.remove();
  form.querySelector("button[value=pin_right]")?.remove();
  form.querySelector("button[value=name_compared]").classList.replace("btn-outline-secondary", "btn-primary");
}

async function send() {
  show({ busy: true });
  let answer;
  try {
    answer = await fetch(form.dataset.api, {
      method: "POST",
      body: pending,
      headers: {
        "content-type": "application/json",
        "x-csrf-token": form.elements.csrf_token.value,
      },
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
  } catch {
    return show({ unsure: true });
  }
  if (answer.status === 201) {
    const receipt = await answer.json().catch(() => null);
    if (receipt) return location.replace(form.dataset.receipts + receipt.id);
  }
  // Whether it was written is not known: the same id asks again and is counted once.
  if (answer.status >= 500 || answer.status === 201) return show({ unsure: true });
  const problem = await answer.json().catch(() => ({}));
  part("refused-title").textContent = problem.title ?? "";
  part("refused-detail").textContent = problem.detail ?? "";
  if (NO_PIN.has(problem.code)) dropPin();
  else if (form.elements.pin) form.elements.pin.value = "";
  // A wrong PIN or a missing amount is put right on this page, for the same act.
  show({ refused: true, again: PUT_RIGHT.has(problem.code) });
}

form.addEventListener("submit", (event) => {
  // Whoever collects for somebody is noted by the form itself.
  if (!event.submitter?.value || form.elements.companion_name?.value) return;
  event.preventDefault();
  pending = body(event.submitter);
  send();
});
part("again").addEventListener("click", send);
