// The rule builder: parts of the form that depend on a choice, dragging, values put in by a click, and what is tried on.
(() => {
  const rule = () => document.getElementById("rule");
  const tell = () => document.body.dispatchEvent(new CustomEvent("rulebooks:try"));
  let dirty = false;

  // A choice after which other fields are needed: the server shows the form again.
  document.addEventListener("change", (event) => {
    const wish = event.target.dataset?.reshape || (event.target.id === "try-order" ? "show:rule" : "");
    const form = rule();
    if (!wish || !form) return;
    const button = form.querySelector("#reshape");
    button.value = wish;
    button.click();
  });

  // A title is one line however it wraps: Enter saves, as it does in a field.
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.target.dataset?.oneLine === undefined) return;
    event.preventDefault();
    event.target.form.querySelector("#save")?.click();
  });

  // Ctrl+S, or Cmd+S, saves.
  document.addEventListener("keydown", (event) => {
    const save = document.querySelector("#rule #save");
    if (!save || event.key.toLowerCase() !== "s" || !(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey) return;
    event.preventDefault();
    save.click();
  });

  // Drag a case or a condition; the order of the fields is the order of the rule.
  const sortable = (root) => {
    if (!window.Sortable) return;
    root.querySelectorAll("[data-items]").forEach((list) => {
      if (list.sorted || list.closest("fieldset[disabled]")) return;
      list.sorted = Sortable.create(list, {
        handle: ".grip", draggable: "> [data-item]", animation: 120, direction: "vertical",
        onEnd: () => { dirty = true; number(); tell(); },
      });
    });
  };
  const number = () => document.querySelectorAll(".cases > .case").forEach((one, place) => {
    const shown = one.querySelector(".case-number");
    if (shown.textContent === String(place + 1)) return;
    shown.textContent = place + 1;
    for (const name of ["aria-label", "title"]) one.querySelectorAll(`[${name}]`).forEach((part) => part.setAttribute(name, part.getAttribute(name).replace(/\b(case) \d+/i, `$1 ${place + 1}`)));
    one.querySelectorAll("legend, .case-says > .visually-hidden").forEach((part) => { part.textContent = part.textContent.replace(/\b(case) \d+/i, `$1 ${place + 1}`); });
  });

  // Of a rule with many cases the address says which are open, so that they are after a reload.
  const remember = () => {
    if (!document.querySelector(".cases[data-folds]")) return;
    const address = new URL(location.href);
    const opened = [...document.querySelectorAll(".cases > .case:not(.is-closed)")].map((one) => Number(one.id.slice(5)) + 1);
    address.searchParams.delete("case");
    if (opened.length) address.searchParams.set("open", opened.join(",")); else address.searchParams.delete("open");
    history.replaceState(history.state, "", address.href.replaceAll("%2C", ","));
  };
  // Of a rule with many cases, those that are open or have all the words are shown.
  let sought = "";
  const find = () => {
    const words = sought.toLowerCase().split(/\s+/).filter(Boolean);
    const cases = [...document.querySelectorAll(".cases > .case")];
    cases.forEach((one) => {
      const text = one.textContent.toLowerCase();
      one.hidden = one.classList.contains("is-closed") && !words.every((word) => text.includes(word));
    });
    const shown = cases.filter((one) => !one.hidden).length;
    document.getElementById("found-cases").textContent = words.length ? `${shown} of ${cases.length}` : "";
  };
  document.addEventListener("input", (event) => {
    if (event.target.id !== "find-cases") return;
    event.stopPropagation(); // it changes nothing of the rule
    sought = event.target.value;
    find();
  }, true);
  document.addEventListener("keydown", (event) => {
    if (event.target.id === "find-cases" && event.key === "Enter") event.preventDefault();
  });
  document.addEventListener("htmx:load", () => {
    const field = document.getElementById("find-cases");
    if (!field) return;
    field.parentElement.hidden = false;
    field.value = sought;
    find();
  });

  // One case was opened or closed.
  document.addEventListener("htmx:load", (event) => {
    if (!event.detail.elt.matches(".cases > .case")) return;
    number();
    remember();
    sortable(event.detail.elt);
    tell();
  });

  // A value that orders had lately is put into its field.
  document.addEventListener("click", (event) => {
    const chip = event.target.closest("[data-put]");
    if (chip) {
      const field = document.getElementById(chip.dataset.into);
      if (!field) return;
      const value = field.dataset.many !== undefined && chip.dataset.put.includes(",") ? `"${chip.dataset.put}"` : chip.dataset.put;
      field.value = field.dataset.many !== undefined && field.value.trim() ? `${field.value.trim().replace(/,$/, "")}, ${value}` : value;
      field.dispatchEvent(new Event("input", { bubbles: true }));
      field.focus();
    }
    const adder = event.target.closest("[data-add-row]");
    if (adder) {
      const cells = document.querySelector(`[data-cells="${CSS.escape(adder.dataset.addRow)}"]`);
      const rows = cells.querySelectorAll(".cells-row:not(.cells-head)");
      const row = rows[rows.length - 1].cloneNode(true);
      row.querySelectorAll("input").forEach((input, column) => {
        input.name = `${adder.dataset.addRow}.${rows.length}.${column}`;
        input.value = "";
        input.setAttribute("aria-label", input.getAttribute("aria-label").replace(/\d+$/, rows.length + 1));
      });
      cells.append(row);
      row.querySelector("input").focus();
    }
  });

  // Cells pasted from a spreadsheet fill the rows of a preset's table.
  document.addEventListener("paste", (event) => {
    const cells = event.target.closest?.("[data-cells]");
    const text = event.clipboardData?.getData("text/plain") || "";
    if (!cells || !/[\t\n]/.test(text.trim())) return;
    event.preventDefault();
    const lines = text.replace(/\r/g, "").split("\n").filter((line) => line.trim());
    let at = [...cells.querySelectorAll(".cells-row:not(.cells-head)")].indexOf(event.target.closest(".cells-row"));
    lines.slice(0, 500).forEach((line) => {
      let rows = cells.querySelectorAll(".cells-row:not(.cells-head)");
      if (at >= rows.length) { document.querySelector(`[data-add-row="${CSS.escape(cells.dataset.cells)}"]`).click(); rows = cells.querySelectorAll(".cells-row:not(.cells-head)"); }
      const values = line.split("\t");
      rows[at].querySelectorAll("input").forEach((input, column) => { input.value = (values[column] || "").trim(); });
      at += 1;
    });
    cells.querySelector("input").dispatchEvent(new Event("input", { bubbles: true }));
  });

  // Names of a long list, as one types.
  let asked = 0;
  document.addEventListener("input", async (event) => {
    if (event.target.closest?.("#rule")) dirty = true;
    const url = event.target.dataset?.names;
    if (!url) return;
    const mine = ++asked;
    await new Promise((done) => setTimeout(done, 150));
    if (mine !== asked) return;
    const answer = await fetch(`${url}&q=${encodeURIComponent(event.target.value)}`, { headers: { "HX-Request": "true" } });
    if (answer.ok && mine === asked) document.getElementById("names").innerHTML = await answer.text();
  });

  // Adding a rule: what to try it on depends on what it decides.
  const aim = () => {
    const here = document.querySelector("[data-try-here]"), at = document.getElementById("try-at");
    if (!here || !at || here.dataset.aimed === at.dataset.try) return;
    here.dataset.aimed = at.dataset.try;
    const fresh = here.cloneNode(true);
    for (const [name, value] of Object.entries({
      "hx-post": at.dataset.try, "hx-include": "#rule, #try-form", "hx-sync": "this:queue last", "hx-swap": "innerHTML",
      "hx-trigger": "load, rulebooks:try from:body, input from:#rule delay:250ms, input from:#try-form delay:300ms",
    })) fresh.setAttribute(name, value);
    here.replaceWith(fresh);
    htmx.process(fresh);
  };

  // What is typed while the server answers is typed into the answer, too; and one goes on typing where one was.
  let sent = null, late = [], open = [], here = null, pressed = "";
  const typed = () => [...new FormData(rule())].filter(([, value]) => typeof value === "string");
  // A request that had to wait for another says what its own button said, which htmx forgets meanwhile.
  document.addEventListener("submit", (event) => { if (event.target.id === "rule") event.act = event.submitter?.value; }, true);
  document.addEventListener("htmx:configRequest", (event) => {
    const act = event.target.id === "rule" && event.detail.triggeringEvent?.act;
    if (act) event.detail.parameters.act = act;
  });
  document.addEventListener("htmx:beforeRequest", (event) => {
    if (event.target.id !== "rule") return;
    const act = String(event.detail.requestConfig.parameters.get?.("act") ?? event.detail.requestConfig.parameters.act ?? "");
    pressed = act;
    sent = /^(show|field|add-|compare)/.test(act) ? new Map(typed()) : null;
    if (act === "save") dirty = false;
  });
  document.addEventListener("htmx:beforeSwap", (event) => {
    if (event.target.id !== "rule") return;
    open = [...event.target.querySelectorAll("details[open][id]")].map((one) => one.id);
    late = sent ? typed().filter(([name, value]) => sent.get(name) !== value) : [];
    const at = document.activeElement;
    here = at?.name && event.target.contains(at) ? { name: at.name, act: at.name === "act" ? at.value : null, from: at.selectionStart ?? null, to: at.selectionEnd ?? null } : null;
  });

  // Where a keyboard goes on after a button: to what is new, or to what brings back what is out.
  const next = (form) => {
    const undo = form.querySelector('.undo button[value="restore"]');
    const at = form.querySelector("#last")?.dataset.at;
    if (pressed.startsWith("remove:")) return undo;
    if (!at || !/^(add-|duplicate:|restore$)/.test(pressed)) return null;
    const inside = `${CSS.escape(at)}.`;
    return [...form.querySelectorAll(`[name="${CSS.escape(at)}"], [name^="${inside}"]`)].find((one) => one.type !== "hidden") || form.querySelector(`#case-${CSS.escape(at.split(".")[1] || "")} button`);
  };

  document.addEventListener("htmx:afterSwap", (event) => {
    if (event.target.id !== "rule") return;
    dirty = true;
    open.forEach((id) => document.getElementById(id)?.setAttribute("open", ""));
    late.forEach(([name, value]) => {
      const field = event.target.querySelector(`[name="${CSS.escape(name)}"]:not([type="hidden"], [type="checkbox"])`);
      if (field) field.value = value;
    });
    const fresh = here?.act && next(event.target);
    if (fresh) fresh.focus({ preventScroll: Boolean(fresh.closest(".undo")) });
    else if (here && !event.target.contains(document.activeElement)) {
      const same = [...event.target.querySelectorAll(`[name="${CSS.escape(here.name)}"]:not([type="hidden"])`)].find((one) => here.act === null || one.value === here.act);
      same?.focus({ preventScroll: true });
      if (here.from !== null && same?.selectionStart != null) same.setSelectionRange(here.from, here.to);
    }
    sortable(event.target);
    remember();
    aim();
    const wrong = event.target.querySelector(".is-wrong select, .is-invalid");
    if (wrong && event.target.querySelector(".notice")) wrong.focus();
    tell();
  });
  document.addEventListener("submit", (event) => { if (event.submitter?.value === "save") dirty = false; });
  addEventListener("beforeunload", (event) => { if (dirty && rule()) event.preventDefault(); });

  sortable(document);
  aim();
  document.querySelector(".case.is-here")?.scrollIntoView({ block: "center" });
})();
