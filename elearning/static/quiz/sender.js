// Sends answers: numbers them, sends what the store holds, and tries again until the server has answered each.
// The server stores one answer for each number, so an answer that is sent twice is stored once.
import { oneAtATime } from "../unsent.js";

const KEEPALIVE_BYTES = 60_000; // fetch sends at most 64 kB while the page goes away; more waits for the next page
const ROUNDS = 9; // of one flush, for answers that come while others are being sent

/**
 * The sender of one page, which shows the item at `position`.
 *
 * `serverNumber` is the number of the answer that the server put into the page, `saved` the set of the positions that
 * the server has an answer for. `token()` is the form token; `renewToken()` fetches a new one and returns false
 * when the page belongs to another person now. The sender calls `changed()` when there is something new to show,
 * `signedOut(isSignedOut)` after each reply, `stored(at, state)` when the server has the newest answer to an item, and
 * `closed()` when the test is over.
 */
export function createSender({
  store, seen, position, serverNumber, saved, saveUrl, fetch, locks, token, renewToken, changed, signedOut, closed,
  stored = () => {},
}) {
  let op = Math.max(serverNumber, store.newest(position)?.op ?? 0);
  let formOp = op; // the number of what the form shows; another tab's answer to this item has a higher one
  let refused = false; // whether the server refused what the form shows as an incomplete answer

  const acknowledged = async (reply, { at, keys, key, answer, isAnswered, isNewest }) => {
    const { latest, state } = await reply.json();
    seen.remember(at, latest);
    if (at === position) op = Math.max(op, latest);
    if (reply.ok && latest === answer.op) {
      saved[isAnswered ? "add" : "delete"](at);
      stored(at, state);
      if (at === position) refused = false;
      store.remove(keys);
    } else if (isNewest()) {
      // Another tab or device has answered meanwhile. This answer is the newer one, so send it under a higher number.
      if (at === position && formOp === answer.op) formOp = latest + 1;
      store.write(key, { ...answer, op: latest + 1 });
    }
  };

  const deliver = async (at, mayRenew = true) => {
    const keys = store.keysOf(at);
    const key = keys.at(-1);
    const answer = store.read(key);
    if (!answer) return store.remove([key]); // another tab has sent it, or it cannot be read
    const body = new URLSearchParams(answer.body);
    const isAnswered = [...body].some(([field, value]) => field !== "flag" && value.trim());
    body.set("op", answer.op);
    body.set("csrfmiddlewaretoken", token());
    const keepalive = body.toString().length < KEEPALIVE_BYTES;
    const url = saveUrl.replace("/0/", `/${at}/`);
    const reply = await fetch(url, { method: "POST", body, keepalive });
    const isNewest = () => store.keysOf(at).at(-1) === key;
    signedOut(reply.redirected);
    if (reply.redirected) throw new Error("signed out"); // the answer is kept until the person has signed in again
    if (reply.status === 410) {
      closed();
    } else if (reply.ok || reply.status === 409) {
      await acknowledged(reply, { at, keys, key, answer, isAnswered, isNewest });
    } else if ([400, 404, 422].includes(reply.status)) {
      if (at === position && isNewest()) refused = formOp === answer.op;
      store.remove(keys); // not a complete answer yet, such as half of an order
    } else if (reply.status === 403 && mayRenew && await renewToken()) {
      await deliver(at, false);
    } else {
      throw new Error(reply.status); // the server does not work: the answer is kept
    }
    changed();
  };

  const sendAll = async () => {
    try {
      for (let round = 0; round < ROUNDS && store.positions().length; round += 1) {
        for (const at of store.positions()) await deliver(at);
      }
    } catch { /* no connection: the next flush tries again */ }
  };
  const flush = oneAtATime({ locks, name: store.name, work: sendAll });

  return {
    /** Send all unsent answers. One tab sends at a time, where the browser has locks. */
    flush,
    /** Store what the form shows as a new answer, and send it. */
    give(body) {
      op += 1;
      formOp = op;
      store.add(position, { op, body });
      changed();
      return flush();
    },
    /** The form shows what the server put into it, and not an unsent answer. */
    showsServerAnswer() { formOp = serverNumber; },
    get formNumber() { return formOp; },
    get formRefused() { return refused; },
  };
}
