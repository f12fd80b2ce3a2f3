// A QR code carries its code after the #, which never leaves this browser: put it into the field for it.
(() => {
  const field = document.getElementById("code") ?? document.getElementById("receipt");
  const code = decodeURIComponent(location.hash.slice(1));
  if (field && /^[0-9A-Za-z -]{8,40}$/.test(code)) {
    field.value = code;
    history.replaceState(null, "", location.pathname);
    field.form.querySelector("button[type=submit]").focus();
  }
})();
