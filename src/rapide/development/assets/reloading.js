// Ask whether the same start of the application still answers; when it does not, load the page again.
"use strict";

function goOn() {
  if (start.method === "GET") {
    location.reload();
  } else {
    const said = document.createElement("p");
    said.className = "advice";
    said.textContent = "The application has started again. Send the request again.";
    document.querySelector("header").append(said);
  }
}

async function look() {
  try {
    const answer = await fetch(start.path, { cache: "no-store" });
    if (answer.status === 503 || (answer.ok && (await answer.text()) !== start.started)) {
      goOn();
      return;
    }
    if (!answer.ok) { return; } // there is no console
  } catch (error) {
    // The server is starting again, or has ended.
  }
  setTimeout(look, 1000);
}

setTimeout(look, 1000);
