// What a terminal keeps between two contacts: all of it signed, none of it ever goes back.
// Bytes go in, what they say comes out once it is verified; `files()` is what storage has to hold.

import { equal } from "./bytes.js";
import { pinnedRoot, writtenRoot } from "./keys.js";
import { openStatusDelta } from "./status_delta.js";
import { openStatusList } from "./status_list.js";
import { openBundle, verifyBundle } from "./trust_bundle.js";

const NOTHING = { bundle: null, bundleFile: null, lists: new Map(), listFiles: new Map(), delta: null, deltaFile: null };

export class Kept {
  // `held` is replaced as a whole, so that a check that runs meanwhile never sees half of a change.
  held = NOTHING;
  // Lists that the bundle names and that nobody has published: no card is on them yet.
  #unpublished = new Set();
  #pinned;
  #last = Promise.resolve();

  constructor(pinned) {
    this.#pinned = pinned;
  }

  // `roots`: the hexadecimal texts that the service told at enrolment.
  static async pinnedTo(roots) {
    return new Kept(await Promise.all(roots.map(pinnedRoot)));
  }

  // From storage, each file verified again. What does not verify any more is left out.
  static async restore(roots, files) {
    const kept = await Kept.pinnedTo([...new Set([...roots, ...(files?.roots ?? [])])]);
    if (!files?.bundle) return kept;
    const bundle = await openBundle(files.bundle, kept.#pinned).catch(() => null);
    if (bundle) {
      kept.#unpublished = new Set(files.unpublished);
      const held = { ...NOTHING, bundle, bundleFile: files.bundle };
      kept.held = await withFiles(held, Object.values(files.lists ?? {}), files.delta);
    }
    return kept;
  }

  // What is to be stored, in one transaction: plain objects and bytes.
  files() {
    const { bundle, bundleFile, listFiles, deltaFile } = this.held;
    const roots = bundle ? bundle.roots.map(writtenRoot) : [];
    return { bundle: bundleFile, roots, lists: Object.fromEntries(listFiles), delta: deltaFile, unpublished: [...this.#unpublished] };
  }

  // Each tells whether something new is kept now, and throws Refused for what does not count.
  takeBundle(data, now) {
    return this.#oneByOne(async () => {
      const { bundle, listFiles, deltaFile } = this.held;
      const newer = await verifyBundle(data, bundle?.roots ?? this.#pinned, now, bundle);
      if (newer.sha256 === bundle?.sha256) return false;
      // What was signed under a key that is not trusted any more is forgotten.
      this.held = await withFiles({ ...NOTHING, bundle: newer, bundleFile: data }, [...listFiles.values()], deltaFile);
      return true;
    });
  }

  takeList(data) {
    return this.#oneByOne(async () => this.#replace(await withList(this.held, data)));
  }

  takeDelta(data) {
    return this.#oneByOne(async () => this.#replace(await withDelta(this.held, data)));
  }

  // Which lists a delta was published with, by number: whoever asks for another is told that there is
  // none yet. Nothing of it is kept.
  async publishedBeside(deltaFile) {
    const { bundle } = this.held;
    const { base } = await openStatusDelta(deltaFile, bundle.ring, bundle.deltaUri);
    return (number) => base.has(number);
  }

  // The publisher said that there is no such file. It changes no verdict, only what the screen misses.
  noteUnpublished(uri) {
    const isNew = !this.#unpublished.has(uri);
    this.#unpublished.add(uri);
    return isNew;
  }

  #replace(held) {
    const isNew = held !== this.held;
    this.held = held;
    return isNew;
  }

  #oneByOne(take) {
    const taken = this.#last.then(take);
    this.#last = taken.catch(() => {});
    return taken;
  }

  // The moment of the youngest statement: a clock that shows less is wrong.
  notBefore() {
    const { bundle, lists, delta } = this.held;
    return Math.max(0, ...[bundle, delta, ...lists.values()].filter(Boolean).map((one) => one.issuedAt));
  }

  // How old everything is, for the screen. Moments in milliseconds; `isFresh` until it is to be fetched again.
  ages(now) {
    const { bundle, lists, delta } = this.held;
    const at = Math.max(now, this.notBefore());
    const age = (one, freshUntil) => one && {
      issuedAt: one.issuedAt,
      expiresAt: one.expiresAt,
      isFresh: at < Math.min(freshUntil, one.expiresAt),
      isExpired: at >= one.expiresAt,
    };
    const isExpected = ([, uri]) => lists.has(uri) || !this.#unpublished.has(uri);
    const addresses = [...(bundle?.lists ?? [])].filter(isExpected);
    return {
      bundle: bundle && { ...age(bundle, Infinity), version: bundle.version, issuer: bundle.issuer },
      lists: addresses.map(([number, uri]) => {
        const list = lists.get(uri) ?? null;
        return { number, uri, ...(age(list, list && list.issuedAt + list.ttl) ?? { isMissing: true }) };
      }),
      delta: age(delta, Infinity),
    };
  }
}

async function withFiles(held, listFiles, deltaFile) {
  let whole = held;
  for (const file of listFiles) whole = await withList(whole, file).catch(() => whole);
  if (deltaFile) whole = await withDelta(whole, deltaFile).catch(() => whole);
  return whole;
}

async function withList(held, data) {
  if ([...held.listFiles.values()].some((file) => equal(file, data))) return held;
  const found = await openStatusList(data, held.bundle?.ring ?? new Map());
  const kept = held.lists.get(found.uri);
  if (kept && found.issuedAt < kept.issuedAt) return held;
  const lists = new Map(held.lists).set(found.uri, found);
  return { ...held, lists, listFiles: new Map(held.listFiles).set(found.uri, data) };
}

async function withDelta(held, data) {
  if (held.deltaFile && equal(held.deltaFile, data)) return held;
  const found = await openStatusDelta(data, held.bundle?.ring ?? new Map(), held.bundle?.deltaUri);
  if (held.delta && found.issuedAt < held.delta.issuedAt) return held;
  return { ...held, delta: found, deltaFile: data };
}
