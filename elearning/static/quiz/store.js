// What the browser keeps of a running test: answers that the server may not have yet, and numbers it has acknowledged.
// This file knows neither the page nor the network. `storage` is a function that returns a Storage, because a browser
// that allows no storage throws as soon as localStorage is read.

/**
 * The unsent answers of one attempt. An answer is {op, body}: its number, and the form as it is sent.
 *
 * Each answer has its own key, `<position>:<time>:<tab>`, that no other answer gets. A tab sees late what another tab
 * has written. With one key for each item it would remove, as sent, an answer of the other tab that was not sent.
 * The newest answer to an item counts. A write is done before it returns, so a tab may be killed right after it.
 */
export function createAnswerStore({ storage, attempt, tab, now = () => Date.now() }) {
  const prefix = `test:${attempt}:`;
  const memory = {}; // used when the browser has no space or allows no storage; lasts as long as the page
  const positionOf = (key) => key.split(":")[0];
  const timeOf = (key) => Number(key?.split(":")[1]) || 0;

  const storedKeys = () => {
    try { return Object.keys(storage()); } catch { return []; }
  };
  const allKeys = () => [
    ...storedKeys().filter((key) => key.startsWith(prefix)).map((key) => key.slice(prefix.length)),
    ...Object.keys(memory),
  ].sort(); // times have the same number of digits until the year 2286
  /** The keys of an item's answers, oldest first. */
  const keysOf = (position) => allKeys().filter((key) => positionOf(key) === position);
  /** The answer under a key; undefined when it is gone or cannot be read. */
  const read = (key) => {
    try {
      const answer = JSON.parse(storage().getItem(prefix + key));
      if (Number.isFinite(answer.op) && typeof answer.body === "string") return answer;
    } catch { /* not there, not JSON or not an answer */ }
    return memory[key];
  };
  /** Write an answer under a key; in the memory of the page where the browser refuses. */
  const write = (key, answer) => {
    delete memory[key];
    try { storage().setItem(prefix + key, JSON.stringify(answer)); } catch { memory[key] = answer; }
  };
  const remove = (keys) => {
    for (const key of keys) {
      delete memory[key];
      try { storage().removeItem(prefix + key); } catch { /* no storage is allowed, so nothing is there */ }
    }
  };

  return {
    name: prefix,
    keysOf,
    read,
    write,
    remove,
    /** The answer that counts; undefined when this item has no unsent answer. */
    newest: (position) => read(keysOf(position).at(-1)),
    /** Store a new answer in place of the older ones of its item. */
    add(position, answer) {
      const older = keysOf(position);
      const time = Math.max(now(), timeOf(older.at(-1)) + 1); // the clock of a phone may be set back
      write(`${position}:${time}:${tab}`, answer);
      remove(older);
    },
    /** The positions of the items that have an unsent answer. */
    positions: () => [...new Set(allKeys().map(positionOf))],
    removeAll: () => remove(allKeys()),
  };
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
