// Jcrop tries out inline handlers to learn whether there is touch, and the admin's policy refuses them. So it is told.
// A plain script, so that it runs before Wagtail's chooser of the focal point starts Jcrop.
window.jQuery.Jcrop.defaults.touchSupport = 'ontouchstart' in window;
