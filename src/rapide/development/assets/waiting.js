// Ask whether the same failed start still answers; when it does not, load the page again.
"use strict";

function goOn() {
  if (start.method === "GET" || start.method === "HEAD") {
    location.reload();
  } else {
    document.querySelector(".advice").textContent =
      "The application has started. Send the form again.";
  }
}

async function look() {
  try {
    // A preflight request runs no code of an application's routes.
    const answer = await fetch(location.href, { method: "OPTIONS", cache: "no-store" });
    if (answer.headers.get(start.field) !== start.number) {
      goOn();
      return;
    }
  } catch (error) {
    // The server is starting again, or has ended.
  }
  setTimeout(look, 500);
}

setTimeout(look, 500);
