// A signature drawn by a finger, kept as the lines themselves: a few hundred bytes, no picture.

const WIDTH = 320;
const HEIGHT = 120;

export function signaturePad(label, clearLabel, most) {
  const box = document.createElement("div");
  box.className = "pad";
  const canvas = document.createElement("canvas");
  canvas.width = WIDTH * 2;
  canvas.height = HEIGHT * 2;
  canvas.setAttribute("role", "img");
  canvas.setAttribute("aria-label", label);
  const clear = document.createElement("button");
  clear.type = "button";
  clear.className = "quiet-button";
  clear.textContent = clearLabel;
  box.append(canvas, clear);
  const pen = canvas.getContext("2d");
  let path = "";
  let drawing = false;

  const point = (event) => {
    const seen = canvas.getBoundingClientRect();
    return [Math.round(((event.clientX - seen.left) / seen.width) * WIDTH), Math.round(((event.clientY - seen.top) / seen.height) * HEIGHT)];
  };
  const draw = (event, letter) => {
    const [x, y] = point(event);
    if (path.length > most - 12) return;
    path += `${letter}${x} ${y}`;
    if (letter === "M") {
      pen.beginPath();
      pen.moveTo(x * 2, y * 2);
    } else {
      pen.lineTo(x * 2, y * 2);
      pen.stroke();
    }
  };
  pen.lineWidth = 5;
  pen.lineCap = pen.lineJoin = "round";
  canvas.addEventListener("pointerdown", (event) => {
    canvas.setPointerCapture(event.pointerId);
    drawing = true;
    draw(event, "M");
  });
  canvas.addEventListener("pointermove", (event) => drawing && draw(event, "L"));
  for (const end of ["pointerup", "pointercancel"]) canvas.addEventListener(end, () => { drawing = false; });
  clear.addEventListener("click", () => {
    path = "";
    pen.clearRect(0, 0, canvas.width, canvas.height);
  });
  // A dot is no signature.
  return { box, value: () => (path.includes("L") ? path : "") };
}
