// The rule for working without network, in one paragraph; whoever has read it says so.

import { button, el, note } from "../dom.js";
import { go, state } from "../state.js";
import { noteRuleRead } from "../terminal.js";
import { paragraph, ruleVersion, t } from "../words.js";

export function draw(main) {
  const isRead = state.ruleRead === ruleVersion;
  main.replaceChildren(
    el("h1", { tabindex: -1 }, t("rule_title")),
    el("p", { class: "rule" }, paragraph()),
    el("p", { class: "hint" }, t("rule_version", { n: ruleVersion })),
    isRead ? note("good", t("rule_was_read")) : button(t("rule_read"), async () => {
      await noteRuleRead(ruleVersion);
      go("home");
    }),
    button(t("to_home"), () => go("home"), "quiet"));
}
