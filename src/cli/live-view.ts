/** The run while it lasts: a picture that is drawn over itself on a terminal, a line every few seconds elsewhere. */
import { createLogUpdate } from 'log-update';
import type { StormRun } from '../coordinator/storm-run.ts';
import type { RunFacts } from '../metrics/run-facts.ts';
import { renderLive, renderPlainLine } from '../report/live.ts';

const TERMINAL_INTERVAL_MS = 250;
const PLAIN_INTERVAL_MS = 5000;
const WIDTH_WITHOUT_TERMINAL = 80;

export interface LiveView {
  /** Draws the last picture and leaves the terminal as it was. */
  stop(): void;
}

export function showLive(run: StormRun, facts: () => RunFacts, stream: NodeJS.WriteStream): LiveView {
  return stream.isTTY ? drawPicture(run, facts, stream) : printLines(run, facts, stream);
}

function drawPicture(run: StormRun, facts: () => RunFacts, stream: NodeJS.WriteStream): LiveView {
  const update = createLogUpdate(stream);
  const draw = (): void => {
    const moment = { elapsedSeconds: run.elapsedSeconds, phase: run.phase };
    update(renderLive(run.state, facts(), moment, stream.columns || WIDTH_WITHOUT_TERMINAL));
  };
  const timer = setInterval(draw, TERMINAL_INTERVAL_MS);
  return {
    stop: () => {
      clearInterval(timer);
      draw();
      update.done();
    },
  };
}

function printLines(run: StormRun, facts: () => RunFacts, stream: NodeJS.WriteStream): LiveView {
  const print = (): void => {
    const moment = { elapsedSeconds: run.elapsedSeconds, phase: run.phase };
    stream.write(`${renderPlainLine(run.state, facts(), moment)}\n`);
  };
  const timer = setInterval(print, PLAIN_INTERVAL_MS);
  return {
    stop: () => {
      clearInterval(timer);
      print();
    },
  };
}
