/** The page as it is sent: its places are empty until its script fills them with what the run says. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { assetsWith, digestSource } from '../report/html/assets.ts';
import { html, Markup } from '../report/html/markup.ts';
import { PATTERNS } from '../report/html/page.ts';
import { WATERFALL_KEYS } from '../report/html/stages.ts';
import { packageRoot } from '../scenario/package-root.ts';

export interface PageDocument {
  readonly text: string;
  /** Content-Security-Policy: nothing runs but its own script, and nothing is asked but the run. */
  readonly policy: string;
}

let made: PageDocument | null = null;

/** Made once: it is the same for every run. */
export function pageDocument(): PageDocument {
  made ??= makeDocument();
  return made;
}

function makeDocument(): PageDocument {
  const own = (name: string): string =>
    readFileSync(join(packageRoot(), 'src', 'page', 'assets', name), 'utf8');
  const styles = ['page.css', 'cards.css', 'page-windows.css'].map(own);
  const { style, script, licence } = assetsWith(styles, ['elements.js', 'page.js'].map(own));
  const policy = [
    "default-src 'none'",
    `style-src ${digestSource(style)}`,
    `script-src ${digestSource(script)}`,
    "connect-src 'self'",
    'img-src data:',
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
  const { text } = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover">
<meta name="theme-color" media="(prefers-color-scheme: light)" content="#ffffff">
<meta name="theme-color" media="(prefers-color-scheme: dark)" content="#151c24">
<link rel="icon" href="${ICON}">
<title>bootstorm</title>
<style>${new Markup(style)}</style>
</head>
<body class="live">
${PATTERNS}${BAR}${CONTROLS}<main>
${HERO}<div class="cards">
${CARDS}</div>
</main>
<footer>
<p>Figures are those of the report, as it would be now; read from the run once a second. <span id="made-by"></span></p>
<details><summary>Licence of the drawing library</summary>
<pre>${licence}</pre></details>
</footer>
${DIALOG}<p id="spoken" class="unseen" role="status"></p>
<script>${new Markup(script)}</script>
</body>
</html>
`;
  return { text, policy };
}

/** A handset's light that comes on. */
const ICON =
  "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'%3E%3Crect width='16' height='16' rx='4' fill='%230a6a8c'/%3E%3Cpath d='M2.5 12h2.6l2.2-7 2.2 5 1.2-2.5h2.8' fill='none' stroke='%23fff' stroke-width='1.6' stroke-linejoin='round' stroke-linecap='round'/%3E%3C/svg%3E";

const BAR = html`<header class="top">
<div class="who"><h1 id="name">bootstorm</h1><p id="meta"></p></div>
<div class="now"><span id="mini" class="mini" aria-hidden="true"></span><span id="phase" class="chip">connecting</span><span id="clock" class="clock">00:00</span></div>
<p id="link" class="link" hidden></p>
</header>
`;

const CONTROLS = html`<div id="controls" class="controls" role="group" aria-label="Steer the run" hidden>
<button id="pause" type="button">Pause</button>
<span class="pace"><label for="factor">Pace</label><input id="factor" type="number" inputmode="decimal" min="0.1" max="1000" step="any" value="2"><span aria-hidden="true">×</span><button id="rate" type="button">Set</button></span>
<button id="abort" type="button" class="danger">End the run</button>
<p id="said" class="said" role="status"></p>
</div>
`;

const HERO = html`<section class="hero" aria-labelledby="question">
<div class="headline">
<p id="verdict" class="verdict" hidden></p>
<h2 id="question" class="question">When is the building back?</h2>
<p id="answer" class="answer">Connecting to the run</p>
<ul id="details" class="reasons"></ul>
<progress id="share" max="1" value="0" aria-label="Phones in service"></progress>
<p id="lab" class="muted" hidden></p>
<p id="report" class="muted" hidden>The report is in <code id="report-path"></code></p>
</div>
<dl id="tiles" class="tiles"></dl>
<ul id="troubles" class="alarms" aria-label="Troubles"></ul>
</section>
`;

/** A card with its title and what its script fills. */
function card(id: string, title: string, body: Markup): Markup {
  return html`<section id="${id}" class="card" aria-labelledby="${id}-title">
<h2 id="${id}-title">${title}</h2>
${body}</section>
`;
}

/** Places of a table, and of the word on what is not in it. */
function tablePlace(id: string, empty: string): Markup {
  return html`<div id="${id}-table" class="place"></div>
<p id="${id}-empty" class="muted">${empty}</p>
<p id="${id}-more" class="muted" hidden></p>
`;
}

const CARDS = html`${card(
  'curve',
  'Phones in service',
  html`<figure class="curve"><div id="plot" class="plot" role="img" aria-label="Phones in service over time"></div><p class="readout" aria-hidden="true"></p></figure>
<ul id="marks" class="legend" aria-label="What happened"></ul>
`,
)}${card(
  'steps',
  'Where the phones are now',
  html`<ul id="step-rows" class="steps"></ul>
`,
)}${card(
  'waterfall',
  'Where the time went',
  html`${WATERFALL_KEYS}${tablePlace('waterfall', 'No phone has passed a step yet.')}`,
)}${card(
  'failures',
  'Failed attempts',
  html`<p id="failures-empty" class="muted">No attempt failed.</p><div id="failure-rows"></div><p id="failures-more" class="muted" hidden></p>
`,
)}${card('modelled', 'Modelled and measured time', tablePlace('modelled', 'No phone has passed yet.'))}${card(
  'generator',
  'Health of the generator',
  html`<p id="generator-state" class="state"></p>
${tablePlace('generator', '')}<dl id="generator-facts" class="facts"></dl>
`,
)}${card('thresholds', 'Thresholds as they stand', tablePlace('thresholds', 'The scenario names none.'))}${card('servers', 'Servers', tablePlace('servers', 'No server was asked yet.'))}${card(
  'log',
  'Run log',
  html`<ol id="log-rows" class="log" tabindex="0" aria-label="Run log, newest first"></ol><p id="log-more" class="muted" hidden></p>
`,
)}${card('agents', 'Agents', tablePlace('agents', 'No agent yet.'))}${card(
  'warnings',
  'Before you trust the figures',
  html`<ul id="warning-rows"></ul><p id="warnings-more" class="muted" hidden></p>
`,
)}${card('group', 'CallManagers as a group', tablePlace('group', ''))}`;

const DIALOG = html`<dialog id="confirm" aria-labelledby="confirm-title">
<h2 id="confirm-title">End the run?</h2>
<p id="confirm-text"></p>
<p class="choices"><button id="confirm-no" type="button">Go on</button><button id="confirm-yes" type="button" class="danger">End it</button></p>
</dialog>
`;
