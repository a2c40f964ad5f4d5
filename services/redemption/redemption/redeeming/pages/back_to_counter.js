// This page answers a form, and is never kept: going back to it would be a browser's error page.
// Its place in the history becomes the counter, so that "back" leads where the next card is read.

history.replaceState(null, "", "/counter");
addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
