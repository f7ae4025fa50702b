// Sign-up: sends the time zone of the browser, so that nobody is asked. Without it the server takes that of the country.
const field = document.querySelector("input[name=time_zone]");
if (field) field.value = Intl.DateTimeFormat().resolvedOptions().timeZone ?? "";
