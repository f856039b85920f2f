// The boxes of the list of orders: all of a page at once, and a bar that says how many are ticked.
document.addEventListener("change", (event) => {
  const form = document.getElementById("bulk");
  if (!form || !event.target.matches("[data-tick], [data-tick-all]")) return;
  const boxes = [...document.querySelectorAll("[data-tick]")];
  if (event.target.matches("[data-tick-all]")) boxes.forEach((box) => { box.checked = event.target.checked; });
  const ticked = boxes.filter((box) => box.checked).length;
  form.querySelector("[data-ticked]").textContent = ticked ? `${ticked} ticked` : "None ticked";
  const whole = document.querySelector("[data-tick-all]");
  whole.checked = ticked === boxes.length;
  whole.indeterminate = ticked > 0 && ticked < boxes.length;
});
