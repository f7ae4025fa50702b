// Stimulus controllers in place of Wagtail's inline scripts, so that the admin's content security policy needs no
// exception for scripts. The replaced ones: elearning/wagtail_patches/choosers.py, templates/wagtailadmin/widgets/ and panels/.
const { Controller } = window.StimulusModule;

class Picker extends Controller {
  static values = { kind: String, field: String, options: Object };

  connect() {
    const field = document.getElementById(this.fieldValue);
    // Only once for each field: a form that was moved or replaced connects again.
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

// Fetches a part of a page again every few seconds while the worker is busy. The finished part has no such controller.
class Refresh extends Controller {
  static values = { every: Number };

  connect() {
    this.timer = setTimeout(() => this.refresh(), this.everyValue);
  }

  disconnect() {
    clearTimeout(this.timer);
  }

  async refresh() {
    try {
      const reply = await fetch(window.location.href, { headers: { 'X-Requested-With': 'XMLHttpRequest' } });
      const page = new DOMParser().parseFromString(await reply.text(), 'text/html');
      const replacement = page.getElementById(this.element.id);
      if (reply.ok && replacement) this.element.replaceWith(replacement);
    } catch {
      this.connect(); // no connection: try again later
    }
  }
}

// Fills the text area of a drawing from an SVG file on the author's computer.
class Drawing extends Controller {
  static targets = ['file'];

  async fill() {
    const [file] = this.fileTarget.files;
    const text = this.element.querySelector('textarea');
    if (!file) return;
    text.value = await file.text();
    text.dispatchEvent(new Event('input', { bubbles: true }));
    this.fileTarget.value = '';
  }
}

window.wagtail.app.register('again', Refresh);
window.wagtail.app.register('chooser', Chooser);
window.wagtail.app.register('drawing', Drawing);
window.wagtail.app.register('picker', Picker);
window.wagtail.app.register('panel', Panel);
