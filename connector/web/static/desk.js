// What script adds to pages that are complete without it: keys, counts of what is ticked, the reader's own time.
"use strict";

const all = (selector, root = document) => [...root.querySelectorAll(selector)];
const one = (selector, root = document) => root.querySelector(selector);
const press = (selector) => { const found = one(selector); if (found) found.click(); return Boolean(found); };

// Moments, in the reader's own time
for (const time of all("time[datetime*=T]")) {
  const at = new Date(time.dateTime);
  if (isNaN(at)) continue;
  const day = at.toDateString() === new Date().toDateString() ? "" : at.toLocaleDateString(undefined, { day: "numeric", month: "short" }) + ", ";
  time.title = at.toLocaleString();
  time.textContent = day + at.toLocaleTimeString(undefined, { hour: "2-digit", minute: "2-digit" });
}

// Menus and notes close with Escape, menus also by a click elsewhere
const closeMenus = (except) => { for (const menu of all("details.menu[open]")) if (menu !== except) menu.open = false; };
document.addEventListener("click", (event) => closeMenus(event.target.closest("details.menu")));

// A form is sent once
document.addEventListener("submit", (event) => {
  const button = event.submitter;
  if (!button) return;
  if (button.getAttribute("aria-busy") === "true") { event.preventDefault(); return; }
  button.setAttribute("aria-busy", "true");
});
addEventListener("pageshow", () => { for (const button of all("[aria-busy=true]")) button.removeAttribute("aria-busy"); count(); });

// What is ticked
const ticks = () => all("#records input[name=r]");
function count() {
  const ticked = ticks().filter((tick) => tick.checked).length;
  const shown = one("[data-selected]");
  if (shown) shown.textContent = `${ticked.toLocaleString()} selected`;
  for (const button of all("#records .dock [data-key-approve], #records .dock [data-key-reject]")) {
    const word = button.dataset.word || (button.dataset.word = button.textContent.replace("…", ""));
    button.textContent = `${word}${ticked ? ` ${ticked}` : ""}${button.hasAttribute("data-key-reject") ? "…" : ""}`;
  }
  const every = one("#tick-all");
  if (every) { every.checked = ticked > 0 && ticked === ticks().length; every.indeterminate = ticked > 0 && ticked < ticks().length; }
}
document.addEventListener("change", (event) => {
  if (event.target.id === "tick-all") for (const tick of ticks()) tick.checked = event.target.checked;
  if (event.target.matches("#tick-all, input[name=r]")) count();
});

// The row cursor of the queue
const rows = () => all("#records tbody tr");
const cursor = () => one("#records tr[aria-current]");
let from = null;
function move(step) {
  const every = rows();
  if (!every.length) return;
  const at = every.indexOf(cursor());
  const next = every[Math.min(Math.max(at + step, 0), every.length - 1)];
  for (const row of every) row.removeAttribute("aria-current");
  next.setAttribute("aria-current", "true");
  one("th a", next).focus({ preventScroll: true });
  next.scrollIntoView({ block: "nearest" });
}
function tick(range) {
  const every = rows();
  const row = cursor() || every[0];
  if (!row) return;
  if (!cursor()) move(0);
  const at = every.indexOf(row);
  const box = one("input[name=r]", row);
  if (range && from !== null) {
    for (const each of every.slice(Math.min(from, at), Math.max(from, at) + 1)) one("input[name=r]", each).checked = true;
  } else {
    box.checked = !box.checked;
  }
  from = at;
  count();
}
function tickPage() {
  const whole = ticks().every((box) => box.checked);
  for (const box of ticks()) box.checked = !whole;
  count();
}
function decide(selector) {
  if (!ticks().some((box) => box.checked) && cursor()) one("input[name=r]", cursor()).checked = true;
  press(selector);
}

const QUEUE = {
  j: () => move(1), k: () => move(-1), x: () => tick(false), X: () => tick(true), "*": tickPage,
  o: () => press("#records tr[aria-current] th a"),
  a: () => decide("[data-key-approve]"), r: () => decide("[data-key-reject]"),
};
const focusOn = (selector) => { const found = one(selector); if (found) { found.scrollIntoView({ block: "center" }); found.focus({ preventScroll: true }); } };
function edit() {
  const row = document.activeElement.closest("tr") || one("tr:target");
  const link = row && one("[data-key-edit]", row);
  if (link) link.click(); else focusOn("[data-key-edit]");
}
function reject() { location.hash = "reject"; focusOn("#reason"); }
const RECORD = {
  j: () => press("[data-key-after]"), k: () => press("[data-key-before]"), u: () => press("[data-key-up]"),
  e: edit, t: () => focusOn(one("#type :checked") ? "#type :checked" : "#type [type=radio], #type select"), m: () => press("[data-key-mine]"), c: () => press("[data-key-theirs]"),
  a: () => press("[data-key-approve]"), r: reject,
};
const EVERYWHERE = {
  "/": () => { if (one("#search")) focusOn("#search"); else location.href = "/review"; },
  f: () => { if (one("#filters")) { location.hash = "filters"; focusOn("#filters a[href]:not(.only-narrow)"); } },
  "?": () => { location.href = "/keys"; },
};
const KEYS = { ...EVERYWHERE, ...({ queue: QUEUE, record: RECORD }[document.body.dataset.page] || {}) };
const isOff = () => localStorage.getItem("keys") === "off";
const isTyping = (target) => target.closest("input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]");

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") {
    const menu = one("details.menu[open]");
    closeMenus();
    if (menu) one("summary", menu).focus(); else if (!press("[data-key-close]") && document.activeElement !== document.body) document.activeElement.blur();
    return;
  }
  if (isOff() || event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
  const act = KEYS[event.key];
  if (act) { event.preventDefault(); act(); }
});
document.addEventListener("focusin", (event) => {
  const row = event.target.closest("#records tbody tr");
  if (!row || row === cursor()) return;
  for (const each of rows()) each.removeAttribute("aria-current");
  row.setAttribute("aria-current", "true");
});

// Single keys can be turned off
function sayKeys() {
  for (const button of all("[data-keys-switch]")) button.textContent = isOff() ? "Turn single keys on" : "Turn single keys off";
  for (const shown of all(".keys")) shown.hidden = isOff();
}
document.addEventListener("click", (event) => {
  if (!event.target.closest("[data-keys-switch]")) return;
  localStorage.setItem("keys", isOff() ? "on" : "off");
  sayKeys();
});
sayKeys();
const onReject = () => { if (location.hash === "#reject") focusOn("#reason"); };
addEventListener("hashchange", onReject);
onReject();
