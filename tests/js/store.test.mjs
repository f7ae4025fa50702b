// Tests of elearning/static/quiz/store.js, without a browser.
import assert from "node:assert/strict";
import { test } from "node:test";

import { createAnswerStore, createSeenNumbers } from "../../elearning/static/quiz/store.js";
import { FakeStorage, forbidden, TabStorage } from "./storage.mjs";

const answer = (op, body = `answer=${op}`) => ({ op, body });
const storeOn = (storage, options = {}) =>
  createAnswerStore({ storage: () => storage, attempt: "a1", tab: "t1", now: () => 1_700_000_000_000, ...options });

test("an answer is written before add() returns, under a key with item, time and tab", () => {
  const storage = new FakeStorage();
  storeOn(storage).add("3", answer(1));
  assert.deepEqual({ ...storage }, { "test:a1:3:1700000000000:t1": JSON.stringify(answer(1)) });
});

test("what one page has kept, the next page finds", () => {
  const storage = new FakeStorage();
  storeOn(storage).add("3", answer(1));
  const next = storeOn(storage, { tab: "t2" });
  assert.deepEqual([next.positions(), next.newest("3")], [["3"], answer(1)]);
});

test("of several answers to an item the newest counts, and the older ones are removed", () => {
  const storage = new FakeStorage();
  const store = storeOn(storage);
  for (const op of [1, 2, 3]) store.add("3", answer(op));
  assert.deepEqual(store.newest("3"), answer(3));
  assert.equal(Object.keys(storage).length, 1);
});

test("no key is given twice, also when the clock stands still or is set back", () => {
  const storage = new FakeStorage();
  const times = [5_000, 5_000, 1_000];
  const store = storeOn(storage, { now: () => times.shift() });
  const keys = new Set();
  for (const op of [1, 2, 3]) {
    store.add("3", answer(op));
    keys.add(store.keysOf("3").at(-1));
    assert.deepEqual(store.newest("3"), answer(op));
  }
  assert.deepEqual([...keys], ["3:5000:t1", "3:5001:t1", "3:5002:t1"]);
});

test("items are kept apart, also 1 and 11", () => {
  const store = storeOn(new FakeStorage());
  store.add("11", answer(1));
  store.add("1", answer(2));
  assert.deepEqual([store.newest("1"), store.newest("11")], [answer(2), answer(1)]);
  store.remove(store.keysOf("1"));
  assert.deepEqual(store.positions(), ["11"]);
});

test("attempts are kept apart, and other keys of the site are left alone", () => {
  const storage = new FakeStorage();
  storage.setItem("theme", "dark");
  const other = storeOn(storage, { attempt: "a2" });
  other.add("1", answer(7));
  const store = storeOn(storage);
  store.add("1", answer(1));
  store.removeAll();
  assert.deepEqual([store.positions(), other.newest("1"), storage.getItem("theme")], [[], answer(7), "dark"]);
});

test("two tabs that share a storage see one newest answer, and each may remove it once it is sent", () => {
  const shared = new FakeStorage();
  const [one, two] = [new TabStorage(shared), new TabStorage(shared)];
  const [first, second] = [storeOn(one), storeOn(two, { tab: "t2", now: () => 1_700_000_000_500 })];
  first.add("3", answer(1));
  two.look();
  second.add("3", answer(2));
  one.look();
  assert.deepEqual([first.newest("3"), second.newest("3")], [answer(2), answer(2)]);
  first.remove(first.keysOf("3"));
  two.look();
  assert.deepEqual(second.positions(), []);
});

test("a tab that has not seen yet what another wrote removes its own answer only", () => {
  const shared = new FakeStorage();
  const [one, two] = [new TabStorage(shared), new TabStorage(shared)];
  const [first, second] = [storeOn(one), storeOn(two, { tab: "t2" })]; // in the same millisecond
  first.add("3", answer(1));
  const sent = first.keysOf("3");
  second.add("3", answer(2));
  first.remove(sent); // the server has acknowledged it
  one.look();
  assert.deepEqual([first.newest("3"), second.newest("3")], [answer(2), answer(2)]);
});

test("where the storage is full, the answer lasts as long as the page, and is not lost to it", () => {
  const storage = new FakeStorage(80);
  const store = storeOn(storage);
  store.add("1", answer(1));
  store.add("2", answer(2, "answer=".padEnd(100, "x")));
  assert.deepEqual([store.positions(), store.newest("2").op], [["1", "2"], 2]);
  assert.deepEqual(Object.keys(storage), ["test:a1:1:1700000000000:t1"]);
  store.remove(store.keysOf("2"));
  assert.deepEqual(store.positions(), ["1"]);
});

test("an answer that is written again once there is room is there once", () => {
  const storage = new FakeStorage(20);
  const store = storeOn(storage);
  store.add("1", answer(1));
  const [key] = store.keysOf("1");
  storage.room = 1000;
  store.write(key, answer(2));
  assert.deepEqual([store.keysOf("1"), store.newest("1")], [[key], answer(2)]);
  storage.removeItem(`test:a1:${key}`); // by another tab, which has sent it
  assert.deepEqual(store.positions(), []);
});

test("where no storage is allowed, answers last as long as the page", () => {
  const store = storeOn(null, { storage: forbidden });
  store.add("1", answer(1));
  store.add("1", answer(2));
  assert.deepEqual([store.positions(), store.newest("1")], [["1"], answer(2)]);
  store.removeAll();
  assert.deepEqual(store.positions(), []);
});

for (const [what, text] of Object.entries({
  "half a text": '{"op": 3, "bo', "nothing": "", "null": "null", "a number": "5", "no number": '{"body": "answer=1"}',
  "no form": '{"op": 3}',
})) {
  test(`corrupt content is no answer, and can be removed: ${what}`, () => {
    const storage = new FakeStorage();
    storage.setItem("test:a1:3:1700000000000:old", text);
    const store = storeOn(storage);
    assert.equal(store.newest("3"), undefined);
    assert.deepEqual(store.positions(), ["3"]); // so whoever sends comes upon it
    store.remove(store.keysOf("3"));
    assert.deepEqual(Object.keys(storage), []);
  });
}

test("a new answer takes the place of corrupt content, whatever its key says", () => {
  const storage = new FakeStorage();
  storage.setItem("test:a1:3:1699999999999:old", "{");
  storage.setItem("test:a1:3", "{");
  storage.setItem("test:a1:3:yesterday:old", "{");
  const store = storeOn(storage);
  store.add("3", answer(1));
  assert.deepEqual([store.newest("3"), Object.keys(storage).length], [answer(1), 1]);
});

test("a number that was seen is told once, for a page that is older than it", () => {
  const storage = new FakeStorage();
  const seen = createSeenNumbers({ storage: () => storage, attempt: "a1" });
  seen.remember("3", 5);
  assert.deepEqual({ ...storage }, { "seen:a1:3": "5" });
  assert.equal(seen.takeNewer("3", 5), false);
  assert.equal(seen.takeNewer("3", 10), false); // compared as numbers
  assert.equal(seen.takeNewer("2", 0), false);
  assert.equal(seen.takeNewer("3", 4), true);
  assert.equal(seen.takeNewer("3", 4), false);
});

test("where nothing may be remembered, the page is taken as it comes", () => {
  const seen = createSeenNumbers({ storage: forbidden, attempt: "a1" });
  seen.remember("3", 5);
  assert.equal(seen.takeNewer("3", 0), false);
});
