// Tests of elearning/static/quiz/sender.js, with a server and a browser made of a few lines.
import assert from "node:assert/strict";
import { test } from "node:test";

import { createSender } from "../../elearning/static/quiz/sender.js";
import { createAnswerStore, createSeenNumbers } from "../../elearning/static/quiz/store.js";
import { FakeStorage } from "./storage.mjs";

const reply = (status, latest = null, redirected = false) =>
  ({ status, ok: status < 300, redirected, json: async () => ({ latest }) });
const NO_CONNECTION = Symbol("no connection");

/** A page at item 1. `replies` are what the server says, in order; afterwards it takes every answer. */
function page({ replies = [], storage = new FakeStorage(), tab = "t1", locks, serverNumber = 0, renews = true } = {}) {
  let now = 1_700_000_000_000;
  const store = createAnswerStore({ storage: () => storage, attempt: "a1", tab, now: () => (now += 1) });
  const seenStorage = new FakeStorage();
  const seen = createSeenNumbers({ storage: () => seenStorage, attempt: "a1" });
  const told = { requests: [], closed: 0, signedOut: null, renewed: 0, saved: new Set(), seen: seenStorage, store };
  told.sender = createSender({
    store, seen, position: "1", serverNumber, saved: told.saved, saveUrl: "/en/quiz/a1/0/save/", locks,
    async fetch(url, { body, keepalive }) {
      const op = Number(body.get("op"));
      told.requests.push({ url, op, answer: body.get("answer"), token: body.get("csrfmiddlewaretoken"), keepalive });
      const next = replies.shift() ?? reply(200, op);
      if (next === NO_CONNECTION) throw new TypeError("no connection");
      return typeof next === "function" ? next(told) : next;
    },
    token: () => (told.renewed ? "new" : "old"),
    async renewToken() {
      told.renewed += 1;
      return renews;
    },
    changed() {},
    signedOut(whether) { told.signedOut = whether; },
    closed() { told.closed += 1; },
  });
  return told;
}

const numbers = (told) => told.requests.map(({ op }) => op);

test("an answer is kept before it is sent, and forgotten when the server has acknowledged it", async () => {
  const told = page();
  const sent = told.sender.give("answer=x");
  assert.deepEqual(told.store.newest("1"), { op: 1, body: "answer=x" });
  await sent;
  assert.deepEqual(told.requests, [{ url: "/en/quiz/a1/1/save/", op: 1, answer: "x", token: "old", keepalive: true }]);
  assert.deepEqual([told.store.positions(), [...told.saved], told.seen.getItem("seen:a1:1")], [[], ["1"], "1"]);
});

test("without a connection the answer stays, and goes with the next flush under the same number", async () => {
  const told = page({ replies: [NO_CONNECTION, reply(503)] });
  await told.sender.give("answer=x");
  await told.sender.flush();
  assert.deepEqual([told.store.positions(), [...told.saved]], [["1"], []]);
  await told.sender.flush();
  assert.deepEqual([numbers(told), told.store.positions()], [[1, 1, 1], []]);
});

test("what a page before has kept is sent too, each item to its own address", async () => {
  const storage = new FakeStorage();
  const before = page({ storage, replies: [NO_CONNECTION] });
  await before.sender.give("answer=x");
  before.store.add("12", { op: 4, body: "answer=y" });
  const told = page({ storage, tab: "t2" });
  await told.sender.flush();
  const sent = told.requests.map(({ url, op }) => `${url} ${op}`).sort();
  assert.deepEqual(sent, ["/en/quiz/a1/1/save/ 1", "/en/quiz/a1/12/save/ 4"]);
  assert.deepEqual([...told.saved].sort(), ["1", "12"]);
});

test("numbers go on from what the server has, and from what waits here", async () => {
  const told = page({ serverNumber: 7 });
  await told.sender.give("answer=x");
  assert.deepEqual(numbers(told), [8]);
  const storage = new FakeStorage();
  storage.setItem("test:a1:1:1:old", JSON.stringify({ op: 9, body: "answer=y" }));
  const later = page({ storage, serverNumber: 7, replies: [NO_CONNECTION] });
  await later.sender.give("answer=x");
  assert.deepEqual(later.store.newest("1"), { op: 10, body: "answer=x" });
});

test("the form has the number of what it shows, not of what this tab delivers for another one", async () => {
  const storage = new FakeStorage();
  const told = page({ storage });
  storage.setItem("test:a1:1:1:other", JSON.stringify({ op: 5, body: "answer=y" }));
  await told.sender.flush();
  assert.deepEqual([numbers(told), told.sender.formNumber], [[5], 0]);
  await told.sender.give("answer=x");
  assert.deepEqual([numbers(told), told.sender.formNumber], [[5, 6], 6]);
});

test("a form that shows the server's answer has the server's number, whatever waits here", () => {
  const storage = new FakeStorage();
  storage.setItem("test:a1:1:1:old", JSON.stringify({ op: 9, body: "answer=y&settled=0" }));
  const told = page({ storage, serverNumber: 7 });
  assert.equal(told.sender.formNumber, 9);
  told.sender.showsServerAnswer();
  assert.equal(told.sender.formNumber, 7);
});

test("an answer that was chosen after one from elsewhere goes again under a higher number", async () => {
  for (const status of [409, 200]) {
    const told = page({ replies: [reply(status, 5)] });
    await told.sender.give("answer=x");
    assert.deepEqual([numbers(told), told.sender.formNumber, told.store.positions()], [[1, 6], 6, []]);
    assert.deepEqual([...told.saved], ["1"]);
  }
});

test("an answer that was replaced while it was under way is not sent again", async () => {
  const replaced = (told) => {
    told.store.add("1", { op: 8, body: "answer=y" });
    return reply(409, 7);
  };
  const told = page({ replies: [replaced] });
  await told.sender.give("answer=x");
  assert.deepEqual([numbers(told), told.requests.at(-1).answer], [[1, 8], "y"]);
});

test("the acknowledgement of one answer does not remove a newer one", async () => {
  const newer = (told) => {
    told.store.add("1", { op: 2, body: "answer=y" });
    return reply(200, 1);
  };
  const told = page({ replies: [newer, NO_CONNECTION] });
  await told.sender.give("answer=x");
  assert.deepEqual(told.store.newest("1"), { op: 2, body: "answer=y" });
});

test("an answer that is taken back counts no longer as saved; a flag alone is no answer", async () => {
  const told = page();
  await told.sender.give("answer=x");
  await told.sender.give("answer=+&flag=on");
  assert.deepEqual([...told.saved], []);
});

test("what the server takes for no whole answer is not kept, and said of the form that shows it", async () => {
  for (const status of [400, 404, 422]) {
    const told = page({ replies: [reply(status)] });
    await told.sender.give("answer=1");
    assert.deepEqual([told.store.positions(), told.sender.formRefused, [...told.saved]], [[], true, []]);
    await told.sender.give("answer=1&answer=2");
    assert.deepEqual([told.sender.formRefused, [...told.saved]], [false, ["1"]]);
  }
});

test("what the server refuses of another item says nothing of the form in view", async () => {
  const told = page({ replies: [reply(422)] });
  told.store.add("2", { op: 0, body: "answer=1" }); // the number of the empty form
  await told.sender.flush();
  assert.equal(told.sender.formRefused, false);
});

test("signed out, the answer is kept until somebody has signed in again", async () => {
  const told = page({ replies: [reply(200, null, true)] });
  await told.sender.give("answer=x");
  assert.deepEqual([told.signedOut, told.store.positions()], [true, ["1"]]);
  await told.sender.flush();
  assert.deepEqual([told.signedOut, told.store.positions()], [false, []]);
});

test("an old form token is renewed once; on a page of somebody else nothing is sent again", async () => {
  const told = page({ replies: [reply(403)] });
  await told.sender.give("answer=x");
  assert.deepEqual(told.requests.map(({ token }) => token), ["old", "new"]);
  assert.deepEqual([told.renewed, told.store.positions()], [1, []]);
  const twice = page({ replies: [reply(403), reply(403)] });
  await twice.sender.give("answer=x");
  assert.deepEqual([twice.requests.length, twice.renewed, twice.store.positions()], [2, 1, ["1"]]);
  const foreign = page({ replies: [reply(403)], renews: false });
  await foreign.sender.give("answer=x");
  assert.deepEqual([foreign.requests.length, foreign.store.positions()], [1, ["1"]]);
});

test("when the test is over the page is told", async () => {
  const over = (told) => {
    told.store.removeAll(); // as the page does in closed()
    return reply(410);
  };
  const told = page({ replies: [over] });
  await told.sender.give("answer=x");
  assert.deepEqual([told.closed, told.requests.length], [1, 1]);
});

test("what nobody can read is removed, and the rest is sent", async () => {
  const storage = new FakeStorage();
  storage.setItem("test:a1:1:1:old", "{");
  storage.setItem("test:a1:2:1:old", JSON.stringify({ op: 3, body: "answer=y" }));
  const told = page({ storage });
  await told.sender.flush();
  assert.deepEqual([numbers(told), told.store.positions()], [[3], []]);
});

test("a text too long for a page that goes away is sent without keepalive", async () => {
  const told = page();
  await told.sender.give(`answer=${"x".repeat(60_000)}`);
  assert.equal(told.requests[0].keepalive, false);
});

test("one tab sends at a time where the browser has locks, under the name of the attempt", async () => {
  const asked = [];
  let last = Promise.resolve();
  const locks = {
    request(name, send) {
      asked.push(name);
      last = last.then(send);
      return last;
    },
  };
  const storage = new FakeStorage();
  const [one, two] = [page({ storage, locks }), page({ storage, locks, tab: "t2" })];
  await Promise.all([one.sender.give("answer=x"), two.sender.flush()]);
  assert.deepEqual([numbers(one), numbers(two)], [[1], []]);
  assert.deepEqual(asked, ["test:a1:", "test:a1:"]);
});

test("a flush that comes while one is running waits for it and sends nothing twice", async () => {
  const told = page();
  await Promise.all([told.sender.give("answer=x"), told.sender.flush(), told.sender.flush()]);
  assert.deepEqual(numbers(told), [1]);
});

test("a server that never agrees ends a flush after nine rounds, not never", async () => {
  const told = page({ replies: Array.from({ length: 50 }, (_, index) => reply(409, 100 + index)) });
  await told.sender.give("answer=x");
  assert.deepEqual([told.requests.length, told.store.positions()], [9, ["1"]]);
});
