// Sends the journal: from where the server stands, whatever it has forgotten since. A server that was
// restored from a backup may lack lines, whole journals, and that it had closed one of them.

import { noteRestored } from "./answered.js";
import * as clock from "./clock.js";
import { newId } from "./ids.js";
import * as journal from "./journal.js";
import { forgetWhatWasAsked } from "./later.js";
import * as server from "./server.js";
import { changed, state } from "./state.js";
import { lang } from "./words.js";

const SEGMENT_LINES = 200;
const SEGMENT_CHARACTERS = 400000;
// What the server may have forgotten between two questions; asked anew, it says where it stands.
const FORGOTTEN = ["journal_unknown", "journal_open"];

export async function sendJournals() {
  try {
    await sendAll();
  } catch (error) {
    if (!(error instanceof server.Refusal) || !FORGOTTEN.includes(error.problem.code)) throw error;
    await sendAll();
  }
}

async function sendAll() {
  const heads = await journal.all();
  const found = await server.get("/v1/journal");
  const place = heads.findIndex((head) => head.id === found.journal_id);
  // Journals before the one that the server has were all begun there; those after it were not.
  const from = found.journal_id && place < 0 ? heads.length - 1 : Math.max(place, 0);
  let open = found.state === "open" ? found.journal_id : null;
  for (const [nth, head] of heads.entries()) {
    const isOpenHere = head.state === "open";
    if (nth < from) {
      if (isOpenHere || head.acknowledged < head.last_sequence) await sendFrom(head, head.acknowledged + 1);
      continue;
    }
    let known = nth === place ? found : null;
    // A revoked terminal may begin none, and its lines are taken in and put aside all the same.
    if (!known && !state.stopped) known = await begin(head, open);
    open = (await send(head, known)).state === "open" ? head.id : null;
  }
}

// One journal of a terminal is open at a time. The one that is open there was closed here, because the
// server said so before it was restored: it is told, once all lines of that journal have arrived.
async function begin(head, open) {
  const body = { id: head.id };
  if (open && open !== head.id) body.replaces = open;
  return server.post("/v1/journals", body);
}

async function send(head, known) {
  if (known?.state === "quarantined" && head.state === "open") head = await putAside(head);
  // What lies with a quarantine is not counted in where the journal stands there.
  const isHeld = known?.state === "quarantined";
  if (known && !isHeld && known.last_sequence < head.acknowledged) {
    await noteRestored((await journal.linesFrom(head.id, known.last_sequence + 1, head.acknowledged - known.last_sequence)).length);
    head = await journal.change(head.id, { acknowledged: known.last_sequence });
    await forgetWhatWasAsked();
  }
  return (await sendFrom(head, head.acknowledged + 1)) ?? known ?? head;
}

async function sendFrom(head, first) {
  let answer = null;
  for (let next = first; next <= head.last_sequence; ) {
    const lines = fitting(await journal.linesFrom(head.id, next, SEGMENT_LINES));
    // A line that is already forgotten here was acknowledged long ago: there is nothing to send.
    if (!lines.length) {
      next += SEGMENT_LINES;
      continue;
    }
    answer = await sendSegment(head, lines);
    head = await journal.settle(head.id, answer.outcomes, lines, answer);
    state.unsent = await journal.unsent();
    changed();
    if (answer.state === "quarantined") await putAside(head);
    next = lines.at(-1).sequence + 1;
  }
  if (head.acknowledged < head.last_sequence) await journal.change(head.id, { acknowledged: head.last_sequence });
  return answer;
}

// Nothing is lost: the lines stay here to be seen, and go on in a journal of their own.
async function putAside(head) {
  const changedHead = head.state === "quarantined" ? head : await journal.change(head.id, { state: "quarantined" });
  const newest = await journal.current();
  if (newest.id === head.id) await journal.begin();
  return changedHead;
}

function fitting(lines) {
  let room = SEGMENT_CHARACTERS;
  return lines.filter((line, place) => {
    room -= line.text.length + line.signature.length;
    return place === 0 || room > 0;
  });
}

// The same stretch of lines always goes under the same id.
async function sendSegment(head, lines) {
  const [first, last] = [lines[0].sequence, lines.at(-1).sequence];
  const known = head.segment?.first === first && head.segment?.last === last ? head.segment : null;
  const segment = known ?? { id: newId(clock.now()), first, last };
  if (!known) await journal.change(head.id, { segment });
  // The words of an outcome are kept beside the line, so they are asked for in the screen's language.
  return server.post(`/v1/journal/segments?lang=${lang}`, { id: segment.id, journal_id: head.id, first_sequence: first, lines: lines.map(({ text, signature }) => ({ line: text, signature })) });
}
