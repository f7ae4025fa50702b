// A running test, made safer on a bad line: every answer is sent as it is given, and kept on this phone
// until the server has said that it has it. Everything here works without this file too, by plain forms.

const { gettext = (text) => text, ngettext = (one, many, n) => (n === 1 ? one : many) } = globalThis.django ?? {};
const byId = (id) => document.getElementById(id);
const form = byId("item");
const clock = byId("clock");
let giveUp = () => 0; // drops the answers that are too late when the time is up; how many
let leaving = false; // the clock asks again before a slow line has brought the result, which would begin anew
const over = () => {
  if (leaving) return;
  leaving = true;
  const late = giveUp();
  location.replace(clock.dataset.result + (late ? `?late=${late}` : ""));
};
addEventListener("pageshow", ({ persisted }) => { leaving &&= !persisted; }); // back from the result, by the browser's button
const say = (id, text, n) => { if (byId(id)) byId(id).textContent = text.replace("%(n)s", n); };

if (form) {
  const { attempt, position, save } = form.dataset;
  const name = `test:${attempt}:`;
  const links = [...document.querySelectorAll(".over a")];
  const sent = new Set(links.filter((link) => link.matches(".sent")).map((link) => link.dataset.position));
  if (form.dataset.has) sent.add(position);

  // What is on this phone: each answer, {op, body}, in a drawer of its own that no other answer is ever put into, named
  // `item:time:tab`; the newest of an item counts. A tab sees late what another one put away, so with one drawer for both
  // it would clear away, as sent, what is not. localStorage, for it has written before it returns: a tab may be killed.
  const tab = Math.random().toString(36).slice(2);
  const unkept = {}; // where the browser has no room, or none is allowed: it lasts as long as this page
  const placeOf = (drawer) => drawer.split(":")[0];
  const timeOf = (drawer) => Number(drawer?.split(":")[1] ?? 0);
  const stored = () => {
    try { return Object.keys(localStorage); } catch { return []; }
  };
  const drawers = () => [
    ...stored().filter((key) => key.startsWith(name)).map((key) => key.slice(name.length)), ...Object.keys(unkept),
  ].sort();
  const drawersOf = (at) => drawers().filter((drawer) => placeOf(drawer) === at);
  const read = (drawer) => {
    try { return JSON.parse(localStorage[name + drawer]); } catch { return unkept[drawer]; }
  };
  const newest = (at) => read(drawersOf(at).at(-1));
  const put = (drawer, entry) => {
    delete unkept[drawer];
    try { localStorage[name + drawer] = JSON.stringify(entry); } catch { unkept[drawer] = entry; }
  };
  const clear = (old) => {
    for (const drawer of old) {
      delete unkept[drawer];
      try { delete localStorage[name + drawer]; } catch { /* none is allowed, so nothing is there */ }
    }
  };
  const keep = (at, entry) => {
    const old = drawersOf(at);
    const time = Math.max(Date.now(), timeOf(old.at(-1)) + 1); // a phone's clock may be set back
    put(`${at}:${time}:${tab}`, entry);
    clear(old);
    show();
  };
  const waiting = () => [...new Set(drawers().map(placeOf))];
  let op = Math.max(form.dataset.op ?? 0, newest(position)?.op ?? 0);
  let formOp = op; // the number of what the form shows; another tab's answer to this item has a higher one
  let half = false; // whether what the form shows was refused, for it is not a whole answer
  giveUp = () => {
    const held = waiting().length;
    clear(drawers());
    show();
    return held;
  };
  const show = () => {
    const held = waiting().length;
    const also = held ? ` · ${gettext("%(n)s on this phone").replace("%(n)s", held)}` : "";
    const unsaved = half ? ` ${gettext("What the form holds now is not a whole answer, so it is not saved yet.")}` : "";
    say("saved", `${ngettext("%(n)s answer saved", "%(n)s answers saved", sent.size)}${also}.${unsaved}`, sent.size);
    byId("held").hidden = !held;
    for (const link of links) {
      const at = link.dataset.position;
      if (at === position) continue;
      link.classList.toggle("held", Boolean(newest(at)));
      link.classList.toggle("sent", sent.has(at) && !newest(at));
    }
  };

  // A page may have been made before an answer was stored, and come after this tab was told that it was: it would show
  // the answer before. Whoever knows of a newer one asks for the page again, once.
  const seen = `seen:${attempt}:`;
  const remember = (at, number) => {
    try { sessionStorage[seen + at] = number; } catch { /* no room: the page is taken as it comes */ }
  };
  try {
    if (sessionStorage[seen + position] > Number(form.dataset.op) && !newest(position)) {
      delete sessionStorage[seen + position];
      location.replace(location.pathname + location.search); // whole: with a fragment it would only be scrolled
    }
  } catch { /* none is allowed */ }

  const patience = () => AbortSignal.timeout?.(10000); // a dead line may never say so
  const tokens = document.getElementsByName("csrfmiddlewaretoken");
  const renew = async () => {
    // Whoever signed in again in another tab has another token; a stranger's page of this address does not exist.
    const page = new DOMParser().parseFromString(await (await fetch(location, { signal: patience() })).text(), "text/html");
    const fresh = page.querySelector("[name=csrfmiddlewaretoken]");
    const ours = Boolean(page.getElementById("item"));
    if (ours) for (const each of tokens) each.value = fresh.value;
    return ours;
  };
  const deliver = async (at, again = true) => {
    const before = drawersOf(at);
    const drawer = before.at(-1);
    const entry = read(drawer);
    if (!entry) return clear([drawer]); // another tab was faster, or nobody can read it
    const body = new URLSearchParams(entry.body);
    const given = [...body].some(([field, value]) => field !== "flag" && value.trim());
    body.set("op", entry.op);
    body.set("csrfmiddlewaretoken", tokens[0].value);
    const signal = patience();
    // What is sent while the page goes away may hold 64 kB, by the rule of fetch; a longer text waits for the next page.
    const keepalive = body.toString().length < 60000;
    const reply = await fetch(save.replace("/0/", `/${at}/`), { method: "POST", body, keepalive, signal });
    const current = () => drawersOf(at).at(-1) === drawer;
    byId("signed-out").hidden = !reply.redirected;
    if (reply.redirected) throw new Error("signed out"); // kept until somebody has signed in again
    if (reply.status === 410) {
      over();
    } else if (reply.ok || reply.status === 409) {
      const { latest } = await reply.json();
      remember(at, latest);
      if (at === position) op = Math.max(op, latest);
      if (reply.ok && latest === entry.op) {
        sent[given ? "add" : "delete"](at);
        if (at === position) half = false;
        clear(before);
      } else if (current()) {
        // Answered elsewhere meanwhile; what was chosen here is the newer wish.
        if (at === position && formOp === entry.op) formOp = latest + 1;
        put(drawer, { ...entry, op: latest + 1 });
      }
    } else if ([400, 404, 422].includes(reply.status)) {
      if (at === position && current()) half = formOp === entry.op;
      clear(before); // not an answer yet, such as an order half given
    } else if (reply.status === 403 && again && await renew()) {
      await deliver(at, false);
    } else {
      throw new Error(reply.status); // the server is away: keep it
    }
    show();
  };
  const send = async () => {
    try {
      for (let round = 0; round < 9 && waiting().length; round += 1) {
        for (const at of waiting()) await deliver(at);
      }
    } catch { /* the line is down: the events below try again */ }
  };
  let running;
  const flush = async () => {
    // One tab sends at a time, where the browser can tell; an answer sent twice would be stored once all the same.
    running ??= navigator.locks ? navigator.locks.request(name, send) : send();
    await running;
    running = null;
  };

  if (form.matches("form")) {
    const written = (from = form) => {
      const data = new URLSearchParams(new FormData(from));
      data.delete("csrfmiddlewaretoken");
      data.delete("op");
      data.sort();
      return data.toString();
    };
    // What was given before this file came over a slow line is newer than all else: it is captured at the end of this.
    const asMade = form.cloneNode(true);
    asMade.reset();
    let last = written(asMade);
    // What waits here is newer than what the server put into the form, and the button sends what is in the form.
    // Of a case only what was given at the step it shows: an earlier one says nothing about the fields of this.
    const mine = newest(position);
    const kept = new URLSearchParams(mine?.body);
    const waits = written() === last && mine && kept.get("settled") === (form.elements.settled?.value ?? null);
    if (!waits) formOp = Number(form.dataset.op ?? 0);
    for (const field of waits ? form.elements : []) {
      if (!field.name || ["hidden", "submit"].includes(field.type)) continue;
      if (["radio", "checkbox"].includes(field.type)) field.checked = kept.getAll(field.name).includes(field.value);
      else field.value = kept.get(field.name) ?? "";
    }
    if (waits) last = written();
    const capture = () => {
      if (written() === last) return;
      last = written();
      op += 1;
      formOp = op;
      keep(position, { op, body: last });
      flush();
    };
    form.addEventListener("change", capture);
    capture();
    // A longer text is not left unsaved until its author goes on: a pause in writing is enough.
    let pause;
    form.addEventListener("input", ({ target }) => {
      clearTimeout(pause);
      if (target.matches("textarea")) pause = setTimeout(capture, 3000);
    });
    for (const [where, event] of [[window, "pagehide"], [document, "visibilitychange"]]) where.addEventListener(event, capture);
    form.addEventListener("submit", (event) => {
      capture();
      form.elements.op.value = formOp;
      if (navigator.onLine) return;
      event.preventDefault();
      say("tell", gettext("The line is down. Your answer is kept on this phone; go on when the line is back."));
    });
  }
  byId("hand-in")?.addEventListener("submit", async (event) => {
    if (!waiting().length) return;
    event.preventDefault();
    await flush();
    if (!waiting().length) event.target.submit();
  });
  for (const event of ["online", "pageshow"]) addEventListener(event, flush);
  document.addEventListener("visibilitychange", flush);
  addEventListener("storage", show);
  setInterval(flush, 5000);
  show();
}

if (clock) {
  const end = clock.dataset.deadline - clock.dataset.now + Date.now();
  let told = 6;
  const tick = () => {
    const left = Math.max(0, Math.ceil((end - Date.now()) / 60000));
    const text = ngettext("%(n)s min left", "%(n)s min left", left);
    say("left", text, left);
    const mark = left > 5 ? 6 : left > 1 ? 5 : 1;
    if (mark < told) say("tell", text, left);
    told = mark;
    if (Date.now() > end + 1000) over();
  };
  tick();
  setInterval(tick, 30000);
  if (end - Date.now() < 2 ** 31) setTimeout(tick, end - Date.now() + 1500);
  document.addEventListener("visibilitychange", tick);
}
