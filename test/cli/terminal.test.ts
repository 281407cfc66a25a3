import { describe, expect, it } from 'vitest';
import { asAscii, canDraw, showsUnicode, wantsColor, withoutControls } from '../../src/cli/terminal.ts';

const TERMINAL = { isTTY: true, columns: 80, rows: 24 };

describe('colours', () => {
  it.each([
    [TERMINAL, {}, true],
    [TERMINAL, { NO_COLOR: '1' }, false],
    [TERMINAL, { NO_COLOR: '' }, true],
    [TERMINAL, { TERM: 'dumb' }, false],
    [TERMINAL, { FORCE_COLOR: '0' }, false],
    [{}, {}, false],
    [{}, { FORCE_COLOR: '1' }, true],
    [{}, { FORCE_COLOR: '1', NO_COLOR: '1' }, false],
  ])('%j with %j: %s', (screen, environment, wanted) => {
    expect(wantsColor(screen, environment)).toBe(wanted);
  });
});

describe('a picture', () => {
  it.each([
    ['a terminal', TERMINAL, {}, true],
    ['a pipe', {}, {}, false],
    ['a terminal that cannot move its cursor', TERMINAL, { TERM: 'dumb' }, false],
    ['a terminal of unknown size', { ...TERMINAL, columns: 0, rows: 0 }, {}, false],
    ['a terminal of one line', { ...TERMINAL, rows: 1 }, {}, false],
  ])('on %s', (_, screen, environment, drawn) => {
    expect(canDraw(screen, environment)).toBe(drawn);
  });
});

describe('the locale', () => {
  it.each([
    [{ LANG: 'de_DE.UTF-8' }, true],
    [{ LANG: 'C.utf8' }, true],
    [{ LC_ALL: 'C', LANG: 'de_DE.UTF-8' }, false],
    [{ LC_CTYPE: 'en_GB.UTF-8', LANG: 'C' }, true],
    [{ LC_ALL: '', LANG: 'en_GB.UTF-8' }, true],
    [{}, false],
  ])('of %j shows more than ASCII: %s', (environment, shown) => {
    expect(showsUnicode(environment, 'linux')).toBe(shown);
  });

  it('does not exist on Windows', () => {
    expect(showsUnicode({}, 'win32')).toBe(true);
  });
});

describe('text', () => {
  it('in ASCII is as long as before, or shorter', () => {
    expect(asAscii('in service ███░░ 99 % – it’s 東京…🏢')).toBe("in service ###.. 99 % - it's ??~?");
  });

  it('moves no cursor and rings no bell, and may be coloured', () => {
    const hostile = '\u001b[31mred\u001b[0m \u001b[2Jgone\u001b]0;title\u0007\rhome\nnext\u009b2J';
    expect(withoutControls(hostile)).toBe('\u001b[31mred\u001b[0m ?[2Jgone?]0;title??home\nnext?2J');
  });
});
