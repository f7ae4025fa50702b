// What the browser keeps of a running test: answers that the server may not have yet, and numbers it has acknowledged.
import { createUnsentStore } from "../unsent.js";

/** The unsent answers of one attempt. An answer is {op, body}: its number, and the form as it is sent. */
export function createAnswerStore({ attempt, ...rest }) {
  const isWhole = ({ op, body }) => Number.isFinite(op) && typeof body === "string";
  const store = createUnsentStore({ prefix: `test:${attempt}:`, isWhole, ...rest });
  /** `positions` are those of the items that have an unsent answer. */
  return { ...store, positions: store.slots };
}

/**
 * The number of the newest answer to each item that this tab knows to be stored.
 *
 * The server may make a page before it stores an answer, and the page may arrive after the answer is acknowledged. It
 * then shows the previous answer. A tab that knows a newer number loads such a page again.
 */
export function createSeenNumbers({ storage, attempt }) {
  const seenPrefix = `seen:${attempt}:`;
  return {
    remember(position, op) {
      try { storage().setItem(seenPrefix + position, op); } catch { /* no space: the page is shown as it comes */ }
    },
    /** Whether the tab knows a newer answer than `op`. Removes that number, so the page is loaded again only once. */
    takeNewer(position, op) {
      try {
        if (!(Number(storage().getItem(seenPrefix + position)) > op)) return false;
        storage().removeItem(seenPrefix + position);
        return true;
      } catch {
        return false; // no storage is allowed
      }
    },
  };
}
