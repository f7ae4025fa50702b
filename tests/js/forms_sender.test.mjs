// Tests of elearning/static/forms/sender.js, with a server and a browser made of a few lines.
import assert from "node:assert/strict";
import { test } from "node:test";

import { createFormSender } from "../../elearning/static/forms/sender.js";
import { createUnsentStore } from "../../elearning/static/unsent.js";
import { FakeStorage } from "./storage.mjs";

const NO_CONNECTION = Symbol("no connection");
const NOTE = { url: "/en/note/", body: "note=Ask", from: "/en/lesson/", onlyHere: false };
const reply = (status, { html = "", address = null } = {}) =>
  ({ status, ok: status < 300, text: async () => html, headers: { get: () => address } });

/** A page of Amina. `replies` are what the server says, in order; afterwards it takes everything. */
function page({
  replies = [], storage = new FakeStorage(), person = "amina", here = "/en/lesson/", renews = true,
} = {}) {
  let now = 1_700_000_000_000;
  const isWhole = (form) => typeof form.url === "string";
  const store = createUnsentStore({
    storage: () => storage, prefix: `form:${person}:`, tab: "t1", now: () => (now += 1), isWhole,
  });
  const told = { store, requests: [], settled: [], renewed: 0 };
  told.sender = createFormSender({
    store, here,
    async request(url, { body }) {
      told.requests.push([url, body.get("note"), body.get("csrfmiddlewaretoken")]);
      const next = replies.shift() ?? reply(200);
      if (next === NO_CONNECTION) throw new TypeError("no connection");
      return next;
    },
    token: () => (told.renewed ? "new" : "old"),
    async renewToken() {
      told.renewed += 1;
      return renews;
    },
    settled(slot, form, outcome) { told.settled.push([slot, outcome.kind, outcome.html, outcome.address]); },
  });
  return told;
}

test("what is given is sent, told once, and kept no longer", async () => {
  const told = page({ replies: [reply(200, { html: "Saved." })] });
  told.store.add("note", NOTE);
  assert.equal(await told.sender.flush(), undefined);
  assert.deepEqual(told.requests, [["/en/note/", "Ask", "old"]]);
  assert.deepEqual([told.settled, told.store.slots()], [[["note", "sent", "Saved.", null]], []]);
});

test("without a connection it stays, and is sent by the next flush or the next page", async () => {
  const storage = new FakeStorage();
  const told = page({ storage, replies: [NO_CONNECTION] });
  told.store.add("note", NOTE);
  assert.equal((await told.sender.flush()).kind, "no connection");
  assert.deepEqual([told.sender.waiting(), told.settled], [["note"], []]);
  const next = page({ storage, here: "/en/learning/" });
  await next.sender.flush();
  assert.deepEqual([next.requests.length, next.store.slots()], [1, []]);
});

test("an error of the server is no lack of a connection, and what was given stays", async () => {
  for (const [status, kind] of [[401, "signed out"], [429, "later"], [500, "later"], [503, "later"]]) {
    const told = page({ replies: [reply(status, { html: "Why" })] });
    told.store.add("note", NOTE);
    const outcome = await told.sender.flush();
    assert.deepEqual([outcome.kind, outcome.html, told.sender.waiting()], [kind, "Why", ["note"]]);
  }
});

test("what the server refuses is told and kept, and not sent again by itself", async () => {
  for (const status of [400, 404, 409, 422]) {
    const told = page({ replies: [reply(status, { html: "Why" })] });
    told.store.add("note", NOTE);
    await told.sender.flush();
    await told.sender.flush();
    assert.deepEqual([told.requests.length, told.sender.refused()], [1, ["note"]]);
    assert.equal(told.store.newest("note").body, "note=Ask");
    assert.deepEqual(told.settled, [["note", "refused", "Why", null]]);
    told.store.add("note", { ...NOTE, body: "note=Ask her" }); // mended and given again
    await told.sender.flush();
    assert.deepEqual([told.requests.length, told.store.slots()], [2, []]);
  }
});

test("an old form token is renewed once; on a page of somebody else nothing is sent", async () => {
  const told = page({ replies: [reply(403)] });
  told.store.add("note", NOTE);
  await told.sender.flush();
  assert.deepEqual([told.requests.map(([, , token]) => token), told.store.slots()], [["old", "new"], []]);
  const foreign = page({ replies: [reply(403)], renews: false });
  foreign.store.add("note", NOTE);
  assert.equal((await foreign.sender.flush()).kind, "signed out");
  assert.deepEqual([foreign.requests.length, foreign.sender.waiting()], [1, ["note"]]);
});

test("what one person gave is never seen or sent by another who uses the same device", async () => {
  const storage = new FakeStorage();
  page({ storage }).store.add("note", NOTE);
  const other = page({ storage, person: "baraka" });
  await other.sender.flush();
  other.store.removeAll(); // signs out
  assert.deepEqual([other.requests, other.store.slots()], [[], []]);
  assert.equal(page({ storage }).store.newest("note").body, "note=Ask");
});

test("an answer that is shown on its own page only waits for that page", async () => {
  const storage = new FakeStorage();
  const elsewhere = page({ storage, here: "/en/learning/" });
  elsewhere.store.add("check", { ...NOTE, onlyHere: true });
  assert.equal(await elsewhere.sender.flush(), undefined);
  assert.deepEqual([elsewhere.requests, elsewhere.sender.waiting()], [[], []]);
  const lesson = page({ storage });
  await lesson.sender.flush();
  assert.deepEqual([lesson.requests.length, lesson.store.slots()], [1, []]);
});

test("what was given while the older one was under way is sent too", async () => {
  const told = page();
  told.store.add("note", NOTE);
  const sending = told.sender.flush();
  told.store.add("note", { ...NOTE, body: "note=Ask again" });
  await sending;
  assert.deepEqual(told.requests.map(([, note]) => note), ["Ask", "Ask again"]);
  assert.deepEqual(told.settled.length, 1); // the older one is not told
});

test("the address of a redirect is handed on", async () => {
  const told = page({ replies: [reply(204, { address: "/en/next/" })] });
  const outcome = await told.sender.post({ url: "/en/done/", body: new URLSearchParams() });
  assert.deepEqual([outcome.kind, outcome.address], ["sent", "/en/next/"]);
});
