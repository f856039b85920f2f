// Long lists that one searches in: <select data-search> opens a list with a search field; without JavaScript it is the select that it is.
// The fields of a rule stand once on the page, in <template data-fields-of>; every <select data-fields> is filled from there.
(() => {
  const dialog = document.getElementById("finder");
  if (!dialog) return;
  const search = dialog.querySelector("input"), list = dialog.querySelector("[role=listbox]"), told = dialog.querySelector("[role=status]");
  const fold = (text) => text.toLowerCase().normalize("NFD").replace(/\p{M}/gu, "");
  let select = null, rows = [], at = -1;

  const fill = (root) => root.querySelectorAll("select[data-fields]").forEach((one) => {
    const offered = document.querySelector(`template[data-fields-of="${one.dataset.fields}"]`);
    if (!offered || one.dataset.filled) return;
    one.dataset.filled = "yes";
    const chosen = one.value, alone = one.selectedOptions[0];
    const options = offered.content.cloneNode(true);
    if (chosen && [...options.querySelectorAll("option")].some((option) => option.value === chosen)) alone.remove();
    one.append(options);
    one.value = chosen;
  });

  const open = (asked, typed = "") => {
    select = asked;
    list.replaceChildren();
    rows = [];
    let group = null, named = null;
    for (const option of select.options) {
      if (!option.value) continue;
      const title = option.parentElement.label || "";
      if (!group || title !== named) {
        group = document.createElement("div");
        group.setAttribute("role", "group");
        if (title) {
          group.setAttribute("aria-label", title);
          group.append(Object.assign(document.createElement("div"), { className: "finder-group", textContent: title }));
          group.firstChild.setAttribute("aria-hidden", "true");
        }
        named = title;
        list.append(group);
      }
      const [label, ...sample] = option.textContent.split(" · ");
      const row = Object.assign(document.createElement("div"), { className: "finder-row", id: `finder-${rows.length}` });
      row.setAttribute("role", "option");
      row.append(label);
      if (sample.length) row.append(Object.assign(document.createElement("span"), { className: "soft", textContent: sample.join(" · ") }));
      if (option.value === select.value) row.classList.add("is-chosen");
      group.append(row);
      rows.push({ row, group, value: option.value, label: fold(label), text: fold(`${label} ${title} ${option.value} ${sample.join(" ")}`) });
    }
    search.value = typed;
    const label = select.getAttribute("aria-label") || select.labels?.[0]?.textContent || "";
    dialog.setAttribute("aria-label", label);
    dialog.showModal();
    place();
    search.focus();
    show();
  };
  const place = () => {
    const box = select.getBoundingClientRect(), { offsetWidth: wide, offsetHeight: high } = dialog;
    dialog.style.left = `${Math.max(8, Math.min(box.left, innerWidth - wide - 8))}px`;
    dialog.style.top = `${Math.max(8, Math.min(box.top, innerHeight - high - 8))}px`;
  };

  // Every word that was typed is somewhere in what is shown; a name that begins with it comes first to hand.
  const show = () => {
    const words = fold(search.value).split(/\s+/).filter(Boolean), start = words.join(" ");
    const left = rows.filter((one) => { one.row.hidden = !words.every((word) => one.text.includes(word)); return !one.row.hidden; });
    list.querySelectorAll("[role=group]").forEach((group) => { group.hidden = !group.querySelector("[role=option]:not([hidden])"); });
    told.textContent = left.length ? `${left.length} of ${rows.length}` : "Nothing is called so.";
    const best = words.length ? left.find((one) => one.label.startsWith(start)) || left[0] : left.find((one) => one.row.matches(".is-chosen")) || left[0];
    go(best ? rows.indexOf(best) : -1);
  };
  const go = (to) => {
    rows[at]?.row.setAttribute("aria-selected", "false");
    at = to;
    const row = rows[at]?.row;
    row?.setAttribute("aria-selected", "true");
    row?.scrollIntoView({ block: "nearest" });
    if (row) search.setAttribute("aria-activedescendant", row.id); else search.removeAttribute("aria-activedescendant");
  };
  const step = (by) => {
    for (let to = at + by; to >= 0 && to < rows.length; to += by) if (!rows[to].row.hidden) return go(to);
  };
  const choose = (value) => {
    const chosen = select;
    dialog.close();
    chosen.focus();
    if (chosen.value === value) return;
    chosen.value = value;
    chosen.dispatchEvent(new Event("input", { bubbles: true }));
    chosen.dispatchEvent(new Event("change", { bubbles: true }));
  };

  search.addEventListener("input", show);
  search.addEventListener("keydown", (event) => {
    const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (by) { event.preventDefault(); step(by); }
    if (event.key === "Enter") { event.preventDefault(); if (at >= 0) choose(rows[at].value); }
    if (event.key === "Tab" || event.key === "Escape") { event.preventDefault(); dialog.close(); }
  });
  list.addEventListener("click", (event) => {
    const found = rows.find((one) => one.row === event.target.closest("[role=option]"));
    if (found) choose(found.value);
  });
  dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });
  dialog.addEventListener("close", () => { list.replaceChildren(); dialog.removeAttribute("aria-label"); });

  document.addEventListener("mousedown", (event) => {
    const asked = event.target.closest?.("select[data-search]");
    if (!asked || asked.matches(":disabled") || event.button) return;
    event.preventDefault();
    asked.focus();
    open(asked);
  });
  document.addEventListener("keydown", (event) => {
    const asked = event.target.closest?.("select[data-search]");
    if (!asked || event.ctrlKey || event.metaKey) return;
    const typed = event.key.length === 1 && event.key !== " " && !event.altKey ? event.key : "";
    if (!typed && !["Enter", " ", "ArrowDown", "ArrowUp"].includes(event.key)) return;
    event.preventDefault();
    open(asked, typed);
  });
  document.addEventListener("htmx:afterSwap", (event) => fill(event.target));
  document.addEventListener("htmx:load", (event) => fill(event.detail.elt));
  fill(document);
})();
