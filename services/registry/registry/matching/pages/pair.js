// S, B and L press the three buttons, unless someone is typing.
const form = document.querySelector("[data-decide]");
document.addEventListener("keydown", (event) => {
  const typing = event.target.closest("input[type=text], input:not([type]), textarea, select");
  if (!form || typing || event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
  const button = form.querySelector(`[data-key="${CSS.escape(event.key.toLowerCase())}"]`);
  if (!button) return;
  event.preventDefault();
  button.click();
});
