// Stand-ins for the browser's localStorage and for the tabs that share one.

/** A Storage with its items as own properties, as a browser has them; `room` is the number of characters it takes. */
export class FakeStorage {
  #room;
  constructor(room = Infinity) { this.#room = room; }
  set room(characters) { this.#room = characters; }
  getItem(key) { return Object.hasOwn(this, key) ? this[key] : null; }
  setItem(key, value) {
    const others = Object.entries(this).filter(([name]) => name !== key);
    const taken = others.reduce((sum, entry) => sum + entry.join("").length, 0);
    if (taken + key.length + String(value).length > this.#room) throw new DOMException("full", "QuotaExceededError");
    this[key] = String(value);
  }
  removeItem(key) { delete this[key]; }
}

/** What one tab sees of a shared storage: its own writes at once, those of other tabs after `look()`. */
export class TabStorage extends FakeStorage {
  #shared;
  constructor(shared) {
    super();
    this.#shared = shared;
    this.look();
  }
  look() {
    for (const key of Object.keys(this)) delete this[key];
    Object.assign(this, this.#shared);
  }
  setItem(key, value) {
    super.setItem(key, value);
    this.#shared.setItem(key, value);
  }
  removeItem(key) {
    super.removeItem(key);
    this.#shared.removeItem(key);
  }
}

/** What a browser does that allows a page no storage. */
export const forbidden = () => { throw new DOMException("not allowed", "SecurityError"); };
