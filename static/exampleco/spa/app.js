// The Timesheets single-page application: which page, for whom. Sign-in is in oauth.js, pages are in pages.js.

import { Api } from "./api.js";
import { busy, clearNotices, element, notify } from "./dom.js";
import { Session } from "./oauth.js";
import * as pages from "./pages.js";

const PAGES = [
  { hash: "#/timesheets", title: "Timesheets", show: pages.timesheets },
  { hash: "#/approvals", title: "Approvals", show: pages.approvals, scope: "approve:timesheets" },
  { hash: "#/access", title: "My access", show: pages.access },
];
const REFUSALS = {
  access_denied: "You were not signed in",
  unauthorized: "This server refuses the sign-in",
};
const view = document.getElementById("view");
let drawing = 0;

const session = await Session.open(draw).catch((error) => {
  view.replaceChildren(element("p", { class: "notice problem", role: "alert" }, error.message));
  view.setAttribute("aria-busy", "false");
});
const api = session && new Api(session);
if (session) await start();

async function start() {
  // Signing in works only where the server knows us; on another name of this machine, go there.
  if (new URL(session.home).origin !== location.origin) {
    location.replace(session.home + location.hash);
    return;
  }
  window.addEventListener("hashchange", () => {
    clearNotices();
    // A screen reader goes where the page went.
    draw().then(() => view.querySelector("h1")?.focus());
  });
  const answer = new URLSearchParams(location.search);
  if (location.pathname.endsWith("/callback")) {
    // The code is worth nothing twice, but it need not stay in the address either.
    history.replaceState(null, "", new URL(session.home).pathname);
    try {
      const page = await session.finishSignIn(answer);
      if (page) history.replaceState(null, "", page);
    } catch (error) {
      notify(`${REFUSALS[error.code] ?? "Signing in did not work"}: ${error.message}`, "problem");
    }
  } else if (session.wasSignedIn) {
    await session.signIn({ silently: true });
    return;
  }
  await draw();
}

async function draw(endedBecause) {
  const turn = ++drawing;
  if (typeof endedBecause === "string") notify(endedBecause, "problem");
  const page = currentPage();
  drawFrame(page);
  view.setAttribute("aria-busy", "true");
  let content;
  try {
    content = page ? await page.show(session, api) : pages.welcome(session);
  } catch (error) {
    content = element("p", { class: "notice problem", role: "alert" }, error.message);
  }
  if (turn !== drawing) return; // A newer page was asked for meanwhile.
  view.replaceChildren(content);
  view.setAttribute("aria-busy", "false");
  document.title = page ? `${page.title} · ExampleCo` : "Timesheets · ExampleCo";
}

// The guard is for people who follow an old link; who may what is decided by the API.
function currentPage() {
  if (!session.isSignedIn) return null;
  const asked = PAGES.find((page) => page.hash === location.hash) ?? PAGES[0];
  if (!asked.scope || session.may(asked.scope)) return asked;
  notify("Approvals are for managers: your token does not carry approve:timesheets.", "problem");
  history.replaceState(null, "", PAGES[0].hash);
  return PAGES[0];
}

function drawFrame(current) {
  const links = session.isSignedIn ? PAGES.filter((page) => !page.scope || session.may(page.scope)) : [];
  document.getElementById("navigation").replaceChildren(
    ...links.map((page) => element("a", { href: page.hash, "aria-current": page === current ? "page" : null }, page.title)),
  );
  const account = document.getElementById("account");
  if (!session.isSignedIn) {
    account.replaceChildren();
    return;
  }
  const out = element("button", { class: "button quiet small", type: "button" }, "Sign out");
  out.addEventListener("click", () => busy(out, () => session.signOut()));
  account.replaceChildren(element("span", { class: "name" }, session.user.name ?? session.user.email ?? session.user.sub), out);
}
