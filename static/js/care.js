// Care: the little script. Every page works without it; it adds keys, menus that close, toasts and a gentle undo.
// It has no words of its own (they are in #words), no dependency, and writes no style.

const $ = (selector, root = document) => root.querySelector(selector);
const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];
const word = (name) => $("#words")?.dataset[name] ?? "";

document.documentElement.classList.add("js");

// --- toasts

function toast(text, level = "error") {
  const tray = $("#toasts");
  const shape = $("#toast-template");
  if (!tray || !shape || !text) return;
  if ($$("[data-toast] > p", tray).some((said) => said.textContent === text)) return; // an error stays: once is enough
  const node = shape.content.firstElementChild.cloneNode(true);
  node.classList.add(level);
  $("p", node).textContent = text;
  tray.append(node);
  rest(node);
}

// Errors stay until dismissed; the rest leaves after ten seconds, unless somebody is on it.
function rest(node) {
  if (node.matches(".error, .warning, [data-rests]")) return;
  node.dataset.rests = "";
  const seconds = $("form", node) ? 60 : 10;
  const leave = () => (node.matches(":hover, :focus-within") ? setTimeout(leave, 3000) : node.remove());
  setTimeout(leave, seconds * 1000);
}

$$("[data-toast]").forEach(rest);

// --- appearance: a cookie that the server reads, so that no page flashes

function remember(name, value) {
  const secure = location.protocol === "https:" ? "; secure" : "";
  document.cookie = `${name}=${value}; path=/; max-age=${value ? 31536000 : 0}; samesite=lax${secure}`;
}

function setTheme(theme) {
  remember("theme", theme);
  if (theme) document.documentElement.dataset.theme = theme;
  else delete document.documentElement.dataset.theme;
  $$("[data-theme-set]").forEach((button) => button.setAttribute("aria-pressed", String(button.dataset.themeSet === theme)));
}

// --- clicks

document.addEventListener("click", (event) => {
  const target = event.target instanceof Element ? event.target : null;
  const theme = target?.closest("[data-theme-set]");
  if (theme) setTheme(theme.dataset.themeSet);
  target?.closest("[data-dismiss]")?.closest("[data-toast]")?.remove();
  const opener = target?.closest("[data-opens]");
  if (opener) {
    $("summary", opener.closest("details.menu") ?? opener)?.focus(); // where the focus comes back to
    closeMenus();
    document.getElementById(opener.dataset.opens)?.showModal();
  }
  const dialog = target?.closest("dialog");
  if (target === dialog && dialog?.open) dialog.close(); // the backdrop belongs to the dialog
  closeMenus(target?.closest("details.menu"));
});

function closeMenus(except = null) {
  $$("details.menu[open]").forEach((menu) => menu !== except && !menu.contains(except) && menu.removeAttribute("open"));
}

// One menu at a time, also by keyboard; Escape gives the focus back.
document.addEventListener("toggle", (event) => {
  if (event.target instanceof Element && event.target.matches("details.menu[open]")) closeMenus(event.target);
}, true);

// --- keys

// Who speaks to the computer or is easily off a key may do without (WCAG 2.1.4).
const areKeysOff = () => /(?:^|; )keys=off/.test(document.cookie);
$$("[data-keys-set]").forEach((box) => {
  box.checked = !areKeysOff();
  box.addEventListener("change", () => remember("keys", box.checked ? "" : "off"));
});

const items = () => $$("[data-item]");
const current = () => document.activeElement?.closest?.("[data-item]") ?? $("[data-item].is-current");
const isTyping = (node) => node instanceof HTMLElement && (node.isContentEditable || node.matches("input:not([type=checkbox], [type=radio], [type=button], [type=submit]), textarea, select"));

function goTo(item) {
  if (!item) return;
  items().forEach((other) => other.classList.toggle("is-current", other === item));
  item.focus({ preventScroll: true });
  item.scrollIntoView({ block: "nearest", behavior: "instant" });
}

function step(by) {
  const all = items();
  const index = all.indexOf(current());
  goTo(index < 0 ? all[by > 0 ? 0 : all.length - 1] : all[Math.min(all.length - 1, Math.max(0, index + by))]);
}

// Whatever carries data-key="a" inside the current item is what the key `a` does: a button, a menu, a field.
function act(key, root) {
  const node = root && $(`[data-key="${key}"]`, root);
  if (!node) return false;
  for (let fold = node.closest("details"); fold; fold = fold.parentElement?.closest("details")) if (node.localName !== "summary") fold.open = true;
  if (node.localName === "summary") {
    const menu = node.parentElement;
    menu.open = !menu.open;
    if (menu.open) $("a, button, input, select, textarea", $(".menu-panel", menu) ?? menu)?.focus();
  } else if (isTyping(node)) node.focus();
  else node.click();
  return true;
}

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  if (event.key === "Escape") {
    const menu = $("details.menu[open]");
    if (menu) {
      menu.removeAttribute("open");
      $("summary", menu)?.focus();
    } else if (isTyping(document.activeElement)) {
      const item = current();
      document.activeElement.blur();
      if (item) goTo(item);
    }
    return;
  }
  if (areKeysOff() || isTyping(event.target) || $("dialog[open]")) return;
  const done = { j: () => step(1), k: () => step(-1), "?": () => $("#keys")?.showModal(), "/": () => $("input[type=search]")?.focus() }[event.key];
  if (done) {
    event.preventDefault();
    done();
  } else if ("aesxo".includes(event.key) && act(event.key, current())) event.preventDefault();
  else if (event.key === "u") {
    // What was done last and can still be undone, wherever on the page it stands.
    const last = $$('[data-key="u"]:not([disabled])').sort((one, other) => (one.dataset.nth ?? nth + 1) - (other.dataset.nth ?? nth + 1)).at(-1);
    if (last) { event.preventDefault(); last.click(); }
  }
});

// --- undo: the seconds that are left, told in the button; over, the button goes

function count() {
  $$("[data-countdown]").forEach((node) => {
    node.dataset.until ??= Date.now() + 1000 * Number(node.dataset.countdown);
    const left = Math.ceil((Number(node.dataset.until) - Date.now()) / 1000);
    if (left > 0) node.textContent = left;
    else {
      const undo = node.closest("[data-undo]");
      if (undo?.contains(document.activeElement)) goTo(undo.closest("[data-item]"));
      undo?.remove();
    }
  });
}

if ($("#main")) setInterval(count, 1000);

// --- picking rows: the bar appears with the first, and says how many

function countPicks(form) {
  const picks = $$("[data-pick]", form);
  const chosen = picks.filter((box) => box.checked).length;
  $$("[data-bulk]", form).forEach((bar) => bar.classList.toggle("has-picks", chosen > 0));
  $$("[data-picked]", form).forEach((node) => { node.textContent = chosen; });
  const all = $("[data-pick-all]", form);
  if (all) { all.checked = chosen > 0 && chosen === picks.length; all.indeterminate = chosen > 0 && chosen < picks.length; }
}

document.addEventListener("change", (event) => {
  if (!(event.target instanceof HTMLInputElement)) return;
  const form = event.target.closest("form") ?? document;
  if (event.target.matches("[data-pick-all]")) $$("[data-pick]", form).forEach((box) => { box.checked = event.target.checked; });
  if (event.target.matches("[data-pick], [data-pick-all]")) countPicks(form);
});

// --- a file dropped anywhere on its zone lands in the field, which also works by itself

function overZone(event) {
  const zone = event.target instanceof Element ? event.target.closest("[data-drop]") : null;
  $$("[data-drop].is-over").forEach((other) => other !== zone && other.classList.remove("is-over"));
  return zone;
}

document.addEventListener("dragover", (event) => {
  const zone = overZone(event);
  if (!zone) return;
  event.preventDefault();
  zone.classList.add("is-over");
});

document.addEventListener("drop", (event) => {
  const zone = overZone(event);
  const field = zone && $("input[type=file]", zone);
  zone?.classList.remove("is-over");
  if (!field || event.target === field || !event.dataTransfer?.files.length) return;
  event.preventDefault();
  field.files = event.dataTransfer.files;
  field.dispatchEvent(new Event("change", { bubbles: true }));
});

// --- htmx: keep the reader's place, and say what went wrong

let place = -1; // where in the list the swap happened
let nth = 0; // how many undo buttons have come so far

document.addEventListener("htmx:beforeSwap", (event) => {
  const item = event.detail.target?.closest?.("[data-item]");
  place = item && item.contains(document.activeElement) ? items().indexOf(item) : -1;
});

document.addEventListener("htmx:afterSettle", (event) => {
  if (place >= 0) {
    const all = items();
    // A settled item hands the focus to the next one that waits, so that "a, a, a" works.
    const here = all[place];
    const next = here?.matches("[data-settled]") ? all.slice(place + 1).find((item) => !item.matches("[data-settled]")) ?? here : here;
    goTo(next);
    place = -1;
  }
  $$("[data-toast]").forEach(rest); // those that came with the answer
  $$('[data-key="u"]').forEach((button) => { button.dataset.nth ??= ++nth; });
  if (!isTyping(document.activeElement)) focusTrouble(event.target);
  count();
});

// The bar of a waiting button: not pressed twice.
document.addEventListener("htmx:beforeRequest", (event) => event.detail.elt.setAttribute?.("aria-busy", "true"));
document.addEventListener("htmx:afterRequest", (event) => event.detail.elt.removeAttribute?.("aria-busy"));

document.addEventListener("htmx:sendError", () => toast(word("offline")));
document.addEventListener("htmx:responseError", (event) => {
  const status = event.detail.xhr.status;
  if (status === 401 || status === 403) toast(word("denied"));
  else if (status === 404 || status === 409 || status === 410) toast(word("gone"));
  else if (status === 429 || status >= 502) toast(word("busy"));
  else toast(word("failed"));
});

// A passkey that was refused or cancelled (allauth tells it by an event).
document.addEventListener("allauth.error", (event) => {
  event.preventDefault();
  toast(word("passkey"), "warning");
});

// A server may say something with its fragment: HX-Trigger: {"care:toast": {"text": "…", "level": "success"}}
document.addEventListener("care:toast", (event) => toast(event.detail.text, event.detail.level ?? "success"));

// A strip of tabs wider than the screen begins where the current one is in sight.
$$(".tabs [aria-current]").forEach((tab) => {
  const strip = tab.closest(".tabs");
  strip.scrollLeft += tab.getBoundingClientRect().left - strip.getBoundingClientRect().left - (strip.clientWidth - tab.clientWidth) / 2;
});

// A list of time zones in which nothing was ever chosen begins with the browser's own.
$$("select[data-browser-zone]").forEach((list) => {
  const own = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (!list.value && [...list.options].some((option) => option.value === own)) list.value = own;
});

// After a form came back: to the summary of errors, else to the one wrong field.
function focusTrouble(root = $("main") ?? document) {
  ($("[data-autofocus]", root) ?? $('[aria-invalid="true"]', root))?.focus();
}

focusTrouble();
