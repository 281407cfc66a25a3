/**
 * Breaks text between words. The first line begins with `first`, the others with `indent`. A word that is too long
 * for a line stays whole.
 */
export function wrap(text: string, width: number, indent = '', first = ''): string[] {
  const lines: string[] = [];
  let line = first;
  let words = 0;
  for (const word of text.split(' ')) {
    if (words > 0 && line.length + 1 + word.length > width) {
      lines.push(line.trimEnd());
      line = indent + word;
    } else {
      line += words === 0 ? word : ` ${word}`;
    }
    words += 1;
  }
  return [...lines, line];
}
