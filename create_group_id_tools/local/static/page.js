"use strict";
// Show /_local/state, and post the actions of the buttons. Set text only by textContent: events and
// logs contain whatever a caller sent.

const FAULTS = {
  "none": [],
  "throttled once": [{ effect: "error", code: "Throttling.User", times: 1 }],
  "always throttled": [{ effect: "error", code: "Throttling.User" }],
  "internal error once": [{ effect: "error", code: "InternalError", times: 1 }],
  "response lost once": [{ effect: "reset", when: "after", times: 1 }],
  "connection refused once": [{ effect: "refuse", times: 1 }],
  "delayed by 2 seconds": [{ effect: "delay", delay: 2 }],
  "access always denied": [{ effect: "error", code: "NoPermission" }],
};

const byId = (id) => document.getElementById(id);

function element(name, text, ...classes) {
  const made = document.createElement(name);
  made.textContent = text ?? "";
  made.classList.add(...classes);
  return made;
}

function fill(id, rows) {
  byId(id).replaceChildren(...rows.map((cells) => {
    const row = element("tr");
    row.append(...cells.map((cell) => element("td", cell)));
    return row;
  }));
}

// The function logs a line of JSON for each of its calls to OnsMqtt.
function callsIn(log) {
  return log.split("\n").flatMap((line) => {
    const start = line.indexOf('{"Event":"attempt"');
    try {
      return start < 0 ? [] : [JSON.parse(line.slice(start))];
    } catch {
      return [];
    }
  });
}

function bar(milliseconds, title, ...classes) {
  const made = element("span", "", "bar", ...classes);
  made.style.width = `${Math.min(120, 6 + milliseconds / 10)}px`;
  made.title = title;
  return made;
}

function timeline(runs) {
  const line = element("span", "", "timeline");
  for (const run of runs) {
    const ms = Math.round(run.seconds * 1000);
    const kind = run.error_type ? ["bad"] : [];
    line.append(bar(ms, `${run.error_type ?? "returned"}, ${ms} ms`, "run", ...kind));
    for (const call of callsIn(run.log)) {
      const outcome = call.Outcome ?? call.Code;
      const failed = call.Code ? ["bad"] : [];
      line.append(bar(call.Milliseconds, `${outcome}, ${call.Milliseconds} ms`, "call", ...failed));
    }
  }
  return line;
}

function status(run) {
  try {
    return JSON.parse(run.response).statusCode ?? "";
  } catch {
    return "";
  }
}

function invocation(data, open) {
  const made = element("details");
  made.dataset.id = data.request_id;
  made.open = open;
  const last = data.runs.at(-1);
  const kind = { succeeded: "good", failed: "bad" }[data.state] ?? "wait";
  const summary = element("summary");
  summary.append(
    element("span", new Date(data.timestamp * 1000).toLocaleTimeString()),
    element("span", data.trigger),
    element("span", data.function),
    element("strong", `${data.state} ${last ? status(last) : ""}`, kind),
    timeline(data.runs),
  );
  made.append(summary, element("code", data.request_id), element("pre", data.event));
  for (const run of data.runs) {
    made.append(element("pre", run.response), element("pre", run.log, "log"));
  }
  return made;
}

function show(state) {
  const samples = byId("sample");
  if (!samples.options.length) {
    samples.replaceChildren(...state.samples.map((name) => new Option(name)));
    samples.value = "http-create-group-id.json";
  }
  const open = new Set([...document.querySelectorAll("details[open]")].map((one) => one.dataset.id));
  byId("invocations").replaceChildren(
    ...state.invocations.map((data) => invocation(data, open.has(data.request_id))),
  );
  fill("groups", state.groups.map((group) => [group.group_id, group.instance_id]));
  fill("faults", state.faults.map((fault) => [
    fault.code || fault.effect,
    fault.times ? `used ${fault.acted} of ${fault.times} times` : `used ${fault.acted} times`,
  ]));
  fill("calls", state.calls.reverse().map((call) => [call.action, call.group_id, call.verdict]));
}

let shown = "none";

async function refresh() {
  try {
    const state = await fetch("/_local/state", { headers: { "If-None-Match": shown } });
    // Without a change the page stays as it is, with what is open or selected.
    if (state.status !== 304) {
      show(await state.json());
      shown = state.headers.get("ETag");
    }
    byId("problem").textContent = "";
  } catch {
    byId("problem").textContent = "The server does not respond. Is it still running?";
  }
}

async function post(action, value) {
  const response = await fetch(`/_local/${action}`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(value),
  });
  const problem = response.ok ? "" : (await response.json()).Message;
  await refresh();
  byId("problem").textContent = problem;
}

byId("fault").replaceChildren(...Object.keys(FAULTS).map((name) => new Option(name)));
byId("send").addEventListener("click", () => post("send", byId("sample").value));
byId("set-fault").addEventListener("click", () => post("faults", FAULTS[byId("fault").value]));
byId("reset").addEventListener("click", () => post("reset", null));
refresh();
setInterval(refresh, 1000);
