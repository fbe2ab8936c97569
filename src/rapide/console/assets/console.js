// Fill the console: the routes once, the requests and stalls each second.
"use strict";

let last = 0;
let stallsShown = "";

function make(name, kind, ...children) {
  const found = document.createElement(name);
  found.className = kind;
  found.append(...children);
  return found;
}

function shownTime(ms) {
  return `${ms.toFixed(ms < 10 ? 3 : 1)} ms`;
}

function stepOf(step, longest) {
  const bar = make("div", "bar");
  bar.style.width = `${Math.max(0.5, (100 * step.ms) / (longest || 1))}%`;
  const right = make("div", "", make("div", "text", step.text), bar);
  return make("div", "step", make("div", "ms", shownTime(step.ms)), right);
}

function requestOf(request) {
  const status = request.status === null ? "client left" : String(request.status);
  const summary = make(
    "summary", "",
    make("span", "dim", new Date(request.began * 1000).toLocaleTimeString()),
    make("span", request.status === null || request.status >= 500 ? "bad" : "", status),
    make("span", "grow", `${request.method} ${request.target}`),
    make("span", "dim", request.route || "no route"),
    make("span", "", shownTime(request.ms)),
  );
  const longest = Math.max(0, ...request.steps.map((step) => step.ms));
  const steps = request.steps.map((step) => stepOf(step, longest));
  const why = "The steps were not measured: this page was not open, or the route is not compiled.";
  return make("details", "request", summary, ...(steps.length ? steps : [make("p", "advice", why)]));
}

function routeOf(route) {
  const summary = make(
    "summary", "",
    make("span", "", route.methods),
    make("span", "grow", route.path),
    make("span", "dim", route.function),
    make("span", route.execution.startsWith("generic") ? "bad" : "dim", route.execution),
  );
  const details = make("details", "route", summary);
  details.addEventListener("toggle", () => { if (details.open) { fill(details, route); } });
  return details;
}

async function fill(details, route) {
  const answer = await fetch(`/-/dev/route?number=${route.number}`);
  const found = await answer.json();
  while (details.children.length > 1) { details.lastChild.remove(); }
  if (!found.source) {
    details.append(make("p", "advice", "This route has no plan."));
    return;
  }
  const plan = make("ol", "plan", ...found.plan.map((text) => make("li", "", make("code", "", text))));
  details.append(plan, make("pre", "code source", found.source));
}

function showStalls(stalls) {
  const shown = JSON.stringify(stalls);
  if (shown === stallsShown) { return; }
  stallsShown = shown;
  document.getElementById("no-stalls").hidden = stalls.length > 0;
  document.getElementById("stalls").replaceChildren(
    ...stalls.reverse().map((stall) => make("pre", "code stall", stall.text)),
  );
}

async function look() {
  try {
    const answer = await fetch(`/-/dev/requests?after=${last}`, { cache: "no-store" });
    const found = await answer.json();
    if (found.started !== started && started !== null) { location.reload(); return; }
    started = found.started;
    const list = document.getElementById("requests");
    for (const request of found.requests) {
      last = request.number;
      list.prepend(requestOf(request));
    }
    while (list.children.length > 100) { list.lastChild.remove(); }
    document.getElementById("none").hidden = last > 0;
    showStalls(found.stalls);
  } catch (error) {
    // The application is starting again, or has ended.
  }
  setTimeout(look, 1000);
}

let started = null;

async function begin() {
  const answer = await fetch("/-/dev/routes");
  const routes = await answer.json();
  document.getElementById("routes").replaceChildren(...routes.map(routeOf));
  look();
}

begin();
