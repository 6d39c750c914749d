// @ts-check
// The page's behaviour: what the server drew is made quick to use. It holds no rule about claims and builds no HTML
// from text: whatever is shown comes from the server's templates, or as text nodes.

/**
 * What Fava gives to an extension, as far as it is used here.
 * @typedef {{ request: (endpoint: string, method: "GET" | "PUT", params?: Record<string, string | number>,
 *   body?: unknown, output?: "json" | "string" | "raw") => Promise<unknown> }} Api
 * @typedef {{ api: Api }} Context
 * @typedef {{ entries: string, target: string, already: string, notice: string, summary: string, claim: string,
 *   refused?: string, errors?: string[] }} Told
 */

/** The largest file that is taken. */
const LARGEST = 10 * 1024 * 1024;
/** How long somebody must have stopped typing before the preview is made, in milliseconds. */
const PAUSE = 350;

/** What to say after the page was drawn anew. @type {{ text: string, errors: string[] } | null} */
let flash = null;
/** Where the list stood when a claim was opened on top of it. */
let scrolled = 0;

// Asking ------------------------------------------------------------------------------------------------------------

/** An answer that refuses; `conflict` tells that somebody else was faster. */
class Refused extends Error {
  /** @param {string} message @param {boolean} conflict */
  constructor(message, conflict) {
    super(message);
    this.conflict = conflict;
  }
}

/** @returns {HTMLElement | null} our part of the page */
function root() {
  return document.getElementById("posguard");
}

/**
 * Return a sentence of the page in the reader's language, its blanks filled.
 * @param {string} key @param {Record<string, string>} [blanks] @returns {string}
 */
function word(key, blanks = {}) {
  const words = JSON.parse(root()?.querySelector("script.posguard-words")?.textContent ?? "{}");
  return String(words[key] ?? key).replace(/\{(\w+)\}/g, (whole, name) => blanks[name] ?? whole);
}

/**
 * Ask an endpoint and return its data; every failure becomes an Error with a sentence for a person.
 * @param {Api} api @param {string} endpoint @param {"GET" | "PUT"} method
 * @param {{ params?: Record<string, string>, body?: unknown }} [said] @returns {Promise<any>}
 */
async function ask(api, endpoint, method, { params, body } = {}) {
  let response;
  try {
    response = /** @type {Response} */ (await api.request(endpoint, method, params, body, "raw"));
  } catch {
    throw new Refused(word("gone"), false);
  }
  const answer = await response.json().catch(() => null);
  if (response.ok && answer) {
    return answer.data;
  }
  const known = response.status === 401 ? word("readOnly") : word("wrong", { status: String(response.status) });
  throw new Refused(answer?.error ?? known, answer?.conflict === true);
}

/** @param {unknown} error @returns {string} */
function reason(error) {
  return error instanceof Error ? error.message : String(error);
}

// Small helpers -----------------------------------------------------------------------------------------------------

/** Return the part of a form that is marked with a name. @param {Element} element @param {string} name */
function part(element, name) {
  return /** @type {HTMLElement | null} */ (element.querySelector(`[data-part="${name}"]`));
}

/**
 * Show a text in a part of a form, or hide the part where there is none.
 * @param {Element} element @param {string} name @param {string} text @param {string} [tone]
 */
function show(element, name, text, tone = "") {
  const shown = part(element, name);
  if (!shown) {
    return;
  }
  const place = shown.querySelector("pre") ?? shown;
  place.textContent = text;
  shown.hidden = !text;
  if (shown.classList.contains("posguard-alert")) {
    shown.className = `posguard-alert ${tone}`;
  }
}

/** Say something at the edge of the page for a while. @param {string} text @param {"info" | "error"} [tone] */
function toast(text, tone = "info") {
  const item = document.createElement("li");
  item.className = tone;
  item.textContent = text;
  item.addEventListener("click", () => item.remove());
  const open = document.querySelector("dialog[open] .posguard-flash");
  (open ?? root()?.querySelector(".posguard-toasts"))?.append(item);
  setTimeout(() => item.remove(), 5000);
}

/**
 * Draw the page anew without loading Fava anew; scrolling and address stay, but for a claim to be opened on top.
 * @param {string} [claim] @param {Set<Element>} [standing] Fava's notes from before the file was written
 */
function redraw(claim = "", standing = favasNotes()) {
  hushFava(standing);
  const url = new URL(location.href);
  if (claim) {
    url.searchParams.set("claim", claim);
  }
  const link = document.createElement("a");
  link.href = url.pathname + url.search;
  document.querySelector("article")?.append(link);
  link.click();
  link.remove();
}

/** Return Fava's notes that a file changed. @returns {Set<Element>} */
function favasNotes() {
  return new Set(document.querySelectorAll(".notifications:not(.posguard-toasts) li.warning"));
}

/**
 * Take away Fava's note that a file changed: it was our own write, and the page shows it already.
 * @param {Set<Element>} standing what stood there before, and stays
 */
function hushFava(standing) {
  const hush = () => {
    for (const note of favasNotes()) {
      if (!standing.has(note)) {
        note.remove();
      }
    }
  };
  hush();
  const observer = new MutationObserver(hush);
  observer.observe(document.body, { childList: true, subtree: true });
  setTimeout(() => observer.disconnect(), 6000);
}

// The sidebar -------------------------------------------------------------------------------------------------------

/** Show how many things need a person beside the page's name. @param {Context} context */
async function showNumber({ api }) {
  const count = await ask(api, "badge", "GET").catch(() => 0);
  const link = document.querySelector('aside a[href*="extension/PosGuardClaims"]');
  if (!link) {
    return;
  }
  let badge = link.querySelector(".posguard-number");
  if (!count) {
    badge?.remove();
    return;
  }
  if (!badge) {
    badge = document.createElement("span");
    badge.className = "posguard-number";
    // Our style sheet is on our own page only; the number shows on all of Fava's.
    badge.setAttribute(
      "style",
      "float:right;padding:0 .55em;border-radius:1em;background:#b3261e;color:#fff;font-size:.8em;line-height:1.6",
    );
    link.append(badge);
  }
  badge.textContent = String(count);
}

// The list ----------------------------------------------------------------------------------------------------------

/** Let a click anywhere on a row open its claim. @param {HTMLElement} page */
function openByRow(page) {
  page.querySelector(".posguard-claims tbody")?.addEventListener("click", (event) => {
    const target = /** @type {HTMLElement} */ (event.target);
    if (!target.closest("a") && !getSelection()?.toString()) {
      /** @type {HTMLElement | null} */ (target.closest("tr[data-claim]")?.querySelector("a"))?.click();
    }
  });
}

/** Let a column be sorted by keyboard. @param {HTMLElement} page */
function sortByKey(page) {
  for (const head of /** @type {NodeListOf<HTMLElement>} */ (page.querySelectorAll("th[data-sort]"))) {
    head.tabIndex = 0;
    head.addEventListener("keydown", (event) => {
      if (event.key === "Enter" || event.key === " ") {
        event.preventDefault();
        head.click();
      }
    });
  }
}

/** Keep the list where it was while a claim is opened and closed on top of it. @param {HTMLElement} page */
function keepPlace(page) {
  const article = document.querySelector("article");
  page.addEventListener(
    "click",
    (event) => {
      const link = /** @type {HTMLElement} */ (event.target).closest("a, tr[data-claim]");
      if (link?.matches("tr, a[href*='claim='], .posguard-close")) {
        scrolled = article?.scrollTop ?? 0;
      }
    },
    { capture: true },
  );
  article?.scrollTo(0, scrolled);
  scrolled = 0;
}

// A claim -----------------------------------------------------------------------------------------------------------

/** Show the claim that the server drew as a window. @param {HTMLElement} page @param {Context} context */
function openClaim(page, context) {
  const dialog = /** @type {HTMLDialogElement | null} */ (page.querySelector("#posguard-claim"));
  if (!dialog) {
    return;
  }
  dialog.showModal();
  const close = /** @type {HTMLAnchorElement | null} */ (dialog.querySelector(".posguard-close"));
  dialog.addEventListener("cancel", (event) => {
    event.preventDefault();
    close?.click();
  });
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog) {
      close?.click();
    }
  });
  dialog.querySelector("details.posguard-reasons")?.addEventListener("toggle", (event) => {
    void explain(/** @type {HTMLDetailsElement} */ (event.currentTarget), context);
  });
  showFlash(dialog);
  showLeftovers(dialog);
}

/** Let a button open a window that the server drew closed. @param {HTMLElement} page */
function openByButton(page) {
  for (const button of /** @type {NodeListOf<HTMLElement>} */ (page.querySelectorAll("[data-shows]"))) {
    const dialog = /** @type {HTMLDialogElement | null} */ (document.getElementById(button.dataset["shows"] ?? ""));
    const form = dialog?.querySelector("form");
    if (!dialog || !form) {
      continue;
    }
    button.addEventListener("click", () => {
      dialog.showModal();
      openForm(page, form);
    });
    for (const name of ["close", "cancel"]) {
      part(dialog, name)?.addEventListener("click", () => dialog.close());
    }
  }
}

/** Say what was just done, in the window that was drawn anew. @param {Element} dialog */
function showFlash(dialog) {
  const place = dialog.querySelector(".posguard-flash");
  if (!flash || !place) {
    return;
  }
  const lines = [{ text: flash.text, tone: "good" }];
  if (flash.errors.length) {
    lines.push({ text: [word("newErrors"), ...flash.errors].join("\n"), tone: "bad" });
  }
  for (const { text, tone } of lines) {
    const line = document.createElement("p");
    line.className = `posguard-alert ${tone}`;
    line.textContent = text;
    place.append(line);
  }
  flash = null;
}

/** Tell by which rules a claim is one. @param {HTMLDetailsElement} details @param {Context} context */
async function explain(details, { api }) {
  const list = details.querySelector("dl");
  if (!list || list.childElementCount) {
    return;
  }
  try {
    const reasons = await ask(api, "why", "GET", { params: { id: details.dataset["claim"] ?? "" } });
    for (const { rule, text } of reasons.length ? reasons : [{ rule: "", text: word("raised") }]) {
      const title = document.createElement("dt");
      title.textContent = rule;
      const body = document.createElement("dd");
      body.textContent = text;
      list.append(title, body);
    }
  } catch (error) {
    list.textContent = reason(error);
  }
}

// Forms -------------------------------------------------------------------------------------------------------------

/** Make the buttons open their forms, one at a time. @param {HTMLElement} page @param {Context} context */
function startForms(page, context) {
  const forms = /** @type {NodeListOf<HTMLFormElement>} */ (page.querySelectorAll("form.posguard-form"));
  for (const form of forms) {
    startForm(form, context);
  }
  for (const opener of /** @type {NodeListOf<HTMLElement>} */ (page.querySelectorAll("[data-opens]"))) {
    const form = [...forms].find((one) => one.dataset["action"] === opener.dataset["opens"]);
    if (form && opener.classList.contains("posguard-dropzone")) {
      takeDrop(opener, form, page);
    } else if (form) {
      opener.addEventListener("click", () => openForm(page, form.hidden ? form : null));
    }
  }
}

/** Open a form and close the others; null closes all. @param {HTMLElement} page @param {HTMLFormElement | null} wanted */
function openForm(page, wanted) {
  for (const form of /** @type {NodeListOf<HTMLFormElement>} */ (page.querySelectorAll("form.posguard-form"))) {
    form.hidden = form !== wanted;
  }
  for (const opener of /** @type {NodeListOf<HTMLElement>} */ (page.querySelectorAll("button[data-opens]"))) {
    opener.setAttribute("aria-expanded", String(opener.dataset["opens"] === wanted?.dataset["action"]));
  }
  if (wanted) {
    wanted.dispatchEvent(new Event("opened"));
    wanted.scrollIntoView({ block: "nearest" });
    /** @type {HTMLElement | null} */ (wanted.querySelector("select, textarea, input"))?.focus();
  }
}

/** Let a form show what it would write, and write it. @param {HTMLFormElement} form @param {Context} context */
function startForm(form, context) {
  restore(form);
  let timer = 0;
  let asked = 0;
  const busy = (/** @type {boolean} */ is) => form.setAttribute("aria-busy", String(is));
  const soon = () => {
    busy(true);
    keep(form);
    clearTimeout(timer);
    timer = window.setTimeout(() => void look(), PAUSE);
  };
  const look = async () => {
    busy(true);
    asked += 1;
    const mine = asked;
    const tell = await preview(form, context);
    if (mine === asked) {
      tell();
      busy(false);
    }
  };
  form.addEventListener("input", soon);
  form.addEventListener("opened", () => void look());
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    // A preview that is still on its way must not wipe away what the answer says.
    clearTimeout(timer);
    asked += 1;
    busy(false);
    void send(form, context);
  });
  part(form, "cancel")?.addEventListener("click", () => {
    forget(form);
    form.reset();
    restore(form); // nothing was kept, but who it was last time
    const page = root();
    if (page) {
      openForm(page, null);
    }
  });
  part(form, "copy")?.addEventListener("click", () => {
    const text = part(form, "notice")?.querySelector("pre")?.textContent ?? "";
    void navigator.clipboard?.writeText(text).then(() => toast(word("copied")));
  });
  const drop = /** @type {HTMLElement | null} */ (form.querySelector(".posguard-drop"));
  const page = root();
  if (drop && page) {
    takeDrop(drop, form, page);
  }
}

/**
 * Ask what a form would write; return what shows the answer, so that an answer that came too late is not shown.
 * @param {HTMLFormElement} form @param {Context} context @returns {Promise<() => void>}
 */
async function preview(form, { api }) {
  if (missing(form).length) {
    return () => showNothing(form, "");
  }
  try {
    const told = await ask(api, "preview", "PUT", { body: await said(form) });
    return () => showTold(form, told);
  } catch (error) {
    return () => showNothing(form, reason(error));
  }
}

/** Show that there is no preview, and why. @param {HTMLFormElement} form @param {string} why */
function showNothing(form, why) {
  for (const name of ["entries", "notice", "summary"]) {
    show(form, name, "");
  }
  show(form, "message", why, "bad");
}

/** Show the preview, or why there is none yet. @param {HTMLFormElement} form @param {Told} told */
function showTold(form, told) {
  show(form, "entries", told.entries ?? "");
  show(form, "notice", told.notice ?? "");
  show(form, "summary", told.summary ?? "");
  if (told.refused) {
    show(form, "message", told.refused, "soon");
    return;
  }
  show(form, "message", told.already ? word("already", { where: told.already }) : "");
  const target = part(form, "target");
  if (target) {
    target.textContent = told.target;
  }
}

/** Write what the form says, once. @param {HTMLFormElement} form @param {Context} context */
async function send(form, { api }) {
  const button = /** @type {HTMLButtonElement} */ (form.querySelector("button[type=submit]"));
  if (button.disabled) {
    return;
  }
  const empty = missing(form);
  for (const field of form.querySelectorAll("[data-must]")) {
    field.setAttribute("aria-invalid", String(empty.includes(/** @type {HTMLInputElement} */ (field))));
  }
  if (empty[0]) {
    empty[0].focus();
    show(form, "message", word("must", { field: label(empty[0]) }), "soon");
    return;
  }
  button.disabled = true;
  const standing = favasNotes();
  try {
    const told = /** @type {Told} */ (await ask(api, "act", "PUT", { body: await said(form) }));
    forget(form);
    remember(form);
    const text = told.already
      ? word("already", { where: told.already })
      : word("written", { file: told.target });
    flash = { text: [text, told.summary].filter(Boolean).join("\n"), errors: told.errors ?? [] };
    redraw(form.dataset["claim"] ? "" : told.claim, standing);
  } catch (error) {
    show(form, "message", reason(error), "bad");
    if (error instanceof Refused && error.conflict) {
      offerLook(form);
    }
    button.disabled = false;
  }
}

/** Offer to draw the claim anew; what was typed is kept. @param {HTMLFormElement} form */
function offerLook(form) {
  keep(form);
  const again = document.createElement("button");
  again.type = "button";
  again.className = "muted";
  again.textContent = word("lookAgain");
  again.addEventListener("click", () => redraw());
  part(form, "message")?.append(" ", again);
}

/** Return the fields that must be filled in and are not. @param {HTMLFormElement} form */
function missing(form) {
  const fields = /** @type {NodeListOf<HTMLInputElement>} */ (form.querySelectorAll("[data-must]"));
  return [...fields].filter((field) => !field.value.trim() && !isOtherAccount(form, field));
}

/** Tell whether a choice was left to an account that is named beside it. @param {HTMLFormElement} form @param {HTMLInputElement} field */
function isOtherAccount(form, field) {
  const account = /** @type {HTMLInputElement | null} */ (form.elements.namedItem("account"));
  return ["via", "to"].includes(field.name) && account !== null && account.value.trim() !== "";
}

/** @param {HTMLInputElement} field @returns {string} */
function label(field) {
  return (field.labels?.[0]?.textContent ?? field.name).replace("*", "").trim();
}

/** Return what the form says, as the server reads it. @param {HTMLFormElement} form */
async function said(form) {
  /** @type {Record<string, unknown>} */
  const words = {};
  for (const field of /** @type {Iterable<HTMLInputElement>} */ (/** @type {unknown} */ (form.elements))) {
    if (!field.name) {
      continue;
    }
    if (field.type === "file") {
      Object.assign(words, await content(field));
    } else if (field.dataset["kind"] === "tick") {
      words[field.name] = field.checked;
    } else if (field.dataset["kind"] === "checks") {
      words[field.name] = `${words[field.name] ?? ""} ${field.checked ? field.value : ""}`.trim();
    } else if (field.value.trim()) {
      words[field.name] = field.value.trim();
    }
  }
  const { action, claim, seen } = form.dataset;
  return { action, claim, seen, said: words };
}

/** Return the files of a field, as text: one, or where it takes several a list. @param {HTMLInputElement} field */
async function content(field) {
  const files = [...(field.files ?? [])];
  if (!files.length) {
    return {};
  }
  if (files.reduce((sum, file) => sum + file.size, 0) > LARGEST) {
    throw new Refused(word("tooLarge"), false);
  }
  const read = await Promise.all(files.map(readFile));
  return field.multiple ? { files: read } : read[0];
}

/** Return the name of a file and its bytes as base64. @param {File} file */
async function readFile(file) {
  const url = await new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.addEventListener("load", () => resolve(String(reader.result)));
    reader.addEventListener("error", () => reject(new Error(String(reader.error))));
    reader.readAsDataURL(file);
  });
  return { name: file.name, content: url.slice(url.indexOf(",") + 1) };
}

/**
 * Let a file be dropped on an element, or chosen by a click on it.
 * @param {HTMLElement} place @param {HTMLFormElement} form @param {HTMLElement} page
 */
function takeDrop(place, form, page) {
  const field = /** @type {HTMLInputElement | null} */ (form.querySelector("input[type=file]"));
  if (!field) {
    return;
  }
  const over = (/** @type {DragEvent} */ event) => {
    event.preventDefault();
    event.stopPropagation();
    place.classList.toggle("over", event.type === "dragover" || event.type === "dragenter");
  };
  for (const name of /** @type {const} */ (["dragenter", "dragover", "dragleave"])) {
    place.addEventListener(name, over);
  }
  place.addEventListener("drop", (event) => {
    over(event);
    if (event.dataTransfer?.files.length) {
      field.files = event.dataTransfer.files;
      openForm(page, form);
      field.dispatchEvent(new Event("input", { bubbles: true }));
    }
  });
  if (!place.contains(field)) {
    place.addEventListener("click", () => openForm(page, form));
    place.addEventListener("keydown", (event) => {
      if (event.key === "Enter" || event.key === " ") {
        event.preventDefault();
        openForm(page, form);
      }
    });
  }
}

// What was typed stays ----------------------------------------------------------------------------------------------

/** @param {HTMLFormElement} form */
function draft(form) {
  return `posguard:${form.dataset["claim"]}:${form.dataset["action"]}`;
}

/** Keep what was typed, in case the page is drawn anew. @param {HTMLFormElement} form */
function keep(form) {
  /** @type {Record<string, string | boolean>} */
  const typed = {};
  for (const field of /** @type {Iterable<HTMLInputElement>} */ (/** @type {unknown} */ (form.elements))) {
    if (field.name && field.type !== "file") {
      const key = field.type === "checkbox" ? `${field.name}=${field.value}` : field.name;
      typed[key] = field.type === "checkbox" ? field.checked : field.value;
    }
  }
  sessionStorage.setItem(draft(form), JSON.stringify(typed));
}

/** Put back what was typed, and who it was last time. @param {HTMLFormElement} form */
function restore(form) {
  const who = /** @type {HTMLInputElement | null} */ (form.elements.namedItem("by"));
  if (who) {
    who.value = localStorage.getItem("posguard-by") ?? "";
  }
  const kept = sessionStorage.getItem(draft(form));
  if (!kept) {
    return;
  }
  const typed = JSON.parse(kept);
  for (const field of /** @type {Iterable<HTMLInputElement>} */ (/** @type {unknown} */ (form.elements))) {
    const key = field.type === "checkbox" ? `${field.name}=${field.value}` : field.name;
    if (field.name && field.type !== "file" && key in typed) {
      if (field.type === "checkbox") {
        field.checked = Boolean(typed[key]);
      } else {
        field.value = String(typed[key]);
      }
    }
  }
  const page = root();
  if (page && form.dataset["claim"]) {
    queueMicrotask(() => openForm(page, form));
  }
}

/**
 * Show what was typed into a form that is not offered any more, so that it can be copied: somebody else was faster.
 * @param {Element} dialog
 */
function showLeftovers(dialog) {
  const prefix = `posguard:${/** @type {HTMLElement} */ (dialog).dataset["claim"]}:`;
  const place = dialog.querySelector(".posguard-flash");
  for (const key of Object.keys(sessionStorage).filter((one) => one.startsWith(prefix))) {
    if (dialog.querySelector(`form[data-action="${CSS.escape(key.slice(prefix.length))}"]`)) {
      continue;
    }
    const typed = JSON.parse(sessionStorage.getItem(key) ?? "{}");
    const text = ["note", "measure"].map((name) => typed[name]).filter(Boolean).join("\n");
    if (text && place) {
      const line = document.createElement("p");
      line.className = "posguard-alert soon";
      line.textContent = word("leftover", { text });
      place.append(line);
    }
    sessionStorage.removeItem(key);
  }
}

/** @param {HTMLFormElement} form */
function forget(form) {
  sessionStorage.removeItem(draft(form));
}

/** Remember who writes, for the next form. @param {HTMLFormElement} form */
function remember(form) {
  const who = /** @type {HTMLInputElement | null} */ (form.elements.namedItem("by"));
  if (who?.value) {
    localStorage.setItem("posguard-by", who.value);
  }
}

export default {
  /** @param {Context} context */
  onPageLoad(context) {
    void showNumber(context);
  },

  /** @param {Context} context */
  onExtensionPageLoad(context) {
    const page = root();
    if (!page) {
      return;
    }
    openByRow(page);
    sortByKey(page);
    keepPlace(page);
    startForms(page, context);
    openByButton(page);
    openClaim(page, context);
    showFlash(page);
    page.dataset["live"] = "";
  },
};
