// The camera of this device, cut to the card's shape here: what is sent is some tens of kilobytes.

const WIDTH = 480;
const HEIGHT = 624;

const form = document.querySelector("[data-photo]");
const camera = form.querySelector(".photo-camera");
const video = camera.querySelector("video");
const canvas = camera.querySelector("canvas");
const guide = camera.querySelector(".photo-guide");
const offer = form.querySelector("[data-open-camera]");
const file = form.elements.photo;
const [shoot, again] = [camera.querySelector("[data-shoot]"), camera.querySelector("[data-again]")];

function draw(source, width, height) {
  // The same part as the server would take: the middle, of a tall picture a little above it.
  const wide = Math.min(width, (height * WIDTH) / HEIGHT);
  const tall = Math.min(height, (width * HEIGHT) / WIDTH);
  const top = (height - tall) / 3;
  canvas.width = WIDTH;
  canvas.height = HEIGHT;
  canvas.getContext("2d").drawImage(source, (width - wide) / 2, top, wide, tall, 0, 0, WIDTH, HEIGHT);
  canvas.toBlob((blob) => {
    const put = new DataTransfer();
    put.items.add(new File([blob], "foto.jpg", { type: "image/jpeg" }));
    file.files = put.files;
  }, "image/jpeg", 0.9);
}

function stop() {
  for (const track of video.srcObject?.getTracks() ?? []) track.stop();
  video.srcObject = null;
}

function showing(isTaken) {
  canvas.hidden = !isTaken;
  video.hidden = isTaken;
  guide.toggleAttribute("hidden", isTaken);
  shoot.hidden = isTaken;
  again.hidden = !isTaken;
}

async function open() {
  try {
    video.srcObject = await navigator.mediaDevices.getUserMedia({
      video: { facingMode: "user", width: { ideal: 1280 }, height: { ideal: 960 } },
    });
    await video.play();
  } catch {
    form.querySelector("[data-no-camera]").hidden = false;
    offer.querySelector("button").hidden = true;
    return;
  }
  offer.hidden = true;
  camera.hidden = false;
  file.value = "";
  showing(false);
  shoot.focus();
}

if (navigator.mediaDevices?.getUserMedia) {
  offer.hidden = false;
  offer.querySelector("button").addEventListener("click", open);
  again.addEventListener("click", open);
  shoot.addEventListener("click", () => {
    draw(video, video.videoWidth, video.videoHeight);
    form.elements.source.value = "camera";
    stop();
    showing(true);
    form.querySelector("input[name=consent_by]").focus();
  });
}

// A large picture that was chosen is made small before it is sent; one that the browser cannot
// read goes as it is, and the server says what is wrong with it.
file.addEventListener("change", async () => {
  const chosen = file.files[0];
  if (!chosen) return;
  form.elements.source.value = "upload";
  try {
    const picture = await createImageBitmap(chosen);
    draw(picture, picture.width, picture.height);
  } catch {
    // Left as it was chosen.
  }
});
addEventListener("pagehide", stop);
