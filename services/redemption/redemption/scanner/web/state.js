// What the app knows while it runs, and the two things that every screen needs: to be drawn again
// and to go elsewhere.

export const state = {
  terminal: null, // as the server last told it
  operator: null, // who is unlocked: {operator_id, name, role, token}
  leases: [],
  uses: new Map(),
  benefits: {},
  unsent: 0,
  pending: [],
  trust: null,
  isOnline: navigator.onLine,
  isPersistent: null,
  isSyncing: false,
  stopped: null,
  quarantined: 0,
  restored: 0, // acts that went again to a server that had forgotten them, until somebody read it
  ruleRead: 0,
  lastSync: null,
  session: null, // of somebody who signed in with the password and has not closed it yet
  visit: null, // the family at the counter: never in an address
  update: null,
  enrolCode: "", // from the address that the phone's own camera opened
};

const watchers = new Set();

export function watch(act) {
  watchers.add(act);
  return () => watchers.delete(act);
}

export function changed() {
  for (const act of watchers) act();
}

export function go(screen) {
  if (location.hash === `#${screen}`) dispatchEvent(new HashChangeEvent("hashchange"));
  else location.hash = screen;
}
