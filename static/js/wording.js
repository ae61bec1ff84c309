// Puts a placeholder where the cursor stands, in the field of the wording that had it last; else into the text.
// Without this script placeholders are typed.

let last = null;

document.addEventListener("focusin", (event) => {
  if (event.target.matches?.("[data-wording]")) last = event.target;
});

document.addEventListener("click", (event) => {
  const button = event.target instanceof Element ? event.target.closest("[data-insert]") : null;
  if (!button) return;
  const only = button.dataset.insertInto;
  const body = document.querySelector("[data-wording='body']");
  const field = !last || (only && last.dataset.wording !== only) ? body : last;
  const [before, after] = button.dataset.insert.split("…");
  const start = field.selectionStart ?? field.value.length;
  field.setRangeText(button.dataset.insert, start, field.selectionEnd ?? start, "end");
  field.focus();
  // A fallback is still to be written: it stands selected.
  if (after !== undefined) field.setSelectionRange(start + before.length, start + before.length + 1);
  field.dispatchEvent(new Event("input", { bubbles: true }));
});
