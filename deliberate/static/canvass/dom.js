// Elements in one breath: h("button", {class: "btn", onclick: save}, t("保存")). Text is only ever text, never markup.

const SVG = "http://www.w3.org/2000/svg";
const DRAWINGS = {
  check: "M5 12.5l4.5 4.5L19 7",
  again: "M4.5 12a7.5 7.5 0 1 0 2.4-5.5M4 3.8v4.4h4.4",
  clock: "M12 3.5a8.5 8.5 0 1 0 0 17a8.5 8.5 0 0 0 0-17zM12 7.2V12l3.2 2",
  alert: "M12 4l9 16H3zM12 10v4.5M12 17.3v.1",
  back: "M15 5l-7 7 7 7",
  on: "M9 5l7 7-7 7",
  camera: "M4 8h3.5l1.5-2.5h6L16.5 8H20v11H4zM12 10a3.4 3.4 0 1 0 0 6.8a3.4 3.4 0 0 0 0-6.8z",
  pen: "M4 20l1-4.5L16.5 4l3.5 3.5L8.5 19zM4 20h16",
  sound: "M4 9.5v5h3.5l4.5 4v-13l-4.5 4zM15.5 9a4.2 4.2 0 0 1 0 6M18 6.5a8 8 0 0 1 0 11",
  show: "M3 5h18v12H3zM9 20.5h6M12 17v3.5",
  lock: "M6 11h12v9H6zM8.5 11V8a3.5 3.5 0 0 1 7 0v3",
  cross: "M6 6l12 12M18 6L6 18",
  ring: "M12 4.5a7.5 7.5 0 1 0 0 15a7.5 7.5 0 0 0 0-15z",
  send: "M12 19V5M6 11l6-6 6 6",
  find: "M10.5 4a6.5 6.5 0 1 0 0 13a6.5 6.5 0 0 0 0-13zM15.5 15.5L20 20",
};

export function h(name, given = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(given)) {
    if (value === undefined || value === null || value === false) continue;
    if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else if (key === "value") element.value = value;
    else if (key === "checked" || key === "disabled" || key === "hidden") element[key] = Boolean(value);
    else element.setAttribute(key, value === true ? "" : value);
  }
  element.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  for (const [key, value] of [["class", `icon icon-${name}`], ["viewBox", "0 0 24 24"], ["aria-hidden", "true"]]) {
    svg.setAttribute(key, value);
  }
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", DRAWINGS[name]);
  svg.append(path);
  return svg;
}

// What people wrote, in the language in which they wrote it: its stops stay at its own end.
export const written = (text) => h("bdi", { lang: "zh-Hans" }, text);

// Numbers and room codes keep their direction inside any script.
export const code = (text) => h("bdi", { dir: "ltr", class: "num" }, String(text));

export function button(label, onclick, kind = "quiet", sign = null, more = {}) {
  return h("button", { type: "button", class: `btn btn-${kind}`, onclick, ...more }, sign && icon(sign), h("span", {}, label));
}

// While what it began is under way, a second tap begins nothing.
export function slowButton(label, work, ...more) {
  const made = button(label, async () => {
    made.disabled = true;
    try {
      await work();
    } finally {
      made.disabled = false;
    }
  }, ...more);
  return made;
}

export function field(label, input, hint = null) {
  const said = hint && h("small", { id: `${input.id}-hint`, class: "hint" }, hint);
  if (said) input.setAttribute("aria-describedby", said.id);
  return h("div", { class: "field", "data-field": input.name || input.id }, h("label", { for: input.id }, label), said, input);
}

// One of several, as doors of one size; nothing is chosen beforehand.
export function choices(name, legend, options, chosen, onchange, across = false) {
  return h("fieldset", { class: across ? "choices choices-across" : "choices", "data-field": name },
    h("legend", {}, legend),
    h("div", { class: "choices-doors" }, options.map(([value, label]) =>
      h("label", { class: "choice" },
        h("input", { type: "radio", name, value, id: `${name}-${value}`, checked: value === chosen, onchange: () => onchange(value) }),
        h("span", {}, label)))));
}

export function notice(kind, title, ...said) {
  return h("section", { class: `notice notice-${kind}`, role: kind === "bad" ? "alert" : null },
    icon(kind === "good" ? "check" : "alert"),
    h("div", {}, h("b", {}, title), said.map((one) => (typeof one === "string" ? h("p", {}, one) : one))));
}
