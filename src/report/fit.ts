import stringWidth from 'string-width';

/** At most `width` columns of a terminal, where some characters take two; what is cut off is shown by an ellipsis. */
export function fit(line: string, width: number): string {
  if (stringWidth(line) <= width) return line;
  let kept = '';
  let columns = 0;
  for (const { segment } of GRAPHEMES.segment(line)) {
    columns += stringWidth(segment);
    if (columns > width - 1) break;
    kept += segment;
  }
  return width > 0 ? `${kept}…` : '';
}

const GRAPHEMES = new Intl.Segmenter();
