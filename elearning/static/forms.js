// Forms and links on a bad connection: a tap never ends on the browser's own error page while the page can tell.
//   <form data-kept="words">    is kept in this browser when there is no connection, and sent later
//   <form data-stays="words">   is not kept, but the page and what was typed stay; the words may be empty
//   <form data-signs-out>       stays too; signing out deletes what is kept
// Without this script, plain forms do everything. The words are those of templates/components/connection.html.
import { isOffline, request } from "./connection.js";
import { createFormSender } from "./forms/sender.js";
import { createUnsentStore } from "./unsent.js";

const FIRST_RETRY = 5_000; // ms
const LAST_RETRY = 300_000; // ms; each retry waits twice as long as the one before

const bar = document.getElementById("connection");
const words = bar.dataset;
const tokens = document.getElementsByName("csrfmiddlewaretoken");
const parse = (html) => new DOMParser().parseFromString(html, "text/html");

/** Show a message, with links or buttons after it. It stands in a live region, so it is read out. */
function say(place, text, ...controls) {
  place.replaceChildren(text, ...controls.flatMap((control) => [" ", control]));
}
const make = (name, fields) => Object.assign(document.createElement(name), fields);
const link = (textContent, href, target = "") => make("a", { className: "tap", textContent, href, target });
const button = (textContent, act) => {
  const element = make("button", { type: "button", className: "plain-button", textContent });
  element.addEventListener("click", act);
  return element;
};
const clear = (place) => place.replaceChildren();
const close = () => button(words.close, () => clear(bar));
const tellAll = (text, ...controls) => say(bar, text, ...controls, close());

/** What a whole page of the server says: its heading and the sentence below. A form's fragment has no heading. */
function pageWords(html) {
  const page = parse(html);
  const parts = [page.querySelector("main h1"), page.querySelector("main .lede")];
  return parts.filter(Boolean).map((part) => part.textContent.trim().replace(/\s+/g, " ")).join(". ");
}

const store = createUnsentStore({
  // Visitors keep things as long as the page lasts: nobody knows who sends them later.
  storage: () => (words.person ? localStorage : undefined),
  prefix: `form:${words.person}:`,
  tab: Math.random().toString(36).slice(2),
  isWhole: (form) => typeof form.url === "string" && typeof form.body === "string",
});
const sender = createFormSender({
  store, request, settled,
  here: location.pathname,
  locks: navigator.locks,
  token: () => tokens[0]?.value ?? "",
  async renewToken() {
    const fresh = parse(await (await request(location.href)).text());
    const isSamePerson = fresh.getElementById("connection")?.dataset.person === words.person;
    const token = fresh.querySelector("[name=csrfmiddlewaretoken]")?.value;
    if (isSamePerson && token) for (const field of tokens) field.value = token;
    return Boolean(isSamePerson && token);
  },
});

const addressOf = (form) => new URL(form.getAttribute("action") || location.href, location.href);
const slotOf = (form) => {
  const { pathname, hash } = addressOf(form);
  return (pathname + hash).replaceAll(":", "%3A");
};
const fieldsOf = (form, submitter) => {
  const fields = new FormData(form);
  if (submitter?.name) fields.append(submitter.name, submitter.value);
  return fields;
};
const statusOf = (form) => form.querySelector(":scope > .form-status") ?? bar;
const keptForms = [...document.querySelectorAll("form[data-kept]")];
for (const form of document.querySelectorAll("form[data-kept], form[data-stays]")) {
  form.append(make("p", { className: "form-status", role: "status" }));
}

/** A kept form is over: the server has it, or refused it. Tell so at the form, or below the page if it is not here. */
function settled(slot, kept, { kind, html, address }) {
  const form = keptForms.find((candidate) => slotOf(candidate) === slot);
  const text = pageWords(html);
  if (kind === "sent" && form && pressed.has(slot) && address) {
    location.assign(address);
  } else if (form) {
    const answer = form.querySelector(".answer");
    if (answer && !text) answer.innerHTML = html;
    if (kind === "sent" && !answer) say(statusOf(form), words.sent, ...(address ? [link(words.goOn, address)] : []));
    else say(statusOf(form), text);
  } else if (kind === "sent") {
    tellAll(words.sent);
  }
}

const pressed = new Set(); // the slots whose button somebody has just pressed
let delay = FIRST_RETRY;
let timer;
/** Send what waits, and try again later if that fails. */
async function flush() {
  clearTimeout(timer);
  const obstacle = await sender.flush();
  if (sender.waiting().length) {
    timer = setTimeout(flush, delay);
    delay = Math.min(delay * 2, LAST_RETRY);
  }
  return obstacle;
}
const flushNow = () => {
  delay = FIRST_RETRY;
  return flush();
};

/** Say why a form was not sent, in the server's words if it has any. */
function tellObstacle(form, { kind, html }) {
  const isKept = "kept" in form.dataset;
  const signIn = `${words.signIn}?next=${encodeURIComponent(location.pathname)}`;
  if (kind === "no connection") say(statusOf(form), form.dataset.kept || form.dataset.stays || words.stays);
  else if (kind === "signed out" && isKept) say(statusOf(form), words.signedOutKept, link(words.signInNow, signIn));
  else if (kind === "signed out") say(statusOf(form), words.signedOut, link(words.signInNow, signIn, "_blank"));
  else say(statusOf(form), [pageWords(html) || words.fault, isKept ? words.waits : words.again].join(" "));
}

async function keep(form, submitter) {
  const slot = slotOf(form);
  const { pathname, search } = addressOf(form);
  const body = new URLSearchParams(fieldsOf(form, submitter));
  body.delete("csrfmiddlewaretoken");
  // A form that goes to its own page gets an answer to be shown there.
  const onlyHere = pathname === location.pathname;
  store.add(slot, { url: pathname + search, body: body.toString(), from: location.pathname, onlyHere });
  pressed.add(slot);
  const obstacle = await flushNow();
  pressed.delete(slot);
  if (obstacle && store.newest(slot)) tellObstacle(form, obstacle);
}

const asTheBrowserDoes = new WeakSet(); // forms that are to be submitted without this script
async function sendOnce(form, submitter) {
  const { kind, html, address } = await sender.post({ url: addressOf(form).href, body: fieldsOf(form, submitter) });
  if (kind === "sent" && address) {
    if ("signsOut" in form.dataset) store.removeAll();
    location.assign(address);
  } else if (kind === "sent" || (kind === "refused" && parse(html).querySelector("main form"))) {
    // The page again, with its errors. Nothing has changed, so the browser may send the same and show it.
    asTheBrowserDoes.add(form);
    form.requestSubmit(submitter);
  } else {
    tellObstacle(form, { kind, html });
  }
}

/** Ask once before what waits here is deleted. */
async function mayLose(form) {
  await flushNow();
  if (!store.slots().length || form.dataset.warned) return true;
  form.dataset.warned = "yes";
  tellAll(words.signOut);
  return false;
}

const busy = new WeakSet();
document.addEventListener("submit", async (event) => {
  const { target: form, submitter } = event;
  if (event.defaultPrevented || asTheBrowserDoes.delete(form)) return;
  const { kept, stays, signsOut } = form.dataset;
  if ((kept ?? stays ?? signsOut) === undefined) {
    if (navigator.onLine) return;
    event.preventDefault(); // a form without a mark: sign-in or a search
    tellAll(words.stays);
    return;
  }
  event.preventDefault();
  if (busy.has(form)) return;
  busy.add(form);
  submitter?.setAttribute("aria-disabled", "true");
  clear(statusOf(form));
  if (kept !== undefined) await keep(form, submitter);
  else if (signsOut === undefined || await mayLose(form)) await sendOnce(form, submitter);
  submitter?.removeAttribute("aria-disabled");
  busy.delete(form);
});

// A link cannot be followed without a connection. Say so, and let who knows better try.
document.addEventListener("click", (event) => {
  const followed = event.target.closest?.("a[href]");
  if (!followed || event.defaultPrevented || event.button || event.ctrlKey || event.metaKey || event.shiftKey) return;
  const url = new URL(followed.href, location.href);
  const isHere = url.pathname + url.search === location.pathname + location.search && url.hash;
  if (!isOffline() || isHere || url.origin !== location.origin || followed.target || bar.contains(followed)) return;
  event.preventDefault();
  tellAll(words.away, link(words.anyway, url.href));
});

const isTouched = (field) =>
  ("defaultValue" in field && field.value !== field.defaultValue) || field.checked !== field.defaultChecked;

/** Show in a form what is kept of it, unless something newer was given before this script had loaded. */
function restore(form) {
  const kept = store.newest(slotOf(form));
  if (!kept) return;
  say(statusOf(form), kept.refused ? words.refused : form.dataset.kept);
  if ([...form.elements].some(isTouched)) return;
  const fields = new URLSearchParams(kept.body);
  for (const field of form.elements) {
    if (!field.name || field.type === "submit" || field.name === "csrfmiddlewaretoken") continue;
    if (["radio", "checkbox"].includes(field.type)) field.checked = fields.getAll(field.name).includes(field.value);
    else field.value = fields.get(field.name) ?? "";
  }
  const details = form.closest("details");
  if (details) details.open = true;
}
keptForms.forEach(restore);

const slotsHere = new Set(keptForms.map(slotOf));
const refusedElsewhere = sender.refused().find((slot) => !slotsHere.has(slot));
if (refusedElsewhere) {
  const forget = button(words.forget, () => {
    store.remove(store.keysOf(refusedElsewhere));
    clear(bar);
  });
  tellAll(words.refused, link(words.open, store.newest(refusedElsewhere).from), forget);
}
for (const name of ["online", "pageshow"]) addEventListener(name, flushNow);
document.addEventListener("visibilitychange", () => { if (!document.hidden) flushNow(); });
