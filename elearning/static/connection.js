// Whether the server can be reached, as far as this page knows. Every script sends its requests through request().

const TIMEOUT = 10_000; // ms; a broken connection may never report an error

let lost = false; // whether the last request got no reply

export const isOffline = () => lost || !navigator.onLine;

/** fetch(), which remembers whether there was a reply. Rejects when there is none within ten seconds. */
export async function request(url, options = {}) {
  try {
    const reply = await fetch(url, { signal: AbortSignal.timeout?.(TIMEOUT), ...options });
    lost = false;
    return reply;
  } catch (error) {
    lost = true;
    throw error;
  }
}

addEventListener("online", () => { lost = false; });
