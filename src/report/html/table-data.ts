/** A table as data: the report writes it as markup, the page of a run draws it again and again. */
import type { Column } from '../table.ts';
import { barMarkup, type BarPart } from './bars.ts';
import { dataTable } from './elements.ts';
import { type Content, html, type Markup } from './markup.ts';

export interface TableData {
  /** What it shows. */
  readonly name: string;
  /** The first names the row. */
  readonly columns: readonly Column[];
  readonly rows: readonly (readonly TableCell[])[];
}

export type TableCell = string | BarCell | WordCell;

/** One bar below the other. */
export interface BarCell {
  readonly bars: readonly (readonly BarPart[])[];
}

/** A word that is good news or bad; `open`: neither yet. */
export interface WordCell {
  readonly word: string;
  readonly tone: 'held' | 'missed' | 'open';
}

export function tableMarkup({ name, columns, rows }: TableData): Markup {
  return dataTable(
    name,
    columns,
    rows.map((cells) => cells.map(cellContent)),
  );
}

function cellContent(cell: TableCell): Content {
  if (typeof cell === 'string') return cell;
  if ('bars' in cell) return cell.bars.map(barMarkup);
  return html`<span class="${cell.tone}">${cell.word}</span>`;
}
