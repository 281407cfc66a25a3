/** The run while it lasts: a picture that is drawn over itself on a terminal, elsewhere a line every few seconds. */
import { renderPlainLine } from '../report/live.ts';
import type { CommandOutput } from './command-output.ts';
import type { LiveRun } from './live-run.ts';
import { progressFields } from './log-lines.ts';
import { canDraw } from './terminal.ts';

const LINE_INTERVAL_MS = 5000;

export interface LiveView {
  /** Draws the last picture and leaves the terminal as it was. */
  stop(): void;
}

export async function showLive(live: LiveRun, output: CommandOutput): Promise<LiveView> {
  if (output.isJson) {
    return repeat(() =>
      output.line('info', 'progress', progressFields(live.state, live.facts, live.progress)),
    );
  }
  if (canDraw(output.stdout, process.env)) {
    const { drawPicture } = await import('./live-picture.ts');
    return drawPicture(live, output);
  }
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
