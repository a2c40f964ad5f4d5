// The camera of the counter: asks for enough pixels, for the lens at the back, for continuous focus
// and for its light, and is off whenever nobody sees the page. A photo does where it cannot be used.

const WANTED = {
  audio: false,
  // With fewer pixels a card that fills the frame has too few for a code of 61 modules. Wished for
  // and not demanded: a worse camera is better than none.
  video: { facingMode: { ideal: "environment" }, width: { ideal: 1280 }, height: { ideal: 720 } },
};
const SLOW_MS = 12000;
const PHOTO_SIDES = [1800, 1000];
const PAUSE_AFTER_FAULT_MS = 200;

export class Camera {
  #stream = null;
  #wanted = null; // While it is wanted: what ends its listening.
  #canvas = document.createElement("canvas");
  #context = this.#canvas.getContext("2d", { willReadFrequently: true });

  // `onText(text)` may return a promise: nothing is read until it is kept. `onState(state)`:
  // "starting", "watching", "slow", "denied", "none", "stopped".
  constructor({ video, decoder, onText, onState = () => {} }) {
    Object.assign(this, { video, decoder, onText, onState });
  }

  static get isPossible() {
    return Boolean(navigator.mediaDevices?.getUserMedia);
  }

  get isOn() {
    return Boolean(this.#stream);
  }

  async start() {
    if (this.#wanted) return;
    this.#wanted = new AbortController();
    const { signal } = this.#wanted;
    document.addEventListener("visibilitychange", () => this.#shownOrHidden(), { signal });
    addEventListener("pagehide", () => this.#release(), { signal });
    await this.#open();
  }

  async #open() {
    this.onState("starting");
    this.decoder.warmUp();
    const stream = await this.#opened();
    if (!stream) return;
    if (!this.#wanted || document.hidden || this.#stream) {
      for (const track of stream.getTracks()) track.stop();
      return;
    }
    this.#stream = stream;
    this.video.srcObject = stream;
    await this.#focus();
    await this.video.play().catch(() => {});
    if (this.#stream !== stream) return;
    this.onState("watching");
    this.#watch(stream);
  }

  async #opened() {
    if (!Camera.isPossible) return this.#without("none");
    try {
      return await navigator.mediaDevices.getUserMedia(WANTED);
    } catch (error) {
      return this.#without(error.name === "NotAllowedError" ? "denied" : "none");
    }
  }

  #without(state) {
    this.#wanted?.abort();
    this.#wanted = null;
    this.onState(state);
    return null;
  }

  stop() {
    this.#wanted?.abort();
    this.#wanted = null;
    this.#release();
    this.onState("stopped");
  }

  #release() {
    for (const track of this.#stream?.getTracks() ?? []) track.stop();
    this.#stream = null;
    this.video.srcObject = null;
  }

  #shownOrHidden() {
    if (document.hidden) this.#release();
    else if (!this.#stream) this.#open();
  }

  get #track() {
    return this.#stream?.getVideoTracks()[0] ?? null;
  }

  async #focus() {
    const modes = this.#track.getCapabilities?.().focusMode ?? [];
    if (modes.includes("continuous")) await this.#ask({ focusMode: "continuous" });
  }

  get hasLight() {
    return Boolean(this.#track?.getCapabilities?.().torch);
  }

  // Tells whether the light is as asked.
  light(on) {
    return this.#ask({ torch: on });
  }

  async #ask(constraint) {
    try {
      await this.#track.applyConstraints({ advanced: [constraint] });
      return true;
    } catch {
      return false;
    }
  }

  async #watch(stream) {
    let since = performance.now();
    while (this.#stream === stream) {
      await nextPicture(this.video);
      const text = this.video.videoWidth ? await this.#read(this.#middle()) : null;
      if (this.#stream !== stream) return;
      if (text) {
        await this.onText(text);
        since = performance.now();
      } else if (performance.now() - since > SLOW_MS) {
        this.onState("slow");
        since = Infinity;
      }
    }
  }

  async #read(picture) {
    try {
      return await this.decoder.read(picture);
    } catch {
      await new Promise((resolve) => setTimeout(resolve, PAUSE_AFTER_FAULT_MS));
      return null;
    }
  }

  // The middle square is what the frame on the screen shows, at the camera's own resolution.
  #middle() {
    const { videoWidth: width, videoHeight: height } = this.video;
    const side = Math.min(width, height);
    this.#canvas.width = this.#canvas.height = side;
    this.#context.drawImage(this.video, (width - side) / 2, (height - side) / 2, side, side, 0, 0, side, side);
    return this.#context.getImageData(0, 0, side, side);
  }

  // → the text of the code in a photo (a File), or null.
  async readPhoto(file) {
    const image = await createImageBitmap(file).catch(() => null);
    for (const side of image ? PHOTO_SIDES : []) {
      const text = await this.decoder.read(this.#scaled(image, side));
      if (text) return text;
    }
    return null;
  }

  #scaled(image, side) {
    const scale = Math.min(1, side / Math.max(image.width, image.height));
    const [width, height] = [image.width, image.height].map((length) => Math.max(1, Math.round(length * scale)));
    Object.assign(this.#canvas, { width, height });
    this.#context.drawImage(image, 0, 0, width, height);
    return this.#context.getImageData(0, 0, width, height);
  }
}

// The next picture that the camera has made; browsers that do not tell are asked each time they draw.
function nextPicture(video) {
  return new Promise((resolve) => {
    // The page may be hidden, and then neither comes.
    setTimeout(resolve, 250);
    if (video.requestVideoFrameCallback) video.requestVideoFrameCallback(resolve);
    else requestAnimationFrame(resolve);
  });
}
