// What htmx puts into the drawer is shown in it; the drawer gives the focus back when it closes.
document.addEventListener("htmx:afterSwap", (event) => {
  if (event.detail.target.id !== "drawer-body") return;
  const drawer = document.getElementById("drawer");
  const opener = event.detail.requestConfig.elt;
  bootstrap.Offcanvas.getOrCreateInstance(drawer).show();
  drawer.addEventListener("hidden.bs.offcanvas", () => opener.isConnected && opener.focus(), { once: true });
});
