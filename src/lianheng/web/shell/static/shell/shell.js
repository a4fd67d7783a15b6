// Small manners of every page; nothing here is needed for reading.
document.addEventListener("submit", (event) => {
  // A second press of the same button would only be refused as stale.
  const button = event.submitter;
  if (button && !event.target.hasAttribute("hx-post")) setTimeout(() => { button.disabled = true; }, 0);
});
window.addEventListener("pageshow", () => {
  for (const button of document.querySelectorAll("button[disabled]:not([data-off])")) button.disabled = false;
});
document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll("details.menu[open]")) if (!menu.contains(event.target)) menu.open = false;
});
// On a phone the stations of a year are wider than the page: the one where it stands comes into sight.
const station = document.querySelector(".stations [aria-current]");
if (station) station.parentElement.scrollLeft = station.offsetLeft - (station.parentElement.clientWidth - station.offsetWidth) / 2;
