/* Reads a text aloud with a voice of the browser. The button is shown only where there is a voice for the language;
   long texts are read sentence by sentence, since some voices fall silent after a quarter of a minute. */
const speech = window.speechSynthesis;

function voiceFor(lang) {
  const primary = lang.split("-")[0].toLowerCase();
  return speech.getVoices().find((voice) => voice.lang.replace("_", "-").split("-")[0].toLowerCase() === primary);
}

function sentences(text) {
  return text.replace(/\s+/g, " ").match(/[^。!?;.!?;؟]+[。!?;.!?;؟]*/g) ?? [];
}

/* The part in the reader's own language where there is a voice for it, else the part in the text's language. */
function spokenPart(whole, lang) {
  for (const one of [document.documentElement.lang, lang]) {
    const part = whole.querySelector(`[lang|="${one.split("-")[0]}"]`) ?? (one === lang ? whole : null);
    const voice = voiceFor(one);
    if (part && voice) return [voice, part];
  }
  return [null, null];
}

function ready(place) {
  const button = place.querySelector("button");
  const words = button.querySelector("span");
  const start = words.textContent;
  const whole = document.getElementById(place.dataset.speak);
  if (!whole || place.dataset.ready) return;
  const [voice, target] = spokenPart(whole, place.dataset.speakLang);
  if (!voice) return;
  place.dataset.ready = "yes";
  place.hidden = false;
  const still = () => {
    words.textContent = start;
    button.setAttribute("aria-pressed", "false");
  };
  still();
  button.addEventListener("click", () => {
    const speaking = button.getAttribute("aria-pressed") === "true";
    speech.cancel();
    if (speaking) return still();
    const parts = sentences(target.innerText);
    parts.forEach((part, at) => {
      const said = new SpeechSynthesisUtterance(part);
      said.voice = voice;
      said.lang = voice.lang;
      said.rate = 0.9;
      if (at === parts.length - 1) said.addEventListener("end", still);
      speech.speak(said);
    });
    words.textContent = button.dataset.stop;
    button.setAttribute("aria-pressed", "true");
  });
}

function look() {
  document.querySelectorAll("[data-speak]").forEach(ready);
}

if (speech) {
  look();
  speech.addEventListener?.("voiceschanged", look);
  addEventListener("pagehide", () => speech.cancel());
}
