// The receipt's lines, and its picture: drawn here, so that it can be kept without any network. The
// picture leaves this app's sealed storage, so it names nobody: the card's last characters do.

import { state } from "./state.js";
import { fullMoment, named, number, rupiah, t } from "./words.js";

const WIDTH = 720;
const MARGIN = 48;
const LINE = 44;
const INK = "#17110d";
const QUIET = "#4a4038";

const LAST_CHARACTERS = 4;

export function facts(done, { isPicture = false } = {}) {
  const isOwn = !isPicture;
  const isBalance = done.benefit.kind === "balance";
  const rest = isBalance ? done.remaining_rupiah : done.remaining_quantity;
  return [
    [t("fact_benefit"), named(done.benefit)],
    isOwn && done.subject_name && [t("fact_for"), done.subject_name],
    [t("fact_given"), isBalance ? rupiah(done.amount_rupiah) : number(done.quantity ?? 1)],
    rest !== undefined && [t("fact_left"), isBalance ? rupiah(rest) : number(rest)],
    isOwn && done.name && [t("fact_name"), done.name],
    isPicture && done.number && [t("fact_card"), done.number.slice(-LAST_CHARACTERS)],
    isOwn && done.companion && [t("fact_companion"), done.companion],
    [t("fact_time"), fullMoment(done.at)],
    [t("fact_place"), state.terminal.partner.name],
    isOwn && [t("fact_operator"), done.operator_name],
  ].filter(Boolean);
}

function wrapped(pen, text, width) {
  const lines = [""];
  for (const word of String(text).split(" ")) {
    const longer = `${lines.at(-1)} ${word}`.trim();
    if (pen.measureText(longer).width <= width) lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  return lines;
}

function paint(pen, done, height) {
  let y = 0;
  const write = (text, font, colour, gap = LINE) => {
    pen.font = font;
    pen.fillStyle = colour;
    for (const line of wrapped(pen, text, WIDTH - 2 * MARGIN)) {
      y += gap;
      pen.fillText(line, MARGIN, y);
    }
  };
  pen.fillStyle = "#fff";
  pen.fillRect(0, 0, WIDTH, height);
  pen.fillStyle = done.isSure ? "#14512f" : "#8a5a00";
  pen.fillRect(0, 0, WIDTH, 20);
  y = 32;
  write(t("receipt_title"), "600 28px system-ui, sans-serif", QUIET);
  write(t(done.isSure ? "given" : "given_unsure"), "700 44px system-ui, sans-serif", INK, 60);
  write(done.receipt_number, "700 52px ui-monospace, monospace", INK, 76);
  if (!done.isSure) write(t("given_unsure_more"), "400 28px system-ui, sans-serif", "#4d2f00", 40);
  y += 12;
  for (const [name, value] of facts(done, { isPicture: true })) {
    write(name, "400 24px system-ui, sans-serif", QUIET, 46);
    write(value, "600 32px system-ui, sans-serif", INK, 38);
  }
  return y + MARGIN;
}

export function picture(done) {
  const canvas = document.createElement("canvas");
  canvas.width = WIDTH;
  canvas.height = 10;
  const height = paint(canvas.getContext("2d"), done, 10);
  canvas.height = Math.ceil(height);
  paint(canvas.getContext("2d"), done, canvas.height);
  return canvas;
}

export async function savePicture(done) {
  const blob = await new Promise((resolve) => picture(done).toBlob(resolve, "image/png"));
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = `bukti-${done.receipt_number}.png`;
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(link.href), 60000);
}
