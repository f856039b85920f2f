// What every page does: CSRF and errors for htmx, messages, questions before writing, copying, the theme button.
(() => {
  const token = () => document.querySelector('meta[name="csrf-token"]').content;

  // --- htmx -------------------------------------------------------------------------------
  document.addEventListener("htmx:configRequest", (event) => {
    if (event.detail.verb !== "get") event.detail.headers["X-CSRFToken"] = token();
  });
  document.addEventListener("htmx:responseError", (event) => {
    const xhr = event.detail.xhr;
    if (xhr.status === 401) return loggedOut();
    const ours = (xhr.getResponseHeader("Content-Type") || "").startsWith("text/plain");
    tell(ours ? xhr.responseText : `The server answered ${xhr.status}. Try again in a moment.`);
  });
  document.addEventListener("htmx:sendError", () => tell("The server cannot be reached. Nothing was changed; try again in a moment."));
  document.addEventListener("htmx:timeout", () => tell("The server took too long to answer. Reload the page to see whether it was done."));
  document.addEventListener("htmx:confirm", (event) => {
    const { question, verb, issueRequest } = event.detail;
    const doubted = verb !== "get" && isDoubtful();
    if (!question && !doubted) return;
    event.preventDefault();
    const asked = question ? ask(question, event.detail.elt.dataset) : Promise.resolve(true);
    asked.then((yes) => yes && (doubted ? isLoggedIn() : true)).then((yes) => yes && issueRequest(true));
  });

  // --- the session ------------------------------------------------------------------------
  // Whoever was away may be logged out, or logged in anew with another token. Before something is
  // sent then, the server is asked: what was typed stays on the page, and the same button works later.
  const session = document.querySelector('meta[name="session"]');
  const KNOWN = 60_000;
  let known = performance.now();
  document.addEventListener("visibilitychange", () => { known = -KNOWN; });
  const isDoubtful = () => session !== null && performance.now() - known > KNOWN;
  async function isLoggedIn() {
    let answer;
    try { answer = await fetch(session.content, { redirect: "manual", cache: "no-store" }); } catch { return true; }
    if (answer.type === "opaqueredirect") { loggedOut(); return false; }
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector('meta[name="csrf-token"]');
    if (!fresh) return true;
    document.querySelector('meta[name="csrf-token"]').content = fresh.content;
    document.querySelectorAll('input[name="csrf_token"]').forEach((field) => { field.value = fresh.content; });
    document.getElementById("logged-out")?.remove();
    known = performance.now();
    return true;
  }
  function loggedOut() {
    known = -KNOWN;
    if (document.getElementById("logged-out")) return;
    const note = tell("You were logged out; nothing was saved. What you typed is still here: log in in another tab, then save again. ");
    note.id = "logged-out";
    note.querySelector("span").append(Object.assign(document.createElement("a"), { href: session?.dataset.logIn || "/login", target: "_blank", rel: "noopener", textContent: "Log in" }));
  }
  document.addEventListener("submit", (event) => {
    const { target, submitter } = event;
    if (target.method !== "post" || target.hasAttribute("hx-post") || !isDoubtful()) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    isLoggedIn().then((yes) => {
      if (!yes) return;
      known = performance.now();
      target.requestSubmit(submitter);
    });
  }, true);

  // --- messages ---------------------------------------------------------------------------
  function tell(text, tone = "danger") {
    const note = document.getElementById("toast").content.firstElementChild.cloneNode(true);
    note.className = `toast-note is-${tone}`;
    note.querySelector("span").textContent = text;
    document.getElementById("news").append(note);
    return note;
  }
  const started = new WeakSet();
  const start = (note) => {
    if (started.has(note)) return;
    started.add(note);
    if (!note.matches(".is-danger, .is-warning")) setTimeout(() => note.remove(), 8000);
  };
  new MutationObserver(() => document.querySelectorAll("#news [data-toast]").forEach(start))
    .observe(document.documentElement, { childList: true, subtree: true });
  document.querySelectorAll("#news [data-toast]").forEach(start);

  // --- a question before something is written ----------------------------------------------
  function ask(question, { askYes = "Yes", askDanger } = {}) {
    const dialog = document.getElementById("ask");
    const yes = dialog.querySelector("[data-yes]");
    dialog.querySelector("#ask-text").textContent = question;
    yes.textContent = askYes;
    yes.className = `btn btn-${askDanger === undefined ? "primary" : "danger"}`;
    dialog.returnValue = "no";
    dialog.showModal();
    return new Promise((done) => dialog.addEventListener("close", () => done(dialog.returnValue === "yes"), { once: true }));
  }
  document.addEventListener("submit", (event) => {
    const asker = event.submitter?.dataset.ask ? event.submitter : event.target;
    const question = asker.dataset?.ask;
    if (!question || asker.dataset.asked) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    const { target, submitter } = event;
    ask(question, asker.dataset).then((yes) => {
      if (!yes) return;
      asker.dataset.asked = "yes";
      target.requestSubmit(submitter);
      delete asker.dataset.asked;
    });
  }, true);

  // --- clicks ------------------------------------------------------------------------------
  async function copy(text) {
    if (navigator.clipboard && isSecureContext) return navigator.clipboard.writeText(text);
    const area = Object.assign(document.createElement("textarea"), { value: text, readOnly: true, className: "visually-hidden" });
    document.body.append(area);
    area.select();
    const done = document.execCommand("copy");
    area.remove();
    if (!done) throw new Error("copying is not allowed");
  }
  document.addEventListener("click", async (event) => {
    const button = event.target.closest("button");
    if (!button) return;
    if (button.matches("[data-toast] .btn-close")) button.closest("[data-toast]").remove();
    if (button.dataset.copy !== undefined) {
      const label = button.querySelector("[data-copy-label]") || button;
      const before = label.textContent;
      try { await copy(button.dataset.copy); label.textContent = "Copied"; } catch { label.textContent = "Select it and copy by hand"; }
      setTimeout(() => { label.textContent = before; }, 2000);
    }
    if (button.dataset.themeNext !== undefined) {
      const order = ["system", "light", "dark"];
      rulebooksTheme.choose(order[(order.indexOf(rulebooksTheme.chosen()) + 1) % 3]);
    }
  });
  const name = () => document.querySelectorAll("[data-theme-next]").forEach((button) => {
    const words = { system: "as the system", light: "light", dark: "dark" }[rulebooksTheme.chosen()];
    button.setAttribute("aria-label", `Colours: ${words}`);
    button.title = `Colours: ${words}`;
  });
  document.addEventListener("rulebooks:theme", name);
  name();

  // What was wrong with a field is not said any longer once it is typed in again.
  document.addEventListener("input", ({ target }) => {
    for (const id of (target.getAttribute("aria-describedby") || "").split(" ")) {
      if (id.endsWith("-error")) document.getElementById(id)?.replaceChildren();
    }
  });

  // A filter that is changed asks at once: <form data-live>.
  document.addEventListener("change", (event) => {
    const form = event.target.closest("form[data-live]");
    if (form) form.requestSubmit();
  });

  window.rulebooks = { tell, ask, copy };
})();
