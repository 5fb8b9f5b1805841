// The script of the sample's page: it sends the four forms and keeps the list of their jobs true.
//
//   form ──POST──► 202 {id} ──► row ──► EventSource /jobs/<id>/events ──► last state: close
//
// A browser gives one host six connections over HTTP/1.1, so only the newest four unfinished jobs are streamed; the
// others are asked for one by one on a slow timer, and nothing is open while the tab is hidden. A stream that breaks
// is closed and asked about once: 404 means the job is forgotten, anything else leaves it to the timer.
// The ids are kept in sessionStorage, so that a reload shows the same jobs. Without this file the forms still work.

"use strict";

const streamLimit = 4;
const pollInterval = 4000;
const rowLimit = 50;
const storageKey = "nightjar.jobs";
const finalStates = ["completed", "failed", "cancelled"];

const jobs = new Map();      // id → { id, form, status, row }, oldest first
const streams = new Map();   // id → EventSource
const latest = new Map();    // form id → id of its newest job
let unread = [];             // kept by an earlier load and not asked about yet
let clockSkew = 0;           // the server's clock minus ours, when they are clearly apart

const byId = (id) => document.getElementById(id);
const isFinal = (job) => finalStates.includes(job.status.state);
const unfinished = () => [...jobs.values()].filter((job) => !isFinal(job));

// Talking to the server

async function ask(path, options = {}) {
  const headers = { Accept: "application/json" };
  let response;
  try {
    response = await fetch(path, { ...options, headers });
  } catch {
    setOffline(true);
    return { ok: false, status: 0, body: { detail: "The server does not answer. Is it still running?" } };
  }
  setOffline(false);
  const skew = Date.parse(response.headers.get("Date") ?? "") - Date.now();
  clockSkew = Math.abs(skew) > 2000 ? skew : 0;
  const body = await response.json().catch(() => ({}));
  return { ok: response.ok, status: response.status, body };
}

async function refresh(id) {
  const answer = await ask(`/jobs/${encodeURIComponent(id)}`);
  if (answer.ok) update(answer.body);
  if (answer.status === 404) forget(id);
}

function setOffline(isOffline) {
  setText(byId("jobs-offline"), isOffline ? "The server does not answer. This page keeps trying." : "");
}

// Following jobs

function follow(id, form, status) {
  forget(id);
  const job = { id, form, status, row: byId("job-row").content.firstElementChild.cloneNode(true) };
  jobs.set(id, job);
  if (form) latest.set(form, id);
  byId("jobs-list").prepend(job.row);
  for (const old of [...jobs.values()].filter(isFinal).slice(0, Math.max(0, jobs.size - rowLimit))) forget(old.id);
  show(job);
  remember();
  openStreams();
}

function update(status) {
  const job = jobs.get(status.id);
  if (!job || (isFinal(job) && !finalStates.includes(status.state))) return;
  const before = job.status.state;
  job.status = status;
  show(job);
  if (before !== status.state) announce(job);
  if (isFinal(job)) openStreams();
}

function forget(id) {
  const job = jobs.get(id);
  if (!job) return;
  job.row.remove();
  jobs.delete(id);
  if (latest.get(job.form) === id) {
    latest.delete(job.form);
    outcome(job.form)?.replaceChildren();
  }
  remember();
  showCount();
  openStreams();
}

function openStreams() {
  const wanted = document.hidden ? [] : unfinished().slice(-streamLimit).filter((job) => !job.broken);
  for (const [id, stream] of streams) {
    if (wanted.some((job) => job.id === id)) continue;
    stream.close();
    streams.delete(id);
  }
  for (const job of wanted) if (!streams.has(job.id)) openStream(job);
}

function openStream(job) {
  const stream = new EventSource(`/jobs/${encodeURIComponent(job.id)}/events`);
  streams.set(job.id, stream);
  stream.addEventListener("status", (event) => update(JSON.parse(event.data)));
  stream.addEventListener("error", () => {
    stream.close();
    if (streams.get(job.id) !== stream) return;
    streams.delete(job.id);
    job.broken = true;
    refresh(job.id);
  });
}

async function poll() {
  for (const job of document.hidden ? [] : unfinished()) {
    if (streams.has(job.id)) continue;
    await refresh(job.id);
    job.broken = false;
  }
  openStreams();
  setTimeout(poll, pollInterval);
}

// What the page remembers

function remember() {
  try {
    const shown = [...jobs.values()].map(({ id, form, status }) => ({ id, form, name: status.name }));
    sessionStorage.setItem(storageKey, JSON.stringify([...unread, ...shown]));
  } catch {
    // Storage is switched off: the list lasts until the next reload.
  }
}

async function recall() {
  try {
    unread = [].concat(JSON.parse(sessionStorage.getItem(storageKey)) ?? []);
  } catch {
    return;
  }
  while (unread.length > 0) {
    const { id, form, name } = unread[0];
    const answer = await ask(`/jobs/${encodeURIComponent(id)}`);
    unread.shift();
    if (answer.status !== 404) follow(id, form, answer.ok ? answer.body : { id, name, state: "unknown" });
  }
  remember();
}

// Showing

function show(job) {
  fill(job.row, job);
  if (latest.get(job.form) === job.id) fill(outcome(job.form), job);
  showCount();
}

function outcome(form) {
  const view = document.querySelector(`[data-outcome="${CSS.escape(form ?? "")}"]`);
  if (view && !view.firstElementChild) view.append(byId("job-outcome").content.cloneNode(true));
  return view;
}

function fill(view, job) {
  if (!view) return;
  const { status } = job;
  const fraction = status.state === "running" ? status.progress?.fraction : undefined;
  const file = downloadPath(status);
  const error = ["retrying", "failed"].includes(status.state) ? shortName(status.error?.type ?? "") : "";
  const part = (name) => view.querySelector(`[data-part="${name}"]`) ?? document.createElement("i");

  view.dataset.state = status.state;
  setText(part("state"), status.state);
  setText(part("attempt"), status.attempt > 0 ? `attempt ${status.attempt} of ${status.maxAttempts}` : "");
  setName(part("name"), shortName(status.name));
  setText(part("id"), shortID(job.id));
  part("id").href = `/jobs/${encodeURIComponent(job.id)}`;
  part("id").title = job.id;
  setText(part("error"), error);
  part("error").hidden = error === "";
  setText(part("detail"), detail(status));
  setText(part("elapsed"), elapsed(status));
  part("progress").hidden = fraction === undefined;
  part("progress").value = fraction ?? 0;
  part("download").hidden = file === undefined;
  if (file) part("download").href = file;
  part("cancel").action = `/jobs/${encodeURIComponent(job.id)}/cancel`;
  if (isFinal(job) && part("cancel").contains(document.activeElement)) job.row.focus();
  part("cancel").hidden = isFinal(job);
  part("cancel").firstElementChild?.setAttribute("aria-label", `Cancel ${shortName(status.name)} ${shortID(job.id)}`);
}

function showCount() {
  const open = unfinished().length;
  const done = jobs.size - open;
  setText(byId("jobs-count"), jobs.size ? `${number(open)} under way, ${number(done)} finished` : "");
  byId("jobs-clear").hidden = done === 0;
  byId("jobs-empty").hidden = jobs.size > 0;
}

function announce({ id, status }) {
  if (["pending", "running"].includes(status.state)) return;
  const error = shortName(status.error?.type ?? "");
  setText(byId("announcer"), `${shortName(status.name)} ${shortID(id)} ${status.state}. ${error} ${detail(status)}`);
}

// Words for a status

function detail(status) {
  switch (status.state) {
    case "scheduled": return status.nextAttemptAt ? `starts ${untilTime(status.nextAttemptAt)}` : "starts later";
    case "pending": return "waiting for its turn";
    case "running": return progressText(status.progress) || "at work";
    case "retrying": return status.nextAttemptAt ? `next attempt ${untilTime(status.nextAttemptAt)}` : "will try again";
    case "failed": return "kept as a dead letter";
    case "cancelled": return "stopped before it finished";
    case "completed": return resultText(status.result);
    default: return "";
  }
}

function progressText(progress) {
  if (!progress) return "";
  return [progress.message, `${Math.round(progress.fraction * 100)} %`].filter(Boolean).join(" · ");
}

function resultText(result) {
  if (result === null || result === undefined) return "done";
  if (typeof result !== "object") return String(result);
  if (!result.path) return JSON.stringify(result);
  const rows = Number.isFinite(result.rows) ? `${number(result.rows)} rows` : "";
  return [rows, Number.isFinite(result.bytes) ? size(result.bytes) : ""].filter(Boolean).join(" · ");
}

// Only a path on this server becomes a link.
function downloadPath({ state, result }) {
  const path = state === "completed" ? result?.path : undefined;
  return typeof path === "string" && /^\/(?![/\\])/.test(path) ? path : undefined;
}

// The end of a UUIDv7 is random; its beginning is the time and looks the same for all of today's jobs.
const shortID = (id) => id.slice(-8);
const shortName = (name = "job") => name.split(".").pop();
const number = (value) => value.toLocaleString("en");

function size(bytes) {
  if (bytes < 1000) return `${bytes} B`;
  return bytes < 1e6 ? `${(bytes / 1e3).toFixed(1)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
}

function elapsed({ createdAt, finishedAt }) {
  if (!createdAt) return "";
  const end = finishedAt ? Date.parse(finishedAt) : Date.now() + clockSkew;
  const spent = Math.max(0, end - Date.parse(createdAt));
  if (finishedAt && spent < 1000) return `${Math.round(spent)} ms`;
  if (finishedAt && spent < 10_000) return `${(spent / 1000).toFixed(1)} s`;
  return duration(Math.floor(spent / 1000));
}

function untilTime(time) {
  const left = Math.ceil((Date.parse(time) - Date.now() - clockSkew) / 1000);
  return left > 0 ? `in ${duration(left)}` : "any moment";
}

function duration(seconds) {
  const pad = (value) => String(value).padStart(2, "0");
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${pad(seconds % 60)} s`;
  return `${Math.floor(seconds / 3600)} h ${pad(Math.floor((seconds % 3600) / 60))} min`;
}

function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

// A long type name may break before each of its words.
function setName(element, name) {
  if (element.textContent === name) return;
  const words = name.split(/(?<=[a-z0-9])(?=[A-Z])/);
  element.replaceChildren(...words.flatMap((word) => [word, document.createElement("wbr")]));
}

// The forms. The server decides what is wrong with them, so that there is one set of rules and one look.

async function send(form) {
  const button = form.querySelector("button");
  if (button.ariaDisabled === "true") return;
  button.ariaDisabled = "true";
  showProblem(form, {});
  const answer = await ask(form.action, { method: "POST", body: new URLSearchParams(new FormData(form)) });
  button.ariaDisabled = null;
  if (!answer.ok) return showProblem(form, answer.body, `The server answered ${answer.status}.`);
  const status = { createdAt: new Date(Date.now() + clockSkew).toISOString(), ...answer.body };
  setText(byId("announcer"), `${shortName(status.name)} ${shortID(status.id)} accepted`);
  follow(status.id, form.id, status);
  if (finalStates.includes(status.state)) refresh(status.id);
}

function showProblem(form, problem, fallback = "") {
  const text = problem.detail ?? problem.title ?? fallback;
  const places = [...form.querySelectorAll("[data-error]")];
  const place = places.find(({ dataset }) => dataset.error === (problem.field ?? "")) ?? places.at(-1);
  for (const each of places) setText(each, each === place ? text : "");
  for (const control of form.querySelectorAll("input")) {
    control.ariaInvalid = text !== "" && control.name === problem.field ? "true" : null;
  }
  form.querySelector('[aria-invalid="true"]:is(:not([type="radio"]), :checked)')?.focus();
}

async function cancel(form) {
  const answer = await ask(form.action, { method: "POST" });
  if (answer.ok) return update(answer.body);
  setText(byId("announcer"), answer.body.detail ?? "The job could not be cancelled.");
  if (answer.status !== 0) refresh(form.action.split("/").at(-2));
}

for (const form of document.querySelectorAll(".card form")) {
  form.noValidate = true;
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    send(form);
  });
}

byId("jobs-list").addEventListener("submit", (event) => {
  event.preventDefault();
  cancel(event.target);
});

byId("jobs-clear").addEventListener("click", () => {
  for (const job of [...jobs.values()].filter(isFinal)) forget(job.id);
  byId("jobs").focus();
});

document.addEventListener("visibilitychange", () => {
  openStreams();
  if (!document.hidden) for (const job of unfinished()) if (!streams.has(job.id)) refresh(job.id);
});

setInterval(() => unfinished().forEach(show), 1000);
showCount();
recall().then(poll);
