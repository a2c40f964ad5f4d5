// Fetches what is public and signed: the trust bundle, the status lists it names, and the delta.
// The browser's own cache asks with If-None-Match, so what has not changed costs some hundred bytes;
// a request that said it itself would need a preflight each time.

import { Refused } from "./refused.js";
import { DELTA_BYTES_MAX } from "./status_delta.js";
import { LIST_BYTES_MAX } from "./status_list.js";
import { BUNDLE_BYTES_MAX } from "./trust_bundle.js";

const FILE_WITHIN_MS = 20000;
const WHOLE_WITHIN_MS = 90000;

// → { changed, problems: [{ what: "bundle" | "list" | "delta", url, code }] }. Nothing here throws
// for a network that fails: what was kept stays kept, and the screen shows its age.
export async function refresh(kept, bundleUrl, now) {
  const until = performance.now() + WHOLE_WITHIN_MS;
  const problems = [];
  let changed = false;
  const got = (url, bytesMax) => fetched(url, bytesMax, Math.min(FILE_WITHIN_MS, until - performance.now()));
  const step = async (what, url, bytesMax, take, coming = got(url, bytesMax)) => {
    try {
      changed = (await take(await coming)) || changed;
    } catch (error) {
      problems.push({ what, url, code: error instanceof Refused ? error.code : "no_answer" });
    }
  };
  await step("bundle", bundleUrl, BUNDLE_BYTES_MAX, (data) => kept.takeBundle(mustBe(data), now()));
  const { bundle } = kept.held;
  if (!bundle) return { changed, problems };
  const delta = got(bundle.deltaUri, DELTA_BYTES_MAX);
  const isPublished = await delta.then((data) => kept.publishedBeside(mustBe(data))).catch(() => () => true);
  for (const [number, url] of bundle.lists) {
    if (isPublished(number)) await step("list", url, LIST_BYTES_MAX, (data) => (data ? kept.takeList(data) : kept.noteUnpublished(url)));
    else changed = kept.noteUnpublished(url) || changed;
  }
  // Taken last, because it builds on the lists.
  await step("delta", bundle.deltaUri, DELTA_BYTES_MAX, (data) => kept.takeDelta(mustBe(data)), delta);
  return { changed, problems };
}

function mustBe(data) {
  if (!data) throw new Refused("not_published");
  return data;
}

// → the bytes, or null where the publisher says that there is no such file.
async function fetched(url, bytesMax, withinMs) {
  if (withinMs <= 0) throw new Error("out of time");
  const answer = await fetch(url, {
    cache: "no-cache",
    credentials: "omit",
    referrerPolicy: "no-referrer",
    redirect: "error",
    signal: AbortSignal.timeout(withinMs),
  });
  if (answer.status === 404) return null;
  if (!answer.ok) throw new Error(`answer ${answer.status}`);
  return limited(answer.body.getReader(), bytesMax);
}

async function limited(reader, bytesMax) {
  const parts = [];
  let length = 0;
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    length += part.value.length;
    if (length > bytesMax) {
      await reader.cancel();
      throw new RangeError("too large");
    }
    parts.push(part.value);
  }
  return new Uint8Array(await new Blob(parts).arrayBuffer());
}
