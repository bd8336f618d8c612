"use strict";
// Filters rows by level, by event and by words; the page is complete without it.
const rows = [...document.querySelectorAll("tr[data-level]")];
const lanes = [...document.querySelectorAll("g[data-event]")];
const words = document.getElementById("words");
const level = document.getElementById("level");
const event = document.getElementById("event");
const shown = document.getElementById("shown");
function filter() {
  const asked = words.value.toLowerCase().split(/\s+/).filter(Boolean);
  let count = 0;
  for (const row of rows) {
    const text = row.textContent.toLowerCase();
    row.hidden = !(asked.every((word) => text.includes(word))
      && (!level.value || row.dataset.level === level.value)
      && (!event.value || row.dataset.event === event.value));
    if (!row.hidden) count += 1;
  }
  for (const lane of lanes) lane.style.opacity = !event.value || lane.dataset.event === event.value ? 1 : 0.15;
  shown.textContent = count + " of " + rows.length;
}
for (const control of [words, level, event]) if (control) control.addEventListener("input", filter);
if (words) filter();
