// A card before the camera, or its number by hand.

import { grouped, readNumber } from "../cards.js";
import { el, fault, field, form, waiting } from "../dom.js";
import { go } from "../state.js";
import { meet } from "../visit.js";
import { t } from "../words.js";
import { cameraBox } from "./camera_box.js";

export function draw(main) {
  const input = field(t("card_number"), "number", { autocapitalize: "characters", spellcheck: "false", enterkeyhint: "go", class: "code", maxlength: 20, oninput: group }, t("card_number_hint"));
  const made = form((data) => {
    const text = data.get("number");
    const read = readNumber(text);
    if (read.fault) return fault(made, "number", t(`number_${read.fault}`));
    take(main, text.toUpperCase(), read.cardId);
  }, input, el("button", { class: "btn plain", type: "submit" }, t("check_card")));
  main.replaceChildren(el("h1", { tabindex: -1 }, t("scan_title")), cameraBox((text) => take(main, text, null)), el("section", {}, el("h2", {}, t("type_title")), made));
}

function group(event) {
  const input = event.target;
  if (input.selectionStart !== input.value.length) return;
  input.value = grouped(input.value).slice(0, 16);
}

async function take(main, text, typedCardId) {
  main.replaceChildren(el("h1", { tabindex: -1 }, t("scan_title")), waiting(t("card_looking")));
  await meet(text, typedCardId);
  go("card");
}
