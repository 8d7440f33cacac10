// A little help where it helps; every page works without it.
(function () {
  "use strict";
  // A page that follows something long asks again by itself, without losing the place.
  var follows = document.querySelector("[data-again-seconds]");
  if (follows) {
    setTimeout(function () { location.reload(); }, 1000 * Number(follows.dataset.againSeconds));
  }
  // Nobody sends a form twice by a double click.
  document.addEventListener("submit", function (event) {
    var button = event.target.querySelector("button:not([type=button])");
    if (button) { setTimeout(function () { button.disabled = true; }, 0); }
  });
})();
