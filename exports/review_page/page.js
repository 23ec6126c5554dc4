"use strict";
// One reviewer's way through the cards, as on the screen of the program. What was done is a list
// of steps from the beginning, an undo being a step too; it leaves the page only sealed.

const CARDS = "review cards 1", ANSWERS = "review answers 1";
const $ = (id) => document.getElementById(id);
const box = JSON.parse($("sealed").textContent);

let key = null;      // made of the passphrase
let review = null;   // what was sealed
let steps = [];      // [card, judgement, reason, severity], or null for an undo
let at = "";         // the card whose answer was just taken back
let place = 0;       // the card of the case that is judged now
let half = [];       // the judgement and the reason of an answer that is not whole yet
let unsaved = false; // there are steps that neither the browser nor a file has

// sealing

const bytes = (text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
const base64 = (data) => btoa(Array.from(new Uint8Array(data), (b) => String.fromCharCode(b)).join(""));
const encoded = (text) => new TextEncoder().encode(text);

async function makeKey(passphrase) {
  const typed = encoded(passphrase.normalize("NFC"));
  const raw = await crypto.subtle.importKey("raw", typed, "PBKDF2", false, ["deriveKey"]);
  const how = { name: "PBKDF2", hash: "SHA-256", salt: bytes(box.salt), iterations: box.iterations };
  const kind = { name: "AES-GCM", length: 256 };
  return crypto.subtle.deriveKey(how, raw, kind, false, ["encrypt", "decrypt"]);
}

async function unseal(sealed, purpose, withKey) {
  const how = { name: "AES-GCM", iv: bytes(sealed.nonce), additionalData: encoded(purpose) };
  const plain = await crypto.subtle.decrypt(how, withKey, bytes(sealed.sealed));
  return JSON.parse(new TextDecoder().decode(plain));
}

async function sealedAnswers() {
  const nonce = crypto.getRandomValues(new Uint8Array(12));
  const value = encoded(JSON.stringify({ page: review.page, review: review.review, steps }));
  const how = { name: "AES-GCM", iv: nonce, additionalData: encoded(ANSWERS) };
  const sealed = base64(await crypto.subtle.encrypt(how, key, value));
  const { iterations, salt } = box;
  return JSON.stringify({ radonc: ANSWERS, iterations, salt, nonce: base64(nonce), sealed });
}

// what stands

function given() {
  const left = [];
  for (const step of steps) step ? left.push(step) : left.pop();
  return left;
}

function standing() {
  return new Map([...review.answers, ...given()].map((answer) => [answer[0], answer]));
}

function whereNow() {
  const said = standing();
  const open = (one) => one.cards.some(([card]) => (at ? card === at : !said.has(card)));
  const number = review.cases.findIndex(open);
  if (number < 0) return { said, number, cards: [], current: 0 };
  const cards = review.cases[number].cards;
  const current = cards.findIndex(([card]) => (at ? card === at : !said.has(card)));
  return { said, number, cards, current };
}

// what is shown

function element(name, text, className) {
  const made = document.createElement(name);
  made.textContent = text;
  if (className) made.className = className;
  return made;
}

function words(answer) {
  const all = [...review.words.judgements, ...review.words.reasons, ...review.words.severities];
  return answer.slice(1).filter(Boolean).map((word) => all.find((w) => w[1] === word)[2]).join(", ");
}

function asked() {
  if (half.length === 0) return ["Is this regimen acceptable for this diagnosis?", review.words.judgements];
  const so = words(["", ...half]);
  const far = so[0].toUpperCase() + so.slice(1);
  return half.length === 1
    ? [`${far}: because of what?`, review.words.reasons]
    : [`${far}: how much does it matter?`, review.words.severities];
}

function show() {
  const { said, number, cards } = whereNow();
  const every = review.cases.flatMap((one) => one.cards);
  const judged = every.filter(([card]) => said.has(card)).length;
  $("where").textContent =
    `${review.synthetic ? "SYNTHETIC cases. " : ""}${judged} of ${every.length} cards judged, ${review.reviewer}`;
  $("progress").max = every.length;
  $("progress").value = judged;
  $("undo").disabled = given().length === 0;
  const over = number < 0;
  $("case").hidden = over;
  $("keys").replaceChildren();
  if (over) {
    $("asked").textContent = "Every card is judged. Save your answers and send the file back.";
    return;
  }
  $("number").textContent = `Case ${number + 1} of ${review.cases.length}`;
  $("diagnosis").textContent = review.cases[number].diagnosis;
  $("cards").replaceChildren(...cards.map(([card, text], index) => {
    const made = element("div", text, index === place ? "card here" : "card");
    made.prepend(element("small", `card ${index + 1} of ${cards.length}`));
    if (said.has(card)) made.append(element("small", `\u2713 ${words(said.get(card))}`));
    made.addEventListener("click", () => turn(index));
    return made;
  }));
  document.querySelector(".here").scrollIntoView({ block: "nearest" });
  const [question, choices] = asked();
  $("asked").textContent = cards.length > 1 ? `Card ${place + 1}: ${question}` : question;
  $("keys").replaceChildren(...choices.map(([letter, word, long]) => {
    const made = element("button", long);
    made.type = "button";
    made.prepend(element("kbd", letter));
    made.addEventListener("click", () => say(word));
    return made;
  }));
}

// what is done

function turn(to) {
  const { cards } = whereNow();
  if (!cards.length) return;
  place = (to + cards.length) % cards.length;
  half = [];
  show();
}

function say(word) {
  const { number, cards } = whereNow();
  half.push(word);
  const needsReason = review.words.judgements.find((w) => w[1] === half[0])[3];
  if (needsReason && half.length < 3) return show();
  const [judgement, reason = "", severity = ""] = half;
  steps.push([cards[place][0], judgement, reason, severity]);
  at = "";
  done(number);
}

function undo() {
  const left = given();
  if (!left.length) return;
  at = left[left.length - 1][0];
  steps.push(null);
  done(-1);
}

function done(before) {
  half = [];
  const { number, current } = whereNow();
  place = current;
  show();
  if (number !== before) window.scrollTo(0, 0);
  keep();
}

async function keep() {
  unsaved = true;
  try {
    const count = steps.length;
    const sealed = await sealedAnswers();
    // a later step's seal may be done first
    if (count === steps.length) localStorage.setItem(`radonc ${review.page}`, sealed);
    unsaved = false;
    $("kept").textContent = "Your answers are kept in this browser, encrypted, until you save them.";
  } catch {
    $("kept").textContent =
      "This browser keeps nothing for this page: save your answers to a file before you close it.";
  }
}

async function save() {
  const url = URL.createObjectURL(new Blob([await sealedAnswers()], { type: "application/json" }));
  const link = element("a", "");
  link.href = url;
  link.download = `${review.review}-${review.reviewer.replace(/[^\p{L}\p{N}]+/gu, "-")}.json`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 1000);
  unsaved = false;
  $("said").textContent = `Saved as ${link.download}.`;
}

async function goOn(text) {
  const found = await unseal(JSON.parse(text), ANSWERS, key);
  if (found.page !== review.page) throw new Error("of another page");
  if (found.steps.length < steps.length) return false;
  steps = found.steps;
  at = "";
  half = [];
  place = whereNow().current;
  show();
  return true;
}

async function load(event) {
  const file = event.target.files[0];
  if (!file) return;
  try {
    const newer = await goOn(await file.text());
    $("said").textContent = newer
      ? `You go on from ${file.name}.`
      : `${file.name} is older than what you have done here, and was not loaded.`;
    if (newer) keep();
  } catch {
    $("said").textContent = `${file.name} holds no answers of this page.`;
  }
  event.target.value = "";
}

async function unlock(event) {
  event.preventDefault();
  if (!window.crypto || !crypto.subtle) {
    $("problem").textContent = "This browser cannot decrypt a file that it opens from a disk; use another.";
    return;
  }
  $("open").disabled = true;
  $("problem").textContent = "Opening\u2026";
  try {
    key = await makeKey($("passphrase").value);
    review = await unseal(box, CARDS, key);
  } catch {
    $("problem").textContent = "That is not the passphrase of this page.";
    $("open").disabled = false;
    $("passphrase").select();
    return;
  }
  $("passphrase").value = "";
  $("lock").hidden = true;
  $("work").hidden = false;
  place = whereNow().current;
  show();
  try {
    const kept = localStorage.getItem(`radonc ${review.page}`);
    if (kept) await goOn(kept);
  } catch {
    $("kept").textContent = "What this browser kept of this page cannot be read; load your last file.";
  }
}

function typed(event) {
  if (!review || event.ctrlKey || event.metaKey || event.altKey) return;
  const over = whereNow().number < 0;
  const chosen = over ? null : asked()[1].find(([letter]) => letter === event.key.toLowerCase());
  if (chosen) say(chosen[1]);
  else if (["u", "z"].includes(event.key) && half.length === 0) undo();
  else if (event.key === "ArrowLeft") turn(place - 1);
  else if (event.key === "ArrowRight") turn(place + 1);
  else if (event.key === "Escape" && half.length) { half.pop(); show(); }
  else return;
  event.preventDefault();
}

$("lock").addEventListener("submit", unlock);
$("undo").addEventListener("click", undo);
$("save").addEventListener("click", save);
$("load").addEventListener("change", load);
document.addEventListener("keydown", typed);
window.addEventListener("beforeunload", (event) => { if (unsaved) event.preventDefault(); });
