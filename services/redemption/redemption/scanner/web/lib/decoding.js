// The page's side of decoder.js: asks for one picture at a time, and starts the worker anew when it
// hangs, because a queue of people stands before it.

const PICTURE_WITHIN_MS = 15000; // The first picture waits for the decoder itself.

export class Decoder {
  // Which decoder answered last: "zxing" or "qr".
  by = "";
  // Neither decoder works here: only typing the number is left.
  isBroken = false;
  #addresses;
  #worker = null;
  #asked = 0;
  #waiting = null;

  // `worker` is decoder.js; `reader` and `wasm` are zxing's two files, `plain` is qr's decode.js.
  constructor({ worker, reader, wasm, plain }) {
    const absolute = (path) => new URL(path, location.href).href;
    this.#addresses = { worker: absolute(worker), reader: absolute(reader), wasm: absolute(wasm), plain: absolute(plain) };
  }

  // Load the decoder before the first card is there.
  warmUp() {
    if (this.#worker) return;
    this.#worker = new Worker(this.#addresses.worker);
    this.#worker.onmessage = ({ data }) => this.#heard(data);
    this.#worker.onerror = () => this.close();
    this.#worker.postMessage({ addresses: this.#addresses });
  }

  // → the text of the code in an ImageData, or null. The picture's memory goes to the worker.
  read(picture) {
    this.warmUp();
    const number = ++this.#asked;
    return new Promise((resolve) => {
      this.#waiting?.resolve(null);
      const late = setTimeout(() => this.close(), PICTURE_WITHIN_MS);
      this.#waiting = { number, resolve, late };
      this.#worker.postMessage({ number, picture }, [picture.data.buffer]);
    });
  }

  // The next picture starts another worker.
  close() {
    this.#worker?.terminate();
    this.#worker = null;
    this.#answer(null);
  }

  #heard({ ready, number, text, by, failed }) {
    if (ready || by) this.by = ready ?? by;
    this.isBroken = Boolean(failed);
    if (number === this.#waiting?.number) this.#answer(text);
  }

  #answer(text) {
    const waiting = this.#waiting;
    this.#waiting = null;
    clearTimeout(waiting?.late);
    waiting?.resolve(text);
  }
}
