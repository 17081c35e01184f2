// Hands the authorization response to the page that waits for it: around this frame, or behind this pop-up window.
// The browser delivers it only if that page is of the origin that was registered.
const read = (id) => JSON.parse(document.getElementById(id).textContent);
const waiting = window.parent === window ? window.opener : window.parent;
waiting?.postMessage(read("message"), read("origin"));
