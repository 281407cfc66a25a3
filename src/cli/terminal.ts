/** What may be written to a stream, by what it is and what the environment says. */

type Environment = Readonly<Record<string, string | undefined>>;

/** What is asked of a stream. */
export type Screen = Partial<Pick<NodeJS.WriteStream, 'isTTY' | 'columns' | 'rows'>>;

/**
 * Whether text may be coloured: on a terminal, unless NO_COLOR says otherwise (no-color.org: any value but the empty
 * one); elsewhere where FORCE_COLOR wants it. FORCE_COLOR=0 is a no as well.
 */
export function wantsColor({ isTTY }: Screen, environment: Environment): boolean {
  const { NO_COLOR: no = '', FORCE_COLOR: force, TERM: terminal } = environment;
  if (no !== '') return false;
  if (force !== undefined) return !['0', 'false'].includes(force);
  return isTTY === true && terminal !== 'dumb';
}

/** Whether a picture can be drawn over itself: a terminal that moves its cursor, and says how large it is. */
export function canDraw({ isTTY, columns = 0, rows = 0 }: Screen, environment: Environment): boolean {
  return isTTY === true && environment['TERM'] !== 'dumb' && columns > 0 && rows > 1;
}

/** Whether a terminal shows more than ASCII: by the locale, as POSIX reads it; Windows has none, and does. */
export function showsUnicode(environment: Environment, platform: NodeJS.Platform): boolean {
  if (platform === 'win32') return true;
  const locale = environment['LC_ALL'] || environment['LC_CTYPE'] || environment['LANG'] || '';
  return /utf-?8/i.test(locale);
}

const ASCII: Readonly<Record<string, string>> = {
  '▁': '.',
  '▂': ':',
  '▃': '-',
  '▄': '=',
  '▅': '+',
  '▆': '*',
  '▇': '%',
  '█': '#',
  '░': '.',
  '…': '~',
  '–': '-',
  '−': '-',
  '’': "'",
  '“': '"',
  '”': '"',
  '→': '>',
  '←': '<',
  '≤': '<',
  '≥': '>',
  '×': 'x',
  '·': '.',
  '\u00a0': ' ',
};

/** As long as the text, or shorter. */
export function asAscii(text: string): string {
  return text.replaceAll(/[^\0-\x7f]/gu, (character) => ASCII[character] ?? '?');
}

/** Control characters that somebody has put into a name would move the cursor: all but line ends and colours. */
export function withoutControls(text: string): string {
  return text.replaceAll(/\u001b(?!\[[\d;]*m)|[\0-\x09\x0b-\x1a\x1c-\x1f\x7f-\x9f]/g, '?');
}
