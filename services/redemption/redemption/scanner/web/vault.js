// What the phone keeps. Every value is encrypted with a key that never leaves this browser, not
// even to this script (non-extractable); beside it lie only words to find it by, without names.

const NAME = "khbs-terminal";
const KEY = "device-key";
const VERSION = 2;
const STORES = ["keys", "files", "things", "operators", "leases", "journals", "lines", "acts", "pending", "uses", "answered"];
const INDEXES = { lines: ["day", "state", "mark", "act"], acts: ["day"], answered: ["at"] };
const STRICT = { durability: "strict" };
let database = null;
let key = null;

const done = (request) => new Promise((resolve, reject) => {
  request.onsuccess = () => resolve(request.result);
  request.onerror = () => reject(request.error);
});

export async function open() {
  const opening = indexedDB.open(NAME, VERSION);
  opening.onupgradeneeded = () => {
    for (const store of STORES.filter((one) => !opening.result.objectStoreNames.contains(one))) {
      const made = opening.result.createObjectStore(store);
      for (const name of INDEXES[store] ?? []) made.createIndex(name, name);
    }
  };
  database = await done(opening);
  const made = await crypto.subtle.generateKey({ name: "AES-GCM", length: 256 }, false, ["encrypt", "decrypt"]);
  // One transaction: two windows opened at once must not each have a key of their own.
  const store = database.transaction("keys", "readwrite", STRICT).objectStore("keys");
  key = (await done(store.get(KEY))) ?? (await done(store.put(made, KEY)), made);
}

// A key of the browser's own, which cannot be written out, lies beside the others as it is.
export function putKey(name, made) {
  return together([["keys", "add", name, made]]);
}

export function getKey(name) {
  return done(database.transaction("keys").objectStore("keys").get(name));
}

// What is public and signed anyway needs no sealing: the trust bundle and the lists, as bytes.
export async function putFile(name, files) {
  await together([["files", "put", name, files]]);
}

export function getFile(name) {
  return done(database.transaction("files").objectStore("files").get(name));
}

// A value is bound to its place and to the words beside it: no record can stand in for another.
const bound = (store, id, plain) => new TextEncoder().encode(JSON.stringify([store, id, Object.entries(plain).sort()]));

export async function sealed(store, id, value, plain = {}) {
  const iv = crypto.getRandomValues(new Uint8Array(12));
  const bytes = new TextEncoder().encode(JSON.stringify(value));
  const data = await crypto.subtle.encrypt({ name: "AES-GCM", iv, additionalData: bound(store, id, plain) }, key, bytes);
  return { iv, data, ...plain };
}

async function opened(store, id, record) {
  const { iv, data, ...plain } = record;
  const bytes = await crypto.subtle.decrypt({ name: "AES-GCM", iv, additionalData: bound(store, id, plain) }, key, data);
  return JSON.parse(new TextDecoder().decode(bytes));
}

// Several writes or none; resolves only when the browser says that they lie on the disk.
export function together(writes) {
  return new Promise((resolve, reject) => {
    const stores = [...new Set(writes.map(([store]) => store))];
    const transaction = database.transaction(stores, "readwrite", STRICT);
    transaction.oncomplete = () => resolve();
    transaction.onerror = transaction.onabort = () => reject(transaction.error);
    for (const [store, how, id, record] of writes) {
      const records = transaction.objectStore(store);
      if (how === "delete") records.delete(id);
      else records[how](record, id);
    }
  });
}

export async function put(store, id, value, plain = {}) {
  await together([[store, "put", id, await sealed(store, id, value, plain)]]);
}

export async function remove(store, id) {
  await together([[store, "delete", id]]);
}

export async function get(store, id) {
  const record = await done(database.transaction(store).objectStore(store).get(id));
  return record && opened(store, id, record);
}

// All of a store, or those whose index `by` has the value `is`.
export async function all(store, by = null, is = null) {
  const records = database.transaction(store).objectStore(store);
  const source = by ? records.index(by) : records;
  const [ids, found] = await Promise.all([by ? primaryKeys(source, is) : done(source.getAllKeys()), done(source.getAll(is))]);
  return Promise.all(found.map((record, place) => opened(store, ids[place], record)));
}

function primaryKeys(index, is) {
  return done(index.getAllKeys(is));
}

// The ids of records, in the order of an index.
export function keys(store, by, range = null) {
  return primaryKeys(database.transaction(store).objectStore(store).index(by), range);
}

// The words beside the values, for counting without opening anything.
export async function plain(store, by, is) {
  const found = await done(database.transaction(store).objectStore(store).index(by).getAll(is));
  return found.map(({ iv, data, ...rest }) => rest);
}

export async function from(store, lower, upper) {
  const records = database.transaction(store).objectStore(store);
  const range = IDBKeyRange.bound(lower, upper);
  const [ids, found] = await Promise.all([done(records.getAllKeys(range)), done(records.getAll(range))]);
  return Promise.all(found.map((record, place) => opened(store, ids[place], record)));
}
