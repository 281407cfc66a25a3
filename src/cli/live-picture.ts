import { createLogUpdate } from 'log-update';
import { renderLive } from '../report/live-picture.ts';
import type { CommandOutput } from './command-output.ts';
import type { LiveRun } from './live-run.ts';
import type { LiveView } from './live-view.ts';

const INTERVAL_MS = 250;
/** ECMA-48: ED, then CUP. */
const EMPTY_SCREEN = '\u001b[2J\u001b[H';

/** A picture that is drawn over itself. */
export function drawPicture(live: LiveRun, output: CommandOutput): LiveView {
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
  const timer = setInterval(draw, INTERVAL_MS);
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
