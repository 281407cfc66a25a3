/** The built command on a pseudo-terminal that changes its size, before a reader that leaves, and with a bug. */
import { fileURLToPath } from 'node:url';
import { stripVTControlCharacters } from 'node:util';
import stringWidth from 'string-width';
import { expect, it } from 'vitest';
import { EXIT_CODES } from '../../src/cli/exit-codes.ts';
import { endOfStorm, runCommand, startStorm } from '../support/bootstorm-command.ts';
import { freePort } from '../support/free-port.ts';

const ON_TERMINAL = fileURLToPath(new URL('../support/on-terminal.py', import.meta.url));
const STORM = `
name: terminal
phones: { generate: { count: 8 } }
ramp: all at once
timing: { compression: 100 }
hold: 8s
`;
const UTF8 = { LC_ALL: 'C.UTF-8', TERM: 'xterm-256color', NO_COLOR: '1' };

/** Everything that was drawn while the window was as wide and high as it is said. */
function frames(text: string): string[] {
  return text.split('\u001b[?2026h').slice(1);
}

it('draws a picture that fits the window whatever its size becomes, and leaves the cursor shown', async () => {
  const storm = startStorm(STORM, [], {
    under: ['python3', ON_TERMINAL, '80', '24'],
    environment: UTF8,
    input: true,
  });
  await storm.printed(/ramping|holding/);
  const before = storm.stdout.length;
  storm.type('30 9\n');
  await storm.printed(/\u001b\[2J/);
  const { stdout, code } = await endOfStorm(storm);
  expect(code).toBe(EXIT_CODES.ok.code);

  const wide = frames(stdout.slice(0, before));
  const narrow = frames(stdout.slice(stdout.indexOf('\u001b[2J'), stdout.lastIndexOf('\u001b[?2026l')));
  expect(wide.length).toBeGreaterThan(0);
  expect(narrow.length).toBeGreaterThan(1);
  for (const [drawn, columns, rows] of [[wide, 80, 24] as const, [narrow, 30, 9] as const]) {
    for (const frame of drawn) {
      const lines = stripVTControlCharacters(frame).split(/\r?\n/);
      expect(lines.length).toBeLessThanOrEqual(rows);
      for (const line of lines) expect(stringWidth(line)).toBeLessThanOrEqual(columns);
    }
  }
  expect(stdout).toContain('█');
  expect(stdout.lastIndexOf('\u001b[?25h')).toBeGreaterThan(stdout.lastIndexOf('\u001b[?25l'));
});

it('has nothing but JSON on standard output, and its results, when the reader has gone', async () => {
  const storm = startStorm(STORM, ['--log-format', 'json', '--ui', String(await freePort())]);
  await storm.printed(/prepared.*\n/);
  storm.stopReading();
  const { stdout, stderr, code, summary } = await endOfStorm(storm);
  expect(code).toBe(EXIT_CODES.ok.code);
  expect(summary.phones.ready).toBe(8);
  const [page, first] = stdout
    .trim()
    .split('\n')
    .map((line): unknown => JSON.parse(line));
  expect(page).toMatchObject({ level: 'info', message: expect.stringMatching(/^page: \S+\/$/) });
  expect(first).toMatchObject({ level: 'info', event: 'prepared', phones: 8 });
  const said = stderr
    .trim()
    .split('\n')
    .map((line): unknown => JSON.parse(line));
  expect(said).toEqual([expect.objectContaining({ level: 'warn', event: 'message' })]);
});

it('says what nobody caught as JSON, too', async () => {
  // As soon as somebody listens for it.
  const bug = `process.once('newListener', () => setImmediate(() => { throw new Error('planted'); }));`;
  const NODE_OPTIONS = `--import=data:text/javascript,${encodeURIComponent(bug)}`;
  const { code, stderr } = await runCommand(['plan', 'first-run'], {
    environment: { NODE_OPTIONS, BOOTSTORM_LOG_FORMAT: 'json' },
  });
  expect(code).toBe(EXIT_CODES.bug.code);
  const { message, ...said } = JSON.parse(stderr) as Record<string, unknown>;
  expect(said).toMatchObject({ level: 'error', event: 'error', code: 'bug' });
  expect(message).toContain('planted');
});
