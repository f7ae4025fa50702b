// A running test on a bad connection: every answer is sent at once, and kept in this browser until the server has
// acknowledged it. This file connects the page with store, sender and clock. Without it, plain forms do everything.
import { request } from "./connection.js";
import { createClock } from "./quiz/clock.js";
import { createSender } from "./quiz/sender.js";
import { createAnswerStore, createSeenNumbers } from "./quiz/store.js";

const FLUSH_EVERY = 5_000; // ms
const TYPING_PAUSE = 3_000; // ms without a key, after which a longer text is saved
const TICK_EVERY = 30_000; // ms
const LONGEST_TIMER = 2 ** 31; // ms; setTimeout fires at once for more

const { gettext = (text) => text, ngettext = (one, many, n) => (n === 1 ? one : many) } = globalThis.django ?? {};
const byId = (id) => document.getElementById(id);
const say = (id, text, n) => { if (byId(id)) byId(id).textContent = text.replace("%(n)s", n); };
const page = byId("item"); // the form of an item; on the page for handing in an element with the same data
const clockElement = byId("clock");

/** The same words as quizzes.answer_states.AnswerCount; `states` are those of all questions. */
function showCount(states) {
  const count = (state) => states.filter((other) => other === state).length;
  const [answered, begun, empty] = ["answered", "begun", "empty"].map(count);
  const words = [
    ngettext("%(n)s answered", "%(n)s answered", answered).replace("%(n)s", answered),
    begun && ngettext("%(n)s partly answered", "%(n)s partly answered", begun).replace("%(n)s", begun),
    empty && ngettext("%(n)s empty", "%(n)s empty", empty).replace("%(n)s", empty),
  ].filter(Boolean).join(gettext(", "));
  for (const element of document.querySelectorAll(".answer-count")) element.textContent = words;
}

let dropUnsent = () => 0; // deletes the answers that are too late when the time is up; returns for how many items
// The clock ticks again before a slow connection has loaded the result. A second request would start over.
let leaving = false;
const leave = () => {
  if (leaving) return;
  leaving = true;
  const late = dropUnsent();
  location.replace(clockElement.dataset.result + (late ? `?late=${late}` : ""));
};
// The browser's back button may show this page again from its cache, after the result.
addEventListener("pageshow", ({ persisted }) => { leaving &&= !persisted; });

function connect() {
  const { attempt, position, save } = page.dataset;
  const serverNumber = Number(page.dataset.op ?? 0);
  const tab = Math.random().toString(36).slice(2);
  const store = createAnswerStore({ storage: () => localStorage, attempt, tab });
  const seen = createSeenNumbers({ storage: () => sessionStorage, attempt });
  const links = [...document.querySelectorAll(".overview a")];
  const saved = new Set(links.filter((link) => link.matches(".sent")).map((link) => link.dataset.position));
  if (page.dataset.has) saved.add(position);
  const tokens = document.getElementsByName("csrfmiddlewaretoken");

  const renewToken = async () => {
    // After signing in again in another tab the token has changed. For another person this page does not exist.
    const reply = await request(location);
    const fresh = new DOMParser().parseFromString(await reply.text(), "text/html");
    const isSamePerson = Boolean(fresh.getElementById("item"));
    if (isSamePerson) for (const token of tokens) token.value = fresh.querySelector("[name=csrfmiddlewaretoken]").value;
    return isSamePerson;
  };
  const sender = createSender({
    store, seen, position, serverNumber, saved, saveUrl: save, locks: navigator.locks, renewToken, closed: leave,
    fetch: request,
    token: () => tokens[0].value,
    changed: () => show(),
    signedOut: (isSignedOut) => { byId("signed-out").hidden = !isSignedOut; },
    stored(at, state) {
      const link = links.find(({ dataset }) => dataset.position === at);
      if (link) link.dataset.state = state;
      showCount(links.map(({ dataset }) => dataset.state));
    },
  });
  const show = () => {
    const waiting = store.positions().length;
    const unsent = waiting ? ` · ${gettext("%(n)s on this device").replace("%(n)s", waiting)}` : "";
    const unsaved = sender.formRefused
      ? ` ${gettext("Your answer is not complete, so it is not saved yet.")}` : "";
    const count = ngettext("%(n)s answer saved", "%(n)s answers saved", saved.size);
    say("saved", `${count}${unsent}.${unsaved}`, saved.size);
    byId("held").hidden = !waiting;
    for (const link of links) {
      const at = link.dataset.position;
      if (at === position) continue;
      const isUnsent = Boolean(store.newest(at));
      link.classList.toggle("held", isUnsent);
      link.classList.toggle("sent", saved.has(at) && !isUnsent);
    }
  };
  dropUnsent = () => {
    const late = store.positions().length;
    store.removeAll();
    show();
    return late;
  };

  // The page is older than what this tab knows to be stored, so load it again. The URL has no fragment: with one, the
  // browser would only scroll.
  if (!store.newest(position) && seen.takeNewer(position, serverNumber)) {
    location.replace(location.pathname + location.search);
  }
  if (page.matches("form")) connectForm(page, { store, sender, position });
  byId("hand-in")?.addEventListener("submit", async (event) => {
    if (!store.positions().length) return;
    event.preventDefault();
    await sender.flush();
    if (!store.positions().length) event.target.requestSubmit();
  });
  for (const name of ["online", "pageshow"]) addEventListener(name, sender.flush);
  document.addEventListener("visibilitychange", sender.flush);
  addEventListener("storage", show);
  setInterval(sender.flush, FLUSH_EVERY);
  show();
}

function connectForm(form, { store, sender, position }) {
  const contentOf = (source) => {
    const data = new URLSearchParams(new FormData(source));
    data.delete("csrfmiddlewaretoken");
    data.delete("op");
    data.sort();
    return data.toString();
  };
  // The form as the server sent it. An answer that was chosen while this script was still loading differs from it, and
  // is newer than everything else: capture() below saves it.
  const serverForm = form.cloneNode(true);
  serverForm.reset();
  let last = contentOf(serverForm);
  // An unsent answer is newer than what the server put into the form, and the button sends what the form holds. So the
  // form gets the unsent answer; in a case only if it belongs to this step, as an earlier step has other fields.
  const waiting = store.newest(position);
  const stored = new URLSearchParams(waiting?.body);
  const isUntouched = contentOf(form) === last;
  if (isUntouched && waiting && stored.get("settled") === (form.elements.settled?.value ?? null)) {
    for (const field of form.elements) {
      if (!field.name || ["hidden", "submit"].includes(field.type)) continue;
      if (["radio", "checkbox"].includes(field.type)) field.checked = stored.getAll(field.name).includes(field.value);
      else field.value = stored.get(field.name) ?? "";
    }
    last = contentOf(form);
  } else {
    sender.showsServerAnswer();
  }
  const capture = () => {
    const content = contentOf(form);
    if (content === last) return;
    last = content;
    sender.give(content);
  };
  form.addEventListener("change", capture);
  capture();

  // A longer text is saved at each pause in typing, not only when its author leaves the field.
  let pause;
  form.addEventListener("input", ({ target }) => {
    clearTimeout(pause);
    if (target.matches("textarea")) pause = setTimeout(capture, TYPING_PAUSE);
  });
  addEventListener("pagehide", capture);
  document.addEventListener("visibilitychange", capture);
  form.addEventListener("submit", () => { // forms.js sends the form
    capture();
    form.elements.op.value = sender.formNumber;
  });
}

function startClock() {
  const { now, deadline } = clockElement.dataset;
  const clock = createClock({ serverNow: Number(now), deadline: Number(deadline) });
  const tick = () => {
    const left = clock.minutesLeft();
    const text = ngettext("%(n)s min left", "%(n)s min left", left);
    say("left", text, left);
    if (clock.isDueToAnnounce()) say("tell", text, left);
    if (clock.isOver()) leave();
  };
  tick();
  setInterval(tick, TICK_EVERY);
  const left = clock.millisecondsLeft();
  if (left < LONGEST_TIMER) setTimeout(tick, left + 1_500);
  document.addEventListener("visibilitychange", tick);
}

if (page) connect();
if (clockElement) startClock();
