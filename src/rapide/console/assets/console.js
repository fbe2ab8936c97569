// Fill the console: the routes once, the requests and stalls each second.
"use strict";

// The application may be mounted, or behind a proxy that removes a prefix.
const base = location.pathname.replace(/\/$/, "");
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
  if (request.sql && request.sql.count) { summary.append(labelOf(request.sql)); }
  const longest = Math.max(0, ...request.steps.map((step) => step.ms));
  const steps = request.steps.map((step) => stepOf(step, longest));
  const why = "The steps were not measured: this page was not open, or the route is not compiled.";
  const shown = steps.length ? steps : [make("p", "advice", why)];
  return make("details", "request", summary, ...shown, ...statementsOf(request.sql));
}

function labelOf(sql) {
  const isRepeated = sql.statements.some((statement) => statement.count > 1);
  return make("span", isRepeated ? "bad" : "dim", `${sql.count} SQL${isRepeated ? ", N+1" : ""}`);
}

function statementsOf(sql) {
  if (!sql || !sql.count) { return []; }
  const title = make("h3", "", `SQL: ${sql.count} in ${shownTime(sql.ms)}`);
  const shown = sql.statements.map((statement) => {
    const facts = [shownTime(statement.ms), statement.place || "no line of the application"];
    if (statement.has_failed) { facts.push("failed"); }
    const line = make("p", "facts", facts.join(" · "));
    if (statement.count > 1) { line.prepend(make("span", "bad", `N+1: ${statement.count} times · `)); }
    return make("div", "statement", line, make("pre", "code", statement.text));
  });
  if (sql.left_out) { shown.push(make("p", "advice", `${sql.left_out} more are left out.`)); }
  return [title, ...shown];
}

function showLanes(lanes) {
  const names = ["lane", "threads", "busy", "waiting", "had to wait", "waited in all"];
  const rows = lanes.map((lane) => [
    lane.name, lane.threads === null ? "unlimited" : lane.threads, lane.busy, lane.waiting,
    lane.waits, `${lane.waited_ms} ms`,
  ]);
  const head = make("tr", "", ...names.map((name) => make("th", "", name)));
  const body = rows.map((row) => make("tr", "", ...row.map((cell) => make("td", "", String(cell)))));
  document.getElementById("lanes").replaceChildren(make("table", "lanes", head, ...body));
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
  const answer = await fetch(`${base}/route?number=${route.number}`);
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
    const answer = await fetch(`${base}/requests?after=${last}`, { cache: "no-store" });
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
    showLanes(found.lanes);
  } catch (error) {
    // The application is starting again, or has ended.
  }
  setTimeout(look, 1000);
}

let started = null;

async function begin() {
  const answer = await fetch(`${base}/routes`);
  const routes = await answer.json();
  document.getElementById("routes").replaceChildren(...routes.map(routeOf));
  look();
}

begin();
