// Giving a benefit. With network the server decides, and an act whose answer was lost keeps its id
// until the answer is known. Without network it becomes a line of the journal.

import * as answers from "./answered.js";
import * as clock from "./clock.js";
import { newId, receiptNumber } from "./ids.js";
import * as journal from "./journal.js";
import { left } from "./rights.js";
import * as server from "./server.js";
import { state } from "./state.js";
import * as vault from "./vault.js";
import { dayKey } from "./words.js";

const ACT_WAIT_MS = 12000;

export const startId = () => newId(clock.now());

const bodyOf = (act) => Object.fromEntries(Object.entries({
  id: act.id,
  card: act.card,
  entitlement_id: act.entitlement_id,
  quantity: act.quantity,
  amount_rupiah: act.amount_rupiah,
  goods_category: act.goods_category,
  companion_id: act.companion_id,
  holder_check: act.holder_check,
  pin: act.pin,
}).filter(([, value]) => value !== null && value !== undefined && value !== ""));

// ---- how much of a lease has been used on this phone, so that it is never given twice

export async function openUses() {
  state.uses = new Map((await vault.all("uses")).map((one) => [one.entitlement_id, one]));
}

function usedAfter(act, sign = 1) {
  const used = state.uses.get(act.entitlement_id) ?? { entitlement_id: act.entitlement_id, quantity: 0, rupiah: 0 };
  return { ...used, lease_id: act.lease_id, quantity: used.quantity + sign * (act.amount_rupiah ? 0 : act.quantity ?? 1), rupiah: used.rupiah + sign * (act.amount_rupiah ?? 0) };
}

const useWrite = async (used) => ["uses", "put", used.entitlement_id, await vault.sealed("uses", used.entitlement_id, used)];

const heldBy = (entitlementId) => state.leases.find((lease) => lease.families.some((family) => family.rights.some((right) => right.entitlement_id === entitlementId)));

export async function forgetUses(leaseId) {
  for (const used of [...state.uses.values()].filter((one) => one.lease_id === leaseId)) {
    state.uses.delete(used.entitlement_id);
    await vault.remove("uses", used.entitlement_id);
  }
}

// Uses of a right that lines say which the server has not counted: what was undone counts no more.
export async function noteUses(leaseId, entitlementId, lines) {
  const used = { entitlement_id: entitlementId, lease_id: leaseId, quantity: 0, rupiah: 0 };
  for (const line of lines) {
    const sign = line.kind === "reversal" ? -1 : 1;
    used.quantity += sign * (line.amount_rupiah ? 0 : line.quantity ?? 1);
    used.rupiah += sign * (line.amount_rupiah ?? 0);
  }
  await vault.together([await useWrite(used)]);
  state.uses.set(entitlementId, used);
}

// ---- without network

// Looks once more, under the journal's lock order, at what is left: two windows are one terminal.
export async function giveOffline(act, shown, cardId) {
  const used = act.lease_id ? usedAfter(act) : null;
  if (used) {
    const rest = left(rightOf(act), state.uses);
    if (act.amount_rupiah ? rest.rupiah < act.amount_rupiah : rest.quantity < (act.quantity ?? 1)) throw new server.Refusal({ code: "used_up" });
  }
  const line = await journal.append({ ...act, kind: "redemption" }, shown, cardId, async () => (used ? [await useWrite(used)] : []));
  if (used) state.uses.set(used.entitlement_id, used);
  state.unsent += 1;
  return { id: act.id, receipt_number: receiptNumber(act.id), at: line.said_at, isOffline: true, isSure: Boolean(act.lease_id), ...shown };
}

function rightOf(act) {
  const lease = state.leases.find((one) => one.id === act.lease_id);
  for (const family of lease?.families ?? []) {
    const right = family.rights.find((one) => one.entitlement_id === act.entitlement_id);
    if (right) return right;
  }
  throw new server.Refusal({ code: "used_up" });
}

// ---- with network

// Kept before it is sent: whatever happens then, it is asked about under the same id.
export async function giveOnline(act, shown, cardId) {
  const pending = { act, shown, cardId, begun_at: new Date(clock.now()).toISOString(), operator_id: state.operator.operator_id, handed: false };
  await vault.put("pending", act.id, pending);
  state.pending = await vault.all("pending");
  return askAgain(pending);
}

// The receipt; throws Away while the answer is not known, Refusal when it is no.
export async function askAgain(pending, token = state.operator?.token ?? "") {
  const { act, shown } = pending;
  let receipt;
  try {
    receipt = await server.post("/v1/redemptions", bodyOf(act), { operator: token, wait: ACT_WAIT_MS });
  } catch (error) {
    if (error instanceof server.Refusal) await answered(pending, { ...shown, id: act.id, at: pending.begun_at, refusal: error.problem, handed: pending.handed });
    throw error;
  }
  return answered(pending, { ...shown, id: act.id, receipt_number: receipt.receipt_number, at: receipt.redeemed_at, remaining_quantity: receipt.remaining_quantity, remaining_rupiah: receipt.remaining_rupiah, amount_rupiah: receipt.amount_rupiah, isOffline: false, isSure: true, operator_id: pending.operator_id });
}

async function answered({ act, cardId }, told) {
  const writes = [["pending", "delete", act.id]];
  // A refusal of something that was not handed over left nothing to remember.
  if (!told.refusal || told.handed) writes.push(["acts", "put", act.id, await vault.sealed("acts", act.id, { act: { ...act, pin: undefined }, ...told }, { day: dayKey(told.at), state: told.refusal ? "refused" : "accepted" })]);
  if (!told.refusal) writes.push(await answers.writeOf({ ...act, kind: "redemption" }, told, cardId ?? "", told.at));
  const lease = !told.refusal && heldBy(act.entitlement_id);
  const used = lease && usedAfter({ ...act, lease_id: lease.id });
  if (used) writes.push(await useWrite(used));
  await vault.together(writes);
  if (used) state.uses.set(used.entitlement_id, used);
  state.pending = await vault.all("pending");
  return told;
}

// The goods are in the family's hands although the answer is not known yet.
export async function noteHanded(pending) {
  const next = { ...pending, handed: true };
  await vault.put("pending", pending.act.id, next);
  state.pending = await vault.all("pending");
  return next;
}

export async function pendingOf(id) {
  return vault.get("pending", id);
}

// ---- undoing

export async function undoOnline(id, reason, act, shown) {
  const undoing = reversalOf(act, id, reason);
  const told = await server.post(`/v1/redemptions/${id}/reversals`, { id: undoing.id, reason }, { operator: state.operator.token });
  await vault.together([await answers.writeOf(undoing, { ...shown, undoes: id }, "", told.reversed_at)]);
  const known = await vault.get("acts", id);
  if (known) await vault.put("acts", id, { ...known, reversed_at: told.reversed_at, reversal_reason: reason }, { day: dayKey(known.at), state: "accepted" });
  else await vault.put("things", `undone:${id}`, { reversed_at: told.reversed_at });
  await giveBack(act);
}

// A line that the server had accepted and that was undone there, by another person.
export const wasUndone = (id) => vault.get("things", `undone:${id}`);

export async function undoOffline(line, reason, cardId) {
  const told = JSON.parse(line.text);
  const act = { ...reversalOf(told, told.id, reason), lease_id: told.lease_id };
  const used = act.lease_id ? usedAfter(act, -1) : null;
  await journal.append(act, { ...line.shown, undoes: told.id }, cardId, async () => (used ? [await useWrite(used)] : []));
  if (used) state.uses.set(used.entitlement_id, used);
  state.unsent += 1;
}

function reversalOf({ entitlement_id, cycle_id, benefit_id, subject_id, card, quantity, amount_rupiah, goods_category, holder_check }, id, reason) {
  // A PIN was compared when it was given, not now.
  const looked = holder_check === "pin_right" ? "name_compared" : holder_check;
  return { id: startId(), kind: "reversal", card, entitlement_id, cycle_id, benefit_id, subject_id, quantity, amount_rupiah, goods_category, holder_check: looked, operator: state.operator.operator_id, verdict: "valid", redemption_id: id, reason };
}

async function giveBack(act) {
  if (!heldBy(act.entitlement_id)) return;
  const used = usedAfter(act, -1);
  await vault.together([await useWrite(used)]);
  state.uses.set(used.entitlement_id, used);
}
