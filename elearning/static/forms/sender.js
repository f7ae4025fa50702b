// Sends forms, and keeps those that may wait until the server has answered them. This file knows no page.
import { oneAtATime } from "../unsent.js";

const ROUNDS = 9; // of one flush, for forms that come while others are being sent
const REFUSED = [400, 404, 409, 410, 413, 422]; // sending the same again would change nothing

/**
 * A form is {url, body}: where it goes, and its fields as they are sent. One that is kept also has `from`, the path of
 * its page; `onlyHere` when the answer is of use on that page only; `refused` when the server would not take it.
 *
 * An outcome is {kind, html, address}: "sent", "refused", "later" (the server does not work, or it is too much),
 * "signed out" or "no connection". `html` is what the server says, `address` where it leads to.
 *
 * `here` is the path of this page. `token()` is the form token; `renewToken()` fetches a new one and returns false when
 * the page belongs to another person now. `settled(slot, form, outcome)` is told of each kept form that is over.
 */
export function createFormSender({ store, here, request, locks, token, renewToken, settled }) {
  const post = async ({ url, body }) => {
    const send = () => {
      body.set("csrfmiddlewaretoken", token());
      return request(url, { method: "POST", body, headers: { "X-Requested-With": "fetch" } });
    };
    try {
      let reply = await send();
      if (reply.status === 403) { // the token is old, as after signing in again in another tab
        if (!await renewToken()) return { kind: "signed out" };
        reply = await send();
      }
      const outcome = { html: await reply.text(), address: reply.headers.get("X-Location") };
      if (reply.ok) return { kind: "sent", ...outcome };
      if (reply.status === 401) return { kind: "signed out", ...outcome };
      return { kind: REFUSED.includes(reply.status) ? "refused" : "later", ...outcome };
    } catch {
      return { kind: "no connection" };
    }
  };

  const maySend = (slot) => {
    const form = store.newest(slot);
    return !form || (!form.refused && (!form.onlyHere || form.from === here));
  };
  const waiting = () => store.slots().filter(maySend);

  /** Send what waits in a slot. Returns the outcome when nothing else can be sent now either. */
  const deliver = async (slot) => {
    const keys = store.keysOf(slot);
    const key = keys.at(-1);
    const form = store.read(key);
    if (!form) return store.remove([key]); // another tab has sent it, or it cannot be read
    const outcome = await post({ url: form.url, body: new URLSearchParams(form.body) });
    if (!["sent", "refused"].includes(outcome.kind)) return outcome;
    const isNewest = store.keysOf(slot).at(-1) === key;
    if (outcome.kind === "sent") store.remove(keys);
    else if (isNewest) store.write(key, { ...form, refused: true });
    if (isNewest) settled(slot, form, outcome);
    return undefined;
  };
  const sendAll = async () => {
    for (let round = 0; round < ROUNDS && waiting().length; round += 1) {
      for (const slot of waiting()) {
        const obstacle = await deliver(slot);
        if (obstacle) return obstacle;
      }
    }
    return undefined;
  };
  /** Send all that may be sent. Returns the outcome that stopped it; undefined when nothing did. */
  const flush = oneAtATime({ locks, name: store.name, work: sendAll });

  return {
    post,
    flush,
    waiting,
    /** The slots of forms that the server refused. */
    refused: () => store.slots().filter((slot) => store.newest(slot)?.refused),
  };
}
