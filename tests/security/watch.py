"""A browser that records violations of the content security policy, script errors and dialogs."""

import json
from dataclasses import dataclass, field

from playwright.sync_api import Browser, BrowserContext, Page

LISTEN = """
window.addEventListener('securitypolicyviolation', event => window.report(JSON.stringify({
  kind: 'refused', page: location.pathname, what: event.effectiveDirective, where: event.blockedURI,
  source: (event.sourceFile || '') + ':' + event.lineNumber, sample: event.sample,
})), true);
for (const name of ['alert', 'confirm', 'prompt', 'print'])
  window[name] = words => { window.report(JSON.stringify({ kind: 'executed', page: location.pathname, what: name, sample: String(words) })); return true };
"""


@dataclass
class WatchedBrowser:
    """The browser of one person. `events` holds everything that should not have happened."""

    context: BrowserContext
    events: list[dict] = field(default_factory=list)

    def page(self) -> Page:
        page = self.context.new_page()
        page.on("pageerror", lambda error: self.events.append({"kind": "error", "page": page.url, "what": str(error)}))
        return page

    def of(self, kind: str) -> list[dict]:
        return [event for event in self.events if event["kind"] == kind]


def watch(browser: Browser, url: str, session: str = "", **options) -> WatchedBrowser:
    context = browser.new_context(base_url=url, viewport={"width": 1280, "height": 900}, **options)
    if session:
        context.add_cookies([{"name": "sessionid", "value": session, "url": url}])
    watched = WatchedBrowser(context)
    context.expose_binding("report", lambda _source, words: watched.events.append(json.loads(words)))
    context.add_init_script(LISTEN)
    return watched


def policy_of(response) -> dict[str, str]:
    directives = (part.strip().partition(" ") for part in response.headers["content-security-policy"].split(";"))
    return {name: sources for name, _, sources in directives}
