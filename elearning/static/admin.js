// Wagtail's last inline scripts, as controllers: the content security policy of the admin then needs no exception for
// scripts. What is replaced: elearning/wagtail_hooks.py, templates/wagtailadmin/widgets/ and panels/.
const { Controller } = window.StimulusModule;

class Picker extends Controller {
  static values = { kind: String, field: String, options: Object };

  connect() {
    const field = document.getElementById(this.fieldValue);
    // Once a field: a form that was moved or swapped in connects again.
    if (!field || field.dataset.picker) return;
    field.dataset.picker = 'on';
    const start = { Date: window.initDateChooser, DateTime: window.initDateTimeChooser, Time: window.initTimeChooser };
    start[this.kindValue](this.fieldValue, this.optionsValue);
  }
}

class Panel extends Controller {
  static values = { kind: String, options: Object };

  connect() {
    if (this.element.dataset.started) return;
    this.element.dataset.started = 'yes';
    const kinds = { InlinePanel: window.InlinePanel, MultipleChooserPanel: window.MultipleChooserPanel };
    new kinds[this.kindValue](this.optionsValue);
  }
}

class Chooser extends Controller {
  static values = { kind: String, field: String, options: Object };

  connect() {
    if (this.element.dataset.started) return;
    this.element.dataset.started = 'yes';
    new window[this.kindValue](this.fieldValue, this.optionsValue);
  }
}

// A part of a page that changes while the worker is busy: fetched again until it says that it is done.
class Again extends Controller {
  static values = { every: Number };

  connect() {
    this.timer = setTimeout(() => this.look(), this.everyValue);
  }

  disconnect() {
    clearTimeout(this.timer);
  }

  async look() {
    try {
      const reply = await fetch(window.location.href, { headers: { 'X-Requested-With': 'XMLHttpRequest' } });
      const page = new DOMParser().parseFromString(await reply.text(), 'text/html');
      const fresh = page.getElementById(this.element.id);
      if (reply.ok && fresh) this.element.replaceWith(fresh);
    } catch {
      this.connect(); // the line is down: look again later
    }
  }
}

window.wagtail.app.register('again', Again);
window.wagtail.app.register('chooser', Chooser);
window.wagtail.app.register('picker', Picker);
window.wagtail.app.register('panel', Panel);
