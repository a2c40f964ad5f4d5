// What may be given without network: pure rules over what the phone holds.

const DAY_END = "T23:59:59+07:00";

export const isRunning = (lease, now) => now < new Date(lease.expires_at).getTime();

export function findFamily(leases, cardId, now) {
  // One that runs before one that is over: the same family may be in both.
  const sorted = [...leases].sort((one, other) => isRunning(other, now) - isRunning(one, now));
  for (const lease of sorted) {
    const family = lease.families.find((one) => one.cards.includes(cardId));
    if (family) return { lease, family, runs: isRunning(lease, now) };
  }
  return null;
}

export function left(right, uses) {
  const used = uses.get(right.entitlement_id) ?? { quantity: 0, rupiah: 0 };
  return { quantity: right.remaining_quantity - used.quantity, rupiah: right.remaining_rupiah - used.rupiah };
}

const isOpen = (benefit, now) => now >= new Date(`${benefit.opens_on}T00:00:00+07:00`).getTime() && now <= new Date(`${benefit.closes_on}${DAY_END}`).getTime();

// The rights of a leased family, each with why it cannot be given now ("" when it can).
export function leasedOffers({ lease, family, runs }, uses, now) {
  const known = new Map(lease.benefits.map((one) => [`${one.cycle_id}:${one.benefit_id}`, one]));
  return family.rights.flatMap((right) => {
    const benefit = known.get(`${right.cycle_id}:${right.benefit_id}`);
    if (!benefit) return [];
    const rest = left(right, uses);
    const isUsed = benefit.kind === "balance" ? rest.rupiah <= 0 : rest.quantity <= 0;
    let why = "";
    if (!runs) why = "lease_over";
    else if (isUsed) why = "used_up";
    else if (!isOpen(benefit, now)) why = now < new Date(`${benefit.opens_on}T00:00:00+07:00`).getTime() ? "not_open" : "closed";
    return [{ ...benefit, ...right, remaining_quantity: rest.quantity, remaining_rupiah: rest.rupiah, lease_id: lease.id, why }];
  });
}

// What one act may be worth: a parcel counts with its rupiah as well as by its number.
function mostOf(policy, benefit) {
  const rupiah = policy.per_act_rupiah_max ?? Infinity;
  const byValue = benefit.unit_rupiah > 0 ? Math.floor(rupiah / benefit.unit_rupiah) : Infinity;
  return { rupiah, quantity: Math.min(policy.per_act_quantity_max ?? 1, byValue) };
}

// What the programme's policy allows for a family that is in no lease. `done` says how many such
// acts of a benefit wait here already, `again` whether this very card has one of them.
export function freeOffers(policies, benefits, done, again, now) {
  const offers = [];
  for (const policy of policies) {
    const benefit = benefits[policy.benefit_id];
    if (!benefit || (benefit.closes_on && !isOpen(benefit, now))) continue;
    const key = `${policy.cycle_id}:${policy.benefit_id}`;
    const made = done.get(key) ?? 0;
    const most = mostOf(policy, benefit);
    const isNothing = benefit.kind === "balance" ? most.rupiah < 1 : most.quantity < 1;
    let why = "";
    if (!policy.is_allowed || isNothing) why = "policy_no";
    else if (again.has(key)) why = "said_here";
    else if (made >= (policy.acts_per_terminal_max ?? Infinity)) why = "policy_full";
    else if (benefit.subject === "person") why = "person_unknown";
    offers.push({ ...benefit, cycle_id: policy.cycle_id, entitlement_id: null, subject_id: null, lease_id: null, remaining_quantity: most.quantity, remaining_rupiah: most.rupiah, made, most: policy.acts_per_terminal_max ?? Infinity, why });
  }
  return offers;
}
