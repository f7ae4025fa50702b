// Tests of elearning/static/quiz/clock.js.
import assert from "node:assert/strict";
import { test } from "node:test";

import { createClock } from "../../elearning/static/quiz/clock.js";

const MINUTE = 60_000;

/** A clock with `minutes` left, on a phone whose own time is years away from the server's. */
function started(minutes, phone = { now: 5_000 }) {
  const serverNow = 1_900_000_000_000;
  return { phone, clock: createClock({ serverNow, deadline: serverNow + minutes * MINUTE, now: () => phone.now }) };
}

test("the time left is the server's, whatever the phone thinks", () => {
  for (const now of [0, 5_000, 4_000_000_000_000]) {
    const { phone, clock } = started(6, { now });
    assert.deepEqual([clock.minutesLeft(), clock.millisecondsLeft()], [6, 6 * MINUTE]);
    phone.now += MINUTE;
    assert.equal(clock.minutesLeft(), 5);
  }
});

test("a minute that has begun counts, and nothing is left below zero", () => {
  const { phone, clock } = started(2);
  phone.now += MINUTE + 1;
  assert.equal(clock.minutesLeft(), 1);
  phone.now += 10 * MINUTE;
  assert.equal(clock.minutesLeft(), 0);
});

test("it is over a second after the deadline, when the server says so too", () => {
  const { phone, clock } = started(1);
  phone.now += MINUTE + 1_000;
  assert.equal(clock.isOver(), false);
  phone.now += 1;
  assert.equal(clock.isOver(), true);
});

test("the time is read out once at five minutes and once at the last", () => {
  const { phone, clock } = started(7);
  const announced = [];
  for (let half = 0; half < 16; half += 1) {
    if (clock.isDueToAnnounce()) announced.push(clock.minutesLeft());
    phone.now += MINUTE / 2;
  }
  assert.deepEqual(announced, [5, 1]);
});
