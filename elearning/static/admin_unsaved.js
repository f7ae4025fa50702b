// What an author types counts as a change at any time. Reasons: docs/decisions/0076.
//
// Wagtail compares the form with a record of it that it makes two seconds after loading, and makes anew when autosave has
// answered. What is typed before those moments would belong to the record: it would not be saved, and nobody would be
// warned on leaving. Here the record is made before the first input, and after autosave it is what autosave has sent.
{
  const { app } = window.wagtail;
  const editor = app.router.modulesByIdentifier.get('w-unsaved').controllerConstructor.prototype;
  const { setInitialFormData, clear } = editor;

  // Wagtail's delayed call, and ours: only the first one counts.
  editor.setInitialFormData = function setInitialFormDataOnce() {
    if (this.initialFormData === undefined) setInitialFormData.call(this);
  };

  editor.clear = function clearKeepingLaterInput(event) {
    this.initialFormData = undefined;
    clear.call(this);
    if (event?.type === 'w-autosave:success' && this.sentFormData !== undefined) {
      this.initialFormData = this.sentFormData;
      this.previousFormData = this.sentFormData;
    }
  };

  document.addEventListener('w-autosave:save', () => {
    const controller = app.queryController('w-unsaved');
    if (controller) controller.sentFormData = controller.formData;
  });

  // Before any of these has changed a field.
  for (const type of ['pointerdown', 'keydown', 'beforeinput', 'paste', 'drop']) {
    document.addEventListener(type, () => app.queryController('w-unsaved')?.setInitialFormData(), { capture: true });
  }
}
