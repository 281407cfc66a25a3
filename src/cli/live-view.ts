/** The run while it lasts: a picture that is drawn over itself on a terminal, a line every few seconds elsewhere. */
import { createLogUpdate } from 'log-update';
import type { StormRun } from '../coordinator/storm-run.ts';
import type { RunFacts } from '../metrics/run-facts.ts';
import { type LiveMoment, renderLive, renderPlainLine } from '../report/live.ts';

const TERMINAL_INTERVAL_MS = 250;
const PLAIN_INTERVAL_MS = 5000;
const WIDTH_WITHOUT_TERMINAL = 80;

export interface LiveView {
  /** Draws the last picture and leaves the terminal as it was. */
  stop(): void;
}

/** @param troubles what the reader has to know now, besides figures: `presentTroubles` */
export function showLive(
  run: StormRun,
  facts: () => RunFacts,
  troubles: () => readonly string[],
  stream: NodeJS.WriteStream,
): LiveView {
  const moment = (): LiveMoment => ({
    elapsedSeconds: run.elapsedSeconds,
    phase: run.phase,
    troubles: troubles(),
  });
  const picture = (): string =>
    renderLive(run.state, facts(), moment(), stream.columns || WIDTH_WITHOUT_TERMINAL);
  const line = (): string => `${renderPlainLine(run.state, facts(), moment())}\n`;
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
