// Tells a wrong digit of a form's serial while it is typed; the server checks it again (ISO/IEC 7064, MOD 11,10).
const field = document.querySelector("input.serial");

function digitsOf(typed) {
  return typed.normalize("NFKC").replace(/[- ]/g, "");
}

function right(digits) {
  let product = 10;
  for (const digit of digits.slice(0, 7)) {
    const total = (Number(digit) + product) % 10 || 10;
    product = (total * 2) % 11;
  }
  return (11 - product) % 10 === Number(digits[7]);
}

function check() {
  const digits = digitsOf(field.value);
  const whole = /^[0-9]{8}$/.test(digits);
  const note = document.getElementById("serial-said");
  note.textContent = whole ? (right(digits) ? note.dataset.right : note.dataset.wrong) : "";
  note.className = whole && !right(digits) ? "serial-said serial-wrong" : "serial-said";
  if (whole && right(digits)) {
    field.value = `${digits.slice(0, 4)}-${digits.slice(4, 7)}-${digits[7]}`;
  }
}

if (field) {
  field.addEventListener("input", check);
}
