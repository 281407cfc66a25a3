/** Bars that are as wide as their cell: positions are shares of it, so they need no script and no fixed width. */
import { html, type Markup } from './markup.ts';

/** What a bar stands for; the style sheet has a colour, and a pattern, for each. A tail is thin: it ends, and is not spent. */
export type BarKind = 'measured' | 'modelled' | 'tail' | 'good' | 'bad' | 'idle';

export interface BarPart {
  readonly kind: BarKind;
  /** From 0 to 1 of the width. */
  readonly from: number;
  readonly to: number;
}

/** What the bar says stands beside it in figures: readers of the screen are spared the picture. */
export function barMarkup(parts: readonly BarPart[]): Markup {
  return html`<svg class="bar" aria-hidden="true" width="100%" height="14">${parts.map(rectOf)}</svg>`;
}

function rectOf({ kind, from, to }: BarPart): Markup {
  const begin = clamp(from);
  const width = Math.max(0, clamp(to) - begin);
  const [y, height] = kind === 'tail' ? [5, 4] : [1, 12];
  return html`<rect class="${kind}" x="${percent(begin)}" y="${y}" width="${percent(width)}" height="${height}" rx="2"/>`;
}

/** `12.34%` */
export function percent(share: number): string {
  return `${Math.round(share * 1e4) / 100}%`;
}

function clamp(share: number): number {
  return Number.isFinite(share) ? Math.min(1, Math.max(0, share)) : 0;
}
