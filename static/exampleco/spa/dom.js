// Builds elements. Text goes in as text nodes only: nothing that a server or a token says becomes markup.

export function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith("on")) made.addEventListener(key.slice(2), value);
    else if (value === true) made.setAttribute(key, "");
    else if (value !== false && value !== null && value !== undefined) made.setAttribute(key, value);
  }
  made.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return made;
}

export function notify(text, kind = "") {
  const close = element("button", { class: "close", type: "button", "aria-label": "Close", onclick: () => box.remove() }, "✕");
  const box = element("div", { class: `notice ${kind}` }, element("span", { class: "text" }, text), close);
  document.getElementById("notices").replaceChildren(box);
}

export function clearNotices() {
  document.getElementById("notices").replaceChildren();
}

// Disables the button while `work` runs, and says what went wrong.
export async function busy(button, work) {
  button.disabled = true;
  try {
    await work();
  } catch (error) {
    notify(error.message, "problem");
  } finally {
    button.disabled = false;
  }
}
