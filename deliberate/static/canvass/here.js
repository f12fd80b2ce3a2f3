// The page on the screen. What was asked for on it (a camera, a sheet, a question) never comes over the next one.

let now = new AbortController();

export const here = () => now.signal;

export function left() {
  now.abort();
  now = new AbortController();
}
