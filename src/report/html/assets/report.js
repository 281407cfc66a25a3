/* Takes over the drawn curves. Without it the page says the same. */
/* global stormCurve */
for (const figure of document.querySelectorAll('.curve')) {
  stormCurve(figure, JSON.parse(figure.querySelector('script').textContent));
  figure.querySelector('.still').style.display = 'none';
}
