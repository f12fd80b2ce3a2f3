// One word goes round when something kept on this tablet has changed: on this page, and on its other pages.

const channel = new BroadcastChannel("canvass");
const here = new EventTarget();

channel.addEventListener("message", (event) => here.dispatchEvent(new CustomEvent(event.data.what, { detail: event.data })));

export function tell(what, more = {}) {
  here.dispatchEvent(new CustomEvent(what, { detail: more }));
  channel.postMessage({ what, ...more });
}

// To the other pages alone.
export const tellOthers = (what) => channel.postMessage({ what });

export function hear(what, listen) {
  here.addEventListener(what, listen);
  return () => here.removeEventListener(what, listen);
}

// The same for what is dear to draw: at once, and however much happens meanwhile, once more after a pause.
export function hearCalmly(what, listen, pause = 250) {
  let [busy, more, gone] = [false, false, false];
  const unhear = hear(what, async () => {
    more = true;
    if (busy) return;
    busy = true;
    while (more && !gone) {
      more = false;
      await Promise.resolve(listen()).catch(() => {});
      await new Promise((later) => setTimeout(later, pause));
    }
    busy = false;
  });
  return () => {
    gone = true;
    unhear();
  };
}
