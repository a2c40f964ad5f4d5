// What the phone keeps: rounds with their names, and the lines of its journals. Everything is
// encrypted with a key that never leaves this browser, not even to this script (non-extractable).

const NAME = "khbs-handovers";
const KEY = "device-key";
let database = null;
let key = null;

const done = (request) => new Promise((resolve, reject) => {
  request.onsuccess = () => resolve(request.result);
  request.onerror = () => reject(request.error);
});

export async function open() {
  const opening = indexedDB.open(NAME, 1);
  opening.onupgradeneeded = () => {
    opening.result.createObjectStore("keys");
    opening.result.createObjectStore("rounds");
    opening.result.createObjectStore("journals");
    opening.result.createObjectStore("lines");
  };
  database = await done(opening);
  const made = await crypto.subtle.generateKey({ name: "AES-GCM", length: 256 }, false, ["encrypt", "decrypt"]);
  const store = database.transaction("keys", "readwrite", { durability: "strict" }).objectStore("keys");
  // One transaction: two windows opened at once must not each have a key of their own.
  key = (await done(store.get(KEY))) ?? (await done(store.put(made, KEY)), made);
  navigator.storage?.persist?.();
}

// A value is bound to its place, as on the server: one record cannot stand in for another.
async function seal(value, place) {
  const iv = crypto.getRandomValues(new Uint8Array(12));
  const bound = new TextEncoder().encode(place);
  const plain = new TextEncoder().encode(JSON.stringify(value));
  return { iv, data: await crypto.subtle.encrypt({ name: "AES-GCM", iv, additionalData: bound }, key, plain) };
}

async function unseal(sealed, place) {
  const bound = new TextEncoder().encode(place);
  const plain = await crypto.subtle.decrypt({ name: "AES-GCM", iv: sealed.iv, additionalData: bound }, key, sealed.data);
  return JSON.parse(new TextDecoder().decode(plain));
}

const place = (store, id) => `${store}:${[id].flat().join(":")}`;

// Resolves only when the browser says that it is written, not merely in memory.
function written(store, act) {
  return new Promise((resolve, reject) => {
    const transaction = database.transaction(store, "readwrite", { durability: "strict" });
    transaction.oncomplete = resolve;
    transaction.onerror = transaction.onabort = () => reject(transaction.error);
    act(transaction.objectStore(store));
  });
}

export async function put(store, id, value) {
  const sealed = await seal(value, place(store, id));
  await written(store, (records) => records.put(sealed, id));
}

// Refuses (ConstraintError) when there is such a record: a line's number is given once.
export async function add(store, id, value) {
  const sealed = await seal(value, place(store, id));
  await written(store, (records) => records.add(sealed, id));
}

export async function get(store, id) {
  const sealed = await done(database.transaction(store).objectStore(store).get(id));
  return sealed && unseal(sealed, place(store, id));
}

export async function all(store) {
  const records = database.transaction(store).objectStore(store);
  const [ids, values] = await Promise.all([done(records.getAllKeys()), done(records.getAll())]);
  return Promise.all(values.map((sealed, index) => unseal(sealed, place(store, ids[index]))));
}

export async function remove(store, id) {
  await written(store, (records) => records.delete(id));
}
