/* Goes on to the application once every frame of the page has answered, or after three seconds. */
"use strict";

(function () {
  const link = document.getElementById("continue");
  let left = false;

  function leave() {
    if (link !== null && !left) {
      left = true;
      location.replace(link.href);
    }
  }

  // What has loaded before this script ran is not heard of any more: the page's own load event comes after all of them.
  window.addEventListener("load", leave);
  window.setTimeout(leave, 3000);
})();
