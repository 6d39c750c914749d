// @ts-check
// The page's behaviour: what the server drew is made quick to use. It holds no rule about claims and builds no HTML
// from text: whatever is shown comes as text nodes, or from the server's templates.

/**
 * What Fava gives to an extension, as far as it is used here.
 * @typedef {{ request: (endpoint: string, method: "GET" | "PUT", params?: Record<string, string | number>,
 *   body?: unknown, output?: "json" | "string" | "raw") => Promise<unknown> }} Api
 * @typedef {{ api: Api }} Context
 */

/** @returns {HTMLElement | null} our part of the page */
function root() {
  return document.getElementById("posguard");
}

/** Return a sentence of the page in the reader's language. @param {string} key @returns {string} */
function word(key) {
  const words = root()?.querySelector("script.posguard-words")?.textContent ?? "{}";
  return JSON.parse(words)[key] ?? key;
}

/**
 * Ask an endpoint and return its data; every failure becomes an Error with a sentence for a person.
 * @param {Api} api @param {string} endpoint @param {"GET" | "PUT"} method @param {unknown} [body]
 * @returns {Promise<any>}
 */
async function ask(api, endpoint, method, body) {
  let response;
  try {
    response = /** @type {Response} */ (await api.request(endpoint, method, undefined, body, "raw"));
  } catch {
    throw new Error(word("gone"));
  }
  const answer = await response.json().catch(() => null);
  if (response.ok && answer) {
    return answer.data;
  }
  const known = response.status === 401 ? word("readOnly") : word("wrong").replace("{status}", String(response.status));
  throw new Error(answer?.error ?? known);
}

/** Show how many things need a person beside the page's name. @param {Context} context */
async function showNumber({ api }) {
  const link = document.querySelector('aside a[href*="extension/PosGuardClaims"]');
  if (!link) {
    return;
  }
  const count = await ask(api, "badge", "GET").catch(() => 0);
  let badge = link.querySelector(".posguard-number");
  if (!count) {
    badge?.remove();
    return;
  }
  if (!badge) {
    badge = document.createElement("span");
    badge.className = "posguard-number";
    // The style sheet is on our own page only; the number shows on all of Fava's.
    badge.setAttribute(
      "style",
      "margin-left:.5em;padding:0 .5em;border-radius:1em;background:#b3261e;color:#fff;font-size:.8em",
    );
    link.append(badge);
  }
  badge.textContent = String(count);
}

/** Let a click anywhere on a row open its claim. @param {HTMLElement} page */
function openByRow(page) {
  page.querySelector(".posguard-table tbody")?.addEventListener("click", (event) => {
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

export default {
  /** @param {Context} context */
  onPageLoad(context) {
    void showNumber(context);
  },

  /** @param {Context} _context */
  onExtensionPageLoad(_context) {
    const page = root();
    if (!page) {
      return;
    }
    openByRow(page);
    sortByKey(page);
  },
};
