/*
 * Answers pages that ask whether the sign-in has changed (OpenID Connect Session Management 1.0, §3.2): they post
 * "client_id session_state" and hear "changed", "unchanged" or "error".
 */
"use strict";

(function () {
  const NAME = "authhub_browser_state=";

  function browserState() {
    const found = document.cookie.split("; ").find((cookie) => cookie.startsWith(NAME));
    return found === undefined ? "" : found.slice(NAME.length);
  }

  async function hash(text) {
    const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
    return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
  }

  async function verdict(message, origin) {
    const [clientId, state, ...more] = message.split(" ");
    const [given, salt, ...rest] = (state || "").split(".");
    if (!clientId || !given || !salt || more.length > 0 || rest.length > 0) {
      return "error";
    }
    const expected = await hash([clientId, origin, browserState(), salt].join(" "));
    return expected === given ? "unchanged" : "changed";
  }

  window.addEventListener("message", async function (event) {
    // Answers are heard by ourselves where nobody frames us.
    if (typeof event.data !== "string" || event.source === null || /^(un)?changed$|^error$/.test(event.data)) {
      return;
    }
    event.source.postMessage(await verdict(event.data, event.origin), event.origin);
  });
})();
