/** The run while it lasts: a picture that is drawn over itself on a terminal, elsewhere a line every few seconds. */
import { createLogUpdate } from 'log-update';
import { renderLive, renderPlainLine } from '../report/live.ts';
import type { CommandOutput } from './command-output.ts';
import type { LiveRun } from './live-run.ts';
import { progressFields } from './log-lines.ts';
import { canDraw } from './terminal.ts';

const TERMINAL_INTERVAL_MS = 250;
const LINE_INTERVAL_MS = 5000;
/** ECMA-48: ED, then CUP. */
const EMPTY_SCREEN = '\u001b[2J\u001b[H';

export interface LiveView {
  /** Draws the last picture and leaves the terminal as it was. */
  stop(): void;
}

export function showLive(live: LiveRun, output: CommandOutput): LiveView {
  if (output.isJson) {
    return repeat(() =>
      output.line('info', 'progress', progressFields(live.state, live.facts, live.progress)),
    );
  }
  if (canDraw(output.stdout, process.env)) return drawPicture(live, output);
  return repeat(() => output.say(renderPlainLine(live.state, live.facts, live.progress)));
}

function repeat(print: () => void): LiveView {
  const timer = setInterval(print, LINE_INTERVAL_MS);
  return {
    stop: () => {
      clearInterval(timer);
      print();
    },
  };
}

function drawPicture(live: LiveRun, output: CommandOutput): LiveView {
  const { stdout } = output;
  const update = createLogUpdate(stdout);
  const draw = (): void => {
    if (!output.isHeard) return;
    // The cursor rests on the line below the picture.
    const window = { columns: stdout.columns, rows: stdout.rows - 1, color: output.color };
    update(output.shown(renderLive(live.state, live.facts, live.progress, window)));
  };
  // A terminal that changes its size breaks lines anew, and some before they tell: where the picture is, nobody knows.
  const onResize = (): void => {
    if (!output.isHeard) return;
    update.clear();
    stdout.write(EMPTY_SCREEN);
    draw();
  };
  output.frame({ hide: () => update.clear(), show: draw });
  stdout.on('resize', onResize);
  const timer = setInterval(draw, TERMINAL_INTERVAL_MS);
  return {
    stop: () => {
      clearInterval(timer);
      stdout.off('resize', onResize);
      draw();
      output.frame(null);
      update.done();
    },
  };
}
