// What the browser keeps until the server has it. This file knows neither the page nor the network.
// `storage` is a function that returns a Storage, because a browser that allows no storage throws as soon as
// localStorage is read.

/**
 * A store of unsent entries. Each belongs to a slot: a question of a test, or a form. The newest of a slot counts.
 *
 * Each entry has its own key, `<slot>:<time>:<tab>`, that no other entry gets. A tab sees late what another tab has
 * written. With one key for each slot it would remove, as sent, an entry of the other tab that was not sent.
 * A write is done before it returns, so a tab may be killed right after it. A slot has no colon.
 */
export function createUnsentStore({ storage, prefix, tab, isWhole, now = () => Date.now() }) {
  const memory = {}; // used when the browser has no space or allows no storage; lasts as long as the page
  const slotOf = (key) => key.split(":")[0];
  const timeOf = (key) => Number(key?.split(":")[1]) || 0;

  const storedKeys = () => {
    try { return Object.keys(storage()); } catch { return []; }
  };
  const allKeys = () => [
    ...storedKeys().filter((key) => key.startsWith(prefix)).map((key) => key.slice(prefix.length)),
    ...Object.keys(memory),
  ].sort(); // times have the same number of digits until the year 2286
  /** The keys of the entries of a slot, oldest first. */
  const keysOf = (slot) => allKeys().filter((key) => slotOf(key) === slot);
  /** The entry under a key; undefined when it is gone or cannot be read. */
  const read = (key) => {
    try {
      const entry = JSON.parse(storage().getItem(prefix + key));
      if (isWhole(entry)) return entry;
    } catch { /* not there, not JSON or not an entry */ }
    return memory[key];
  };
  /** Write an entry under a key; in the memory of the page where the browser refuses. */
  const write = (key, entry) => {
    delete memory[key];
    try { storage().setItem(prefix + key, JSON.stringify(entry)); } catch { memory[key] = entry; }
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
    /** The entry that counts; undefined when this slot has none. */
    newest: (slot) => read(keysOf(slot).at(-1)),
    /** Store a new entry in place of the older ones of its slot. */
    add(slot, entry) {
      const older = keysOf(slot);
      const time = Math.max(now(), timeOf(older.at(-1)) + 1); // the clock of a phone may be set back
      write(`${slot}:${time}:${tab}`, entry);
      remove(older);
    },
    /** The slots that have an entry. */
    slots: () => [...new Set(allKeys().map(slotOf))],
    removeAll: () => remove(allKeys()),
  };
}

/** Return work() as a function that runs once at a time, also across tabs where the browser has locks. */
export function oneAtATime({ locks, name, work }) {
  let running;
  return async () => {
    running ??= locks ? locks.request(name, work) : work();
    try { return await running; } finally { running = null; }
  };
}
