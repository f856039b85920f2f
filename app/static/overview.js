// The rules' overview: how often each case decided, and a link to a rule opens the list that it is in.
(() => {
  const count = () => document.querySelectorAll("[data-hit]").forEach((hit) => {
    document.querySelectorAll(`[data-hits="${CSS.escape(hit.dataset.hit)}"]`).forEach((place) => {
      place.textContent = `${Number(hit.value).toLocaleString("en-US")} × in 90 days`;
    });
  });
  document.addEventListener("htmx:afterSettle", count);

  const show = () => {
    const meant = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    const list = meant?.closest("details");
    if (!list || list.open) return;
    list.open = true;
    meant.scrollIntoView();
  };
  addEventListener("hashchange", show);
  show();
})();
