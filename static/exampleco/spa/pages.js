// What each page shows. A page gets the session and the API and returns an element.

import { ApiError } from "./api.js";
import { busy, clearNotices, element, notify } from "./dom.js";

const DAY = new Intl.DateTimeFormat(undefined, { weekday: "short", day: "numeric", month: "short", year: "numeric", timeZone: "UTC" });
const HOURS = new Intl.NumberFormat(undefined, { maximumFractionDigits: 2 });

export function welcome(session) {
  const button = element("button", { class: "button", type: "button" }, "Sign in");
  button.addEventListener("click", () => busy(button, () => session.signIn()));
  return element(
    "section",
    { class: "welcome" },
    heading("Your hours, in one place"),
    element("p", { class: "lead" }, "Sign in with your ExampleCo e-mail address to enter your hours and see what became of them."),
    element("div", { class: "actions" }, button),
  );
}

export async function timesheets(session, api) {
  const view = element("section", { class: "stack" }, element("div", { class: "heading" }, heading("Your timesheets")));
  if (!session.may("read:timesheets") && !session.may("create:timesheets")) {
    view.append(nothingAllowed(session));
    return view;
  }
  let entries = session.may("read:timesheets") ? await api.timesheets() : [];
  const sums = element("div");
  const list = element("div");

  function show() {
    sums.replaceChildren(session.may("read:timesheets") ? totals(entries) : "");
    list.replaceChildren(
      entries.length
        ? table(["Day", "Project", "Hours", "State", ""], entries.map(row))
        : empty("No entries yet", session.may("create:timesheets") ? "Enter your first hours above; they wait here for approval." : "There is nothing to see."),
    );
  }

  function row(entry) {
    const remove = element("button", { class: "button quiet small remove", type: "button", "aria-label": `Delete ${entry.project}, ${day(entry.date)}` }, "Delete");
    remove.addEventListener("click", () =>
      busy(remove, async () => {
        await api.remove(entry.id);
        entries = entries.filter((other) => other !== entry);
        notify("The entry is deleted.", "success");
        show();
      }),
    );
    return [
      ["day", day(entry.date)],
      ["project", entry.project],
      ["hours number", `${HOURS.format(entry.hours)} h`],
      ["status", state(entry)],
      ["action", session.may("delete:timesheets") ? remove : ""],
    ];
  }

  show();
  view.append(sums);
  if (session.may("create:timesheets"))
    view.append(
      entryForm(async (entry) => {
        entries = [await api.create(entry), ...entries].sort((a, b) => b.date.localeCompare(a.date) || b.id - a.id);
        notify("The hours are entered and wait for approval.", "success");
        show();
      }),
    );
  view.append(list);
  return view;
}

export async function approvals(session, api) {
  let entries = await api.approvals();
  const list = element("div");
  const view = element(
    "section",
    { class: "stack" },
    heading("Approvals"),
    element("p", { class: "lead" }, "Everybody’s hours that nobody has approved yet."),
    list,
  );

  function show() {
    list.replaceChildren(
      entries.length
        ? table(["Who", "Project", "Hours", "Day", ""], entries.map(row))
        : empty("All done", "No hours wait for approval."),
    );
  }

  function row(entry) {
    const approve = element("button", { class: "button small", type: "button", "aria-label": `Approve ${entry.project} of ${entry.user_id}` }, "Approve");
    approve.addEventListener("click", () =>
      busy(approve, async () => {
        await api.approve(entry.id);
        entries = entries.filter((other) => other !== entry);
        notify(`Approved: ${HOURS.format(entry.hours)} hours of ${entry.user_id}.`, "success");
        show();
      }),
    );
    return [
      ["who", entry.user_id],
      ["project", entry.project],
      ["hours number", `${HOURS.format(entry.hours)} h`],
      ["day", day(entry.date)],
      ["action", approve],
    ];
  }

  show();
  return view;
}

export function access(session) {
  const renew = element("button", { class: "button", type: "button" }, "Renew");
  renew.addEventListener("click", () =>
    busy(renew, async () => {
      await session.renew();
      notify("Here is a new token, by the roles of this moment.", "success");
    }),
  );
  const asked = session.requestedScopes.map((scope) =>
    element("li", { class: session.may(scope) ? "" : "refused" }, element("code", {}, scope)),
  );
  return element(
    "section",
    { class: "stack" },
    element("div", { class: "heading" }, heading("My access"), renew),
    element(
      "p",
      { class: "lead" },
      "The application asked for all of these. Your token carries what your roles allow. After an administrator changed a role, renew it here.",
    ),
    element("section", { class: "card" }, element("h2", {}, "Scopes"), element("ul", { class: "chips", id: "scopes" }, asked)),
    element("section", { class: "card" }, element("h2", {}, "Access token"), claims(session.accessTokenClaims)),
    element("section", { class: "card" }, element("h2", {}, "Who you are"), claims(session.user)),
  );
}

function heading(text) {
  return element("h1", { tabindex: "-1" }, text);
}

function nothingAllowed(session) {
  const renew = element("button", { class: "button", type: "button" }, "Look again");
  renew.addEventListener("click", () => {
    clearNotices();
    busy(renew, () => session.renew());
  });
  return element(
    "div",
    { class: "card empty", id: "nothing-allowed" },
    element("h2", {}, "Nothing is open to you yet"),
    element("p", {}, "You are signed in, but you hold no role that lets you see or enter timesheets. Ask an administrator for one, then look again."),
    element("div", { class: "actions" }, renew),
  );
}

function totals(entries) {
  const sum = (chosen) => HOURS.format(chosen.reduce((hours, entry) => hours + entry.hours, 0));
  const monday = new Date();
  monday.setDate(monday.getDate() - ((monday.getDay() + 6) % 7));
  const week = isoDay(monday);
  const figure = (label, value) => element("div", {}, element("dt", {}, label), element("dd", {}, `${value} h`));
  return element(
    "dl",
    { class: "sums" },
    figure("This week", sum(entries.filter((entry) => entry.date >= week))),
    figure("Waiting for approval", sum(entries.filter((entry) => !entry.approved))),
    figure("Approved", sum(entries.filter((entry) => entry.approved))),
  );
}

function entryForm(save) {
  const fields = {
    date: field("date", "Day", { type: "date", required: true, value: isoDay(new Date()) }),
    hours: field("hours", "Hours", { type: "number", required: true, min: "0.25", max: "24", step: "0.25", inputmode: "decimal" }),
    project: field("project", "Project", { type: "text", required: true, maxlength: "100", autocomplete: "off", placeholder: "StoreZero" }),
  };
  const button = element("button", { class: "button" }, "Enter hours");
  const form = element("form", { class: "card entry", "aria-label": "Enter hours" }, ...Object.values(fields).map((one) => one.box), button);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    busy(button, async () => {
      for (const one of Object.values(fields)) one.complain("");
      try {
        await save({ date: fields.date.input.value, project: fields.project.input.value, hours: Number(fields.hours.input.value) });
      } catch (error) {
        if (error instanceof ApiError) for (const [name, said] of Object.entries(error.fields)) fields[name]?.complain([].concat(said).join(" "));
        throw error;
      }
      fields.project.input.value = "";
      fields.hours.input.value = "";
      fields.hours.input.focus();
    });
  });
  return form;
}

function field(name, label, attributes) {
  const input = element("input", { id: `entry-${name}`, name, ...attributes });
  const wrong = element("span", { class: "wrong", id: `entry-${name}-wrong` });
  return {
    input,
    box: element("div", { class: `field field-${name}` }, element("label", { for: input.id }, label), input, wrong),
    complain(text) {
      wrong.textContent = text;
      input.setAttribute("aria-invalid", text ? "true" : "false");
      input.setAttribute("aria-describedby", wrong.id);
    },
  };
}

function table(titles, rows) {
  return element(
    "div",
    { class: "scroll" },
    element(
      "table",
      { class: "rows" },
      element("thead", {}, element("tr", {}, titles.map((title) => element("th", { scope: "col", class: title === "Hours" ? "number" : null }, title || element("span", { class: "none", "aria-label": "Actions" }))))),
      element("tbody", {}, rows.map((cells) => element("tr", {}, cells.map(([kind, content]) => element("td", { class: kind }, content))))),
    ),
  );
}

function state(entry) {
  return element("span", { class: entry.approved ? "state approved" : "state" }, entry.approved ? "Approved" : "Waiting");
}

function empty(title, text) {
  return element("div", { class: "card empty" }, element("h2", {}, title), element("p", {}, text));
}

function claims(values) {
  return element(
    "dl",
    { class: "claims" },
    Object.entries(values).map(([name, value]) =>
      element("div", {}, element("dt", {}, element("code", {}, name)), element("dd", {}, readable(name, value))),
    ),
  );
}

function readable(name, value) {
  if (["exp", "iat", "nbf", "auth_time"].includes(name)) return new Date(value * 1000).toLocaleString();
  if (Array.isArray(value)) return value.length ? value.join(", ") : "none";
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

function day(date) {
  return DAY.format(new Date(`${date}T00:00:00Z`));
}

function isoDay(date) {
  return `${date.getFullYear()}-${String(date.getMonth() + 1).padStart(2, "0")}-${String(date.getDate()).padStart(2, "0")}`;
}
