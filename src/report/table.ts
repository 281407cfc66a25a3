/** Plain text of fixed width. */

export interface Column {
  readonly title: string;
  readonly align: 'left' | 'right';
}

/** Columns of the same width on every line, two spaces apart, the first line with the titles. */
export function table(columns: readonly Column[], rows: readonly (readonly string[])[]): string[] {
  const titles = columns.map(({ title }) => title);
  const lines = [titles, ...rows];
  const widths = columns.map((_, index) => Math.max(...lines.map((line) => (line[index] ?? '').length)));
  return lines.map((line) =>
    columns
      .map(({ align }, index) => {
        const cell = line[index] ?? '';
        const width = widths[index] as number;
        return align === 'left' ? cell.padEnd(width) : cell.padStart(width);
      })
      .join('  ')
      .trimEnd(),
  );
}

export function left(title: string): Column {
  return { title, align: 'left' };
}

export function right(title: string): Column {
  return { title, align: 'right' };
}

const SGR = { bold: '1', red: '31', green: '32', yellow: '33' } as const;
export type Style = keyof typeof SGR;

/** Returns a function that styles text for a terminal (ECMA-48 SGR), or leaves it alone. */
export function painter(color: boolean): (style: Style, text: string) => string {
  return (style, text) => (color ? `\u001b[${SGR[style]}m${text}\u001b[0m` : text);
}
