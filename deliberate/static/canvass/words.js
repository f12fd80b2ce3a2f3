// Texts of the tablet. The Chinese sentence is its own key; other languages come from the server's catalogue,
// /canvass/words/<language>.json. A literal sentence in t() or tn() is what the extractor finds.

const KEPT = "canvass.language";
const WRITTEN_RIGHT_TO_LEFT = ["ug"];
export const LANGUAGES = { "zh-Hans": "中文", ug: "ئۇيغۇرچە", en: "English" };
const LOCALES = { "zh-Hans": "zh-CN", ug: "en-GB", en: "en-GB" };

// No browser knows the Uyghur months; digits, grouping and plurals are those of English (CLDR).
const MONTHS = "يانۋار فېۋرال مارت ئاپرېل ماي ئىيۇن ئىيۇل ئاۋغۇست سېنتەبىر ئۆكتەبىر نويابىر دېكابىر".split(" ");

let language = "zh-Hans";
let catalogue = {};

export function preferred() {
  const wishes = [localStorage.getItem(KEPT), ...navigator.languages];
  const primary = (tag) => (tag || "").toLowerCase().split("-")[0];
  const found = wishes.map((wish) => Object.keys(LANGUAGES).find((one) => primary(one) === primary(wish)));
  return found.find(Boolean) || "zh-Hans";
}

export async function speak(chosen) {
  const answer = await fetch(`/canvass/words/${chosen}.json`);
  catalogue = answer.ok ? await answer.json() : {};
  language = chosen;
  document.documentElement.lang = chosen;
  document.documentElement.dir = WRITTEN_RIGHT_TO_LEFT.includes(chosen) ? "rtl" : "ltr";
}

export async function choose(chosen) {
  localStorage.setItem(KEPT, chosen);
  await speak(chosen);
}

export const spoken = () => language;

function filled(text, values) {
  return text.replace(/%\((\w+)\)s|%%/g, (whole, name) => (name ? String(values[name] ?? "") : "%"));
}

export function t(sentence, values = {}) {
  const known = catalogue[sentence];
  return filled((Array.isArray(known) ? known[0] : known) || sentence, values);
}

// A sentence about a number of things: the number is %(n)s.
export function tn(sentence, n, values = {}) {
  const known = catalogue[sentence];
  const forms = Array.isArray(known) ? known : [known || sentence];
  const one = new Intl.PluralRules(LOCALES[language]).select(n) === "one";
  return filled(one ? forms[0] : forms.at(-1), { ...values, n: number(n) });
}

export const number = (n) => new Intl.NumberFormat(LOCALES[language]).format(n);

function dated(value, shape) {
  const moment = value instanceof Date ? value : new Date(value);
  return new Intl.DateTimeFormat(LOCALES[language], { timeZone: "Asia/Shanghai", ...shape }).format(moment);
}

const SHORT = { month: "short", day: "numeric" };
const HOURS = { hour: "2-digit", minute: "2-digit", hourCycle: "h23" };

function day(moment) {
  if (language !== "ug") return dated(moment, SHORT);
  const [date, month] = dated(moment, { day: "numeric", month: "numeric" }).split("/").map(Number);
  return `${date}-${MONTHS[month - 1]}`;
}

// Midnight belongs to the day that ends: 24:00.
export function when(value) {
  const moment = new Date(value);
  if (clock(moment) === "00:00") return `${day(new Date(moment.getTime() - 1000))} 24:00`;
  return language === "ug" ? `${day(moment)} ${clock(moment)}` : dated(moment, { ...SHORT, ...HOURS });
}

export const clock = (value) => dated(value, HOURS);
