// Calls an endpoint from its page, at the address where the page itself is from.
"use strict";

const LONGEST_MS = 29000; // AWS's limits of trying: time, size of a response, and three calls a second
const LARGEST = 6 * 1024 * 1024;
const PAUSE_MS = 334;

const form = document.getElementById("try-it");
const element = (id) => document.getElementById(id);

function address() {
  const greedy = new Set(form.dataset.greedy.split(" "));
  let path = form.dataset.address;
  const query = new URLSearchParams(form.elements.query.value);
  for (const field of form.querySelectorAll("[data-in]")) {
    const { in: place, name } = field.dataset;
    if (place === "path") {
      const pieces = greedy.has(name) ? field.value.split("/") : [field.value];
      path = path.replace(`{${name}}`, () => pieces.map(encodeURIComponent).join("/"));
    } else if (place === "querystring" && field.value !== "") {
      query.append(name, field.value);
    }
  }
  if (path.split("/").some((segment) => segment === "." || segment === "..")) {
    throw new Error("A browser takes the segments . and .. out of a path.");
  }
  return query.size ? `${path}?${query}` : path;
}

function headers() {
  const found = new Headers();
  for (const line of form.elements.headers.value.split("\n")) {
    const colon = line.indexOf(":");
    if (colon > 0) found.append(line.slice(0, colon).trim(), line.slice(colon + 1).trim());
  }
  for (const field of form.querySelectorAll('[data-in="header"]')) {
    if (field.value !== "") found.set(field.dataset.name, field.value);
  }
  return found;
}

function request() {
  const method = form.elements.verb.value;
  const given = form.elements.body ? form.elements.body.value : "";
  const sent = headers();
  const options = { method, headers: sent, credentials: "omit", redirect: "manual", cache: "no-store" };
  if (given !== "" && method !== "GET" && method !== "HEAD") {
    options.body = given;
    if (!sent.has("content-type")) sent.set("content-type", "application/json");
  }
  return { ...options, signal: AbortSignal.timeout(LONGEST_MS) };
}

async function text(response) {
  if (!response.body) return "";
  const decoder = new TextDecoder();
  const reader = response.body.getReader();
  let shown = "";
  let size = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return shown + decoder.decode();
    size += value.length;
    if (size > LARGEST) {
      await reader.cancel();
      throw new Error("The response is larger than 6 MB.");
    }
    shown += decoder.decode(value, { stream: true });
  }
}

function show(status, lines, body) {
  element("status").textContent = status;
  element("response-headers").textContent = lines;
  element("response-body").textContent = body;
  element("answer").hidden = false;
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const button = form.querySelector("button");
  button.disabled = true;
  element("answer").className = "";
  try {
    const response = await fetch(address(), request());
    if (response.type === "opaqueredirect") {
      show("The endpoint answered with a redirect, which a page cannot show.", "", "");
    } else {
      const lines = [...response.headers].map(([name, value]) => `${name}: ${value}`).join("\n");
      show(`${response.status} ${response.statusText}`, lines, await text(response));
    }
  } catch (error) {
    element("answer").className = "error";
    show(String(error.message || error), "", "");
  } finally {
    setTimeout(() => (button.disabled = false), PAUSE_MS);
  }
});
