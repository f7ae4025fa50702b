"""A browser that tells: what the content security policy refused, what broke in a script, what asked for attention."""

import json
from dataclasses import dataclass, field

from playwright.sync_api import Browser, BrowserContext, Page

LISTEN = """
window.addEventListener('securitypolicyviolation', event => window.tell(JSON.stringify({
  kind: 'refused', page: location.pathname, what: event.effectiveDirective, where: event.blockedURI,
  source: (event.sourceFile || '') + ':' + event.lineNumber, sample: event.sample,
})), true);
for (const name of ['alert', 'confirm', 'prompt', 'print'])
  window[name] = words => { window.tell(JSON.stringify({ kind: 'executed', page: location.pathname, what: name, sample: String(words) })); return true };
"""


@dataclass
class Watched:
    """One person's browser; `told` is everything that ought not to have happened."""

    context: BrowserContext
    told: list[dict] = field(default_factory=list)

    def page(self) -> Page:
        page = self.context.new_page()
        page.on("pageerror", lambda error: self.told.append({"kind": "error", "page": page.url, "what": str(error)}))
        return page

    def of(self, kind: str) -> list[dict]:
        return [each for each in self.told if each["kind"] == kind]


def watch(browser: Browser, url: str, session: str = "", **options) -> Watched:
    context = browser.new_context(base_url=url, viewport={"width": 1280, "height": 900}, **options)
    if session:
        context.add_cookies([{"name": "sessionid", "value": session, "url": url}])
    watched = Watched(context)
    context.expose_binding("tell", lambda _source, words: watched.told.append(json.loads(words)))
    context.add_init_script(LISTEN)
    return watched


def policy_of(answer) -> dict[str, str]:
    directives = (each.strip().partition(" ") for each in answer.headers["content-security-policy"].split(";"))
    return {name: sources for name, _, sources in directives}
