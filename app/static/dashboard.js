// The chart of the dashboard, drawn from the table beneath it; drawn again when the colours change.
document.addEventListener("DOMContentLoaded", () => {
  const canvas = document.getElementById("chart");
  const table = document.getElementById("figures");
  if (!canvas || !table || !window.Chart) return;
  const names = [...table.querySelectorAll("thead th")].slice(1);
  const rows = [...table.tBodies[0].rows];
  const numbers = (column) => rows.map((row) => Number(row.cells[column].dataset.value));
  let chart;
  const draw = () => {
    const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
    const palette = ["--green", "--blue", "--amber", "--red"].map(colour);
    const money = names.slice(1).map((name, place) => ({
      type: "bar", label: name.textContent, data: numbers(place + 2), yAxisID: "money",
      backgroundColor: palette[place % palette.length], borderRadius: 3, maxBarThickness: 28,
    }));
    const orders = {
      type: "line", label: "Orders", data: numbers(1), yAxisID: "orders", borderColor: colour("--soft"),
      backgroundColor: colour("--soft"), borderWidth: 1.5, pointRadius: 2, tension: 0,
    };
    const soft = { color: colour("--soft") };
    const grid = { color: colour("--rule") };
    chart?.destroy();
    chart = new Chart(canvas, {
      data: { labels: rows.map((row) => row.cells[0].textContent.replace(/, \d+$/, "")), datasets: [orders, ...money] },
      options: {
        maintainAspectRatio: false,
        animation: false,
        interaction: { mode: "index", intersect: false },
        plugins: { legend: { labels: { ...soft, boxWidth: 12 } } },
        scales: {
          x: { ticks: { ...soft, maxRotation: 0, autoSkipPadding: 12 }, grid: { display: false } },
          money: { beginAtZero: true, ticks: { ...soft, maxTicksLimit: 6 }, grid },
          orders: { beginAtZero: true, position: "right", ticks: { ...soft, precision: 0, maxTicksLimit: 6 }, grid: { display: false } },
        },
      },
    });
  };
  draw();
  document.addEventListener("rulebooks:theme", draw);
});
