import { digestSource, pageAssets } from './assets.ts';
import { type Content, html, Markup } from './markup.ts';

export interface Page {
  readonly title: string;
  readonly body: Content;
  /** Version of bootstorm that wrote it. */
  readonly version: string;
}

/**
 * One file that needs no other: nothing is fetched, and nothing runs but the script that is named by its digest, whatever
 * a server or a scenario may have put into a text.
 */
export function pageMarkup({ title, body, version }: Page): string {
  const { style, script, licence } = pageAssets();
  const policy = [
    "default-src 'none'",
    `style-src ${digestSource(style)}`,
    `script-src ${digestSource(script)}`,
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<meta name="generator" content="bootstorm ${version}">
<title>${title}</title>
<style>${new Markup(style)}</style>
</head>
<body>
${PATTERNS}<div class="sheet">
${body}<footer>
<p>Written by bootstorm ${version}. This file needs no network and no other file.</p>
<details><summary>Licence of the drawing library</summary>
<pre>${licence}</pre></details>
</footer>
</div>
<script>${new Markup(script)}</script>
</body>
</html>
`.text;
}

/** The pattern of time that is modelled: told apart from measured time also without colour. */
export const PATTERNS = html`<svg class="unseen" aria-hidden="true" width="0" height="0"><defs><pattern id="hatch" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><rect class="hatch-ground" width="6" height="6"/><line class="hatch-line" y2="6"/></pattern></defs></svg>
`;
