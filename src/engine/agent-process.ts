/** The entry of a forked agent: takes one `prepare` order from its parent, runs it and ends. */
import type { MessageChannelEnd } from '../ramp/port-ramp-store.ts';
import { runAgent } from './agent.ts';
import type { PrepareOrder } from './agent-contract.ts';
import { onEndingSignal } from '../drivers/ending-signals.ts';
import { transportError } from '../drivers/transported-error.ts';

const channel: MessageChannelEnd = {
  // A parent that is gone hears nothing; the disconnect handler ends this process.
  postMessage: (message) => process.send?.(message, undefined, undefined, () => {}),
  on: (_, listener) => process.on('message', listener),
  off: (_, listener) => process.off('message', listener),
};

process.on('disconnect', () => process.exit(0));
// Ctrl-C reaches the whole foreground process group, and so do the SIGTERM of timeout(1) or of a service manager, and the
// SIGHUP of a terminal that was closed: what to do about it is the coordinator's decision.
onEndingSignal(() => {});

process.on('message', (message: unknown) => {
  if (!isPrepareOrder(message)) return;
  runAgent(message, channel).then(
    () => process.disconnect(),
    (error: unknown) => {
      channel.postMessage({ type: 'failed', shard: null, error: transportError(error) });
      process.disconnect();
    },
  );
});

function isPrepareOrder(message: unknown): message is PrepareOrder {
  return typeof message === 'object' && message !== null && 'type' in message && message.type === 'prepare';
}
