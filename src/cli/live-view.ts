/** The run while it lasts: a picture that is drawn over itself on a terminal, a line every few seconds elsewhere. */
import { createLogUpdate } from 'log-update';
import { renderLive, renderPlainLine } from '../report/live.ts';
import type { LiveRun } from './live-run.ts';

const TERMINAL_INTERVAL_MS = 250;
const PLAIN_INTERVAL_MS = 5000;
const WIDTH_WITHOUT_TERMINAL = 80;

export interface LiveView {
  /** Draws the last picture and leaves the terminal as it was. */
  stop(): void;
}

export function showLive(live: LiveRun, stream: NodeJS.WriteStream): LiveView {
  const picture = (): string =>
    renderLive(live.state, live.facts, live.progress, stream.columns || WIDTH_WITHOUT_TERMINAL);
  const line = (): string => `${renderPlainLine(live.state, live.facts, live.progress)}\n`;
  return stream.isTTY ? drawPicture(picture, stream) : printLines(line, stream);
}

function drawPicture(picture: () => string, stream: NodeJS.WriteStream): LiveView {
  const update = createLogUpdate(stream);
  const draw = (): void => update(picture());
  const timer = setInterval(draw, TERMINAL_INTERVAL_MS);
  return {
    stop: () => {
      clearInterval(timer);
      draw();
      update.done();
    },
  };
}

function printLines(line: () => string, stream: NodeJS.WriteStream): LiveView {
  const print = (): void => void stream.write(line());
  const timer = setInterval(print, PLAIN_INTERVAL_MS);
  return {
    stop: () => {
      clearInterval(timer);
      print();
    },
  };
}
