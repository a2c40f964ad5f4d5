// What people at the office decided since about lines that were not accepted: shown on the phone of
// whoever gave, beside the line. A line itself is never changed.

import * as journal from "./journal.js";
import * as server from "./server.js";
import * as vault from "./vault.js";

const ASKED = "later_since";

export async function askLater() {
  if (!(await journal.all()).some((head) => head.acknowledged)) return;
  const since = await vault.get("things", ASKED);
  const { judgements, reviews, until } = await server.get(`/v1/journal/outcomes${since ? `?since=${encodeURIComponent(since)}` : ""}`);
  for (const one of reviews) await reviewed(one);
  for (const one of judgements) await judged(one);
  await vault.put("things", ASKED, until);
}

// A server that was restored from a backup is asked from the beginning.
export const forgetWhatWasAsked = () => vault.remove("things", ASKED);

async function judged({ id, outcome, reason, judged_at }) {
  for (const line of await journal.linesOfAct(id)) {
    if (line.judged?.at === judged_at) continue;
    await journal.note(line, { judged: { outcome, reason, at: judged_at } }, "judged");
  }
}

async function reviewed({ journal_id, outcome, reason, reviewed_at, conflicts }) {
  const held = (await journal.linesIn("quarantined")).filter((line) => line.journal === journal_id);
  for (const line of held) {
    if (outcome === "refused") await journal.note(line, { judged: { outcome, reason, at: reviewed_at } }, "judged");
    else {
      const became = conflicts.includes(JSON.parse(line.text).id) ? "conflict" : "accepted";
      await journal.note(line, { outcome: { ...line.outcome, outcome: became, title: "", detail: "" }, released: { reason, at: reviewed_at } }, became);
    }
  }
}
