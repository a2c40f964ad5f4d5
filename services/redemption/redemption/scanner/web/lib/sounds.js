// Says what became of a card without anybody having to look: made here, so there are no files.
// good: two short rising notes; bad: one long low buzz; unsure: three equal notes.

const GAIN = 0.25;
const EDGE_S = 0.01; // A note that begins at once clicks.
const NOTES = {
  good: [[880, 0, 0.09, "sine"], [1320, 0.11, 0.16, "sine"]],
  bad: [[165, 0, 0.5, "square"]],
  unsure: [[523, 0, 0.1, "triangle"], [523, 0.18, 0.1, "triangle"], [523, 0.36, 0.1, "triangle"]],
};
// In milliseconds: on, off, on, …
const SHAKES = { good: [70], bad: [450], unsure: [110, 90, 110, 90, 110] };

let context = null;

// To be called in a tap: browsers let no page sound before one.
export function unlock() {
  context ??= typeof AudioContext === "function" ? new AudioContext() : null;
  if (context?.state === "suspended") context.resume().catch(() => {});
}

export function tell(kind, { sound = true, shake = true } = {}) {
  if (shake) navigator.vibrate?.(SHAKES[kind]);
  if (!sound || !context) return;
  unlock();
  play(context, kind);
}

// Puts the notes of a kind into a context; a test hears them in one that is never played.
export function play(into, kind) {
  for (const [frequency, after, length, type] of NOTES[kind]) {
    const [from, to] = [into.currentTime + after, into.currentTime + after + length];
    const [note, loudness] = [into.createOscillator(), into.createGain()];
    Object.assign(note, { type });
    note.frequency.value = frequency;
    loudness.gain.setValueAtTime(0, from);
    loudness.gain.linearRampToValueAtTime(GAIN, from + EDGE_S);
    loudness.gain.setValueAtTime(GAIN, to - EDGE_S);
    loudness.gain.linearRampToValueAtTime(0, to);
    note.connect(loudness).connect(into.destination);
    note.start(from);
    note.stop(to);
  }
}
