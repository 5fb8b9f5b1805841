// Shows a mail that arrives while the page is open. Without this script the page is as good, and older.
"use strict";

const address = document.currentScript.dataset.events;
let events;

function newestShown() {
  const link = document.querySelector(".letters a")?.getAttribute("href") ?? "";
  return decodeURIComponent(link.split("/").pop());
}

async function refresh() {
  const answer = await fetch(location.href);
  if (!answer.ok) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  // Whoever reads a certain mail goes on reading it; the front page shows the newest.
  const part = document.body.classList.contains("index") ? "main" : ".letters";
  document.querySelector(part).replaceWith(document.importNode(page.querySelector(part), true));
}

function listen() {
  events = new EventSource(address);
  events.addEventListener("newest", (event) => {
    if (event.data !== newestShown()) refresh();
  });
}

// A page that is left may be kept by the browser, and with it one of the six connections a browser makes to a server.
addEventListener("pagehide", () => events.close());
addEventListener("pageshow", listen);
