// The time left of a test, by the clock of the server; the clock of the phone may be wrong.

const MINUTE = 60_000; // ms
const GRACE = 1_000; // ms after the deadline until the browser ends the test, so that the server has ended it too

/** A countdown to `deadline`; `serverNow` is the server's time when the page was made. Both are ms since 1970. */
export function createClock({ serverNow, deadline, now = () => Date.now() }) {
  const end = deadline - serverNow + now();
  let lastStage = 6;
  const minutesLeft = () => Math.max(0, Math.ceil((end - now()) / MINUTE)); // a minute that has begun counts
  return {
    minutesLeft,
    millisecondsLeft: () => end - now(),
    isOver: () => now() > end + GRACE,
    /** Whether to announce the time: once when five minutes are left, and once in the last minute. */
    isDueToAnnounce() {
      const left = minutesLeft();
      const stage = left > 5 ? 6 : left > 1 ? 5 : 1;
      const due = stage < lastStage;
      lastStage = stage;
      return due;
    },
  };
}
