// A phone that scanned the code has it behind the # of the address, which no server is told of.
const code = decodeURIComponent(location.hash.slice(1));
if (/^[2-9A-Z]{8}$/.test(code)) {
  history.replaceState(null, "", location.pathname);
  const box = document.getElementById("code");
  box.value = code;
  box.form.submit();
}
