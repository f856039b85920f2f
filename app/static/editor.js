// A JSON editor in place of each <textarea data-editor="json">, which it keeps up to date; needs vendor/ace/ace.js.
// The page also links vendor/ace/ace.css, vendor/ace/theme/github.css and github_dark.css: our policy allows no inline styles.
(() => {
  const base = new URL("vendor/ace/", document.currentScript.src).pathname.replace(/\/$/, "");
  for (const path of ["basePath", "modePath", "themePath", "workerPath"]) ace.config.set(path, base);
  ace.config.set("useStrictCSP", true);
  ace.config.set("loadWorkerFromBlob", false);
  const theme = () => `ace/theme/${document.documentElement.dataset.bsTheme === "dark" ? "github_dark" : "github"}`;
  const open = (area) => {
    if (area.rulebooksEditor) return;
    const box = document.createElement("div");
    box.className = "editor";
    area.after(box);
    area.hidden = true;
    const editor = ace.edit(box, {
      mode: "ace/mode/json", theme: theme(), value: area.value, readOnly: area.readOnly, tabSize: 2,
      minLines: 6, maxLines: 40, showPrintMargin: false, fontSize: 13, useSoftTabs: true,
    });
    editor.textInput.getElement().setAttribute("aria-label", area.getAttribute("aria-label") || area.labels?.[0]?.textContent || "JSON");
    // Tab leaves the editor unless something is selected, so that the keyboard is never caught in it.
    editor.commands.bindKey("Tab", null);
    editor.commands.bindKey("Shift-Tab", null);
    let quiet = false;
    editor.session.on("change", () => {
      area.value = editor.getValue();
      if (!quiet) area.dispatchEvent(new Event("input", { bubbles: true }));
    });
    area.rulebooksEditor = { editor, set(text) { quiet = true; editor.setValue(text, -1); quiet = false; } };
  };
  const all = (root) => root.querySelectorAll("textarea[data-editor]").forEach(open);
  all(document);
  document.addEventListener("htmx:load", (event) => all(event.detail.elt));
  document.addEventListener("rulebooks:theme", () => document.querySelectorAll("textarea[data-editor]").forEach((area) => area.rulebooksEditor?.editor.setTheme(theme())));
})();
