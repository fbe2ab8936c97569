// Stock numbers follow the shop's event stream; the browser reconnects and resumes by itself.
let changes;

function follow() {
  changes = new EventSource("/stock-changes");
  changes.addEventListener("stock", (event) => {
    const { book, stock } = JSON.parse(event.data);
    const shown = document.getElementById(book)?.querySelector(".stock");
    if (shown) {
      shown.querySelector("b").textContent = stock;
      shown.classList.add("changed");
    }
  });
}

// A page that is left may be kept for the way back: its connection must not be.
addEventListener("pagehide", () => changes.close());
addEventListener("pageshow", follow);
