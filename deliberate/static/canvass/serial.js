// Serial numbers of paper forms: seven digits and a check digit (ISO/IEC 7064, MOD 11,10), printed 0004-571-6.
// The same rule as deliberate/domain/serial.py; both are tested against the same numbers.

export function checkDigit(number) {
  let product = 10;
  for (const digit of String(number).padStart(7, "0")) {
    const total = (Number(digit) + product) % 10 || 10;
    product = (total * 2) % 11;
  }
  return (11 - product) % 10;
}

export function printed(number) {
  const digits = String(number).padStart(7, "0");
  return `${digits.slice(0, 4)}-${digits.slice(4)}-${checkDigit(number)}`;
}

// The running number of a typed or scanned serial; null when it is not one.
export function read(typed) {
  const digits = typed.normalize("NFKC").replace(/[- ]/g, "");
  if (!/^[0-9]{8}$/.test(digits)) return null;
  const number = Number(digits.slice(0, 7));
  return checkDigit(number) === Number(digits[7]) ? number : null;
}

// As many digits as a serial has have been typed, so that it can be judged.
export const whole = (typed) => typed.normalize("NFKC").replace(/[- ]/g, "").length >= 8;
