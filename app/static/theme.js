// Light or dark: the reader's choice, or the system's. Runs before the page is drawn, so nothing flashes.
(() => {
  const system = matchMedia("(prefers-color-scheme: dark)");
  const chosen = () => { try { return localStorage.getItem("theme"); } catch { return null; } };
  const apply = () => {
    const choice = chosen();
    const theme = choice === "light" || choice === "dark" ? choice : system.matches ? "dark" : "light";
    document.documentElement.dataset.bsTheme = theme;
    document.dispatchEvent(new CustomEvent("rulebooks:theme", { detail: { theme, choice: choice || "system" } }));
  };
  window.rulebooksTheme = {
    chosen: () => chosen() || "system",
    choose(choice) {
      try { choice === "system" ? localStorage.removeItem("theme") : localStorage.setItem("theme", choice); } catch { /* private window */ }
      apply();
    },
  };
  apply();
  system.addEventListener("change", apply);
})();
