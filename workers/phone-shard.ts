/**
 * The Piscina entry: one shard of phones, from the plan in the shared schedule to the last Unregister. Phones do not
 * start before the schedule is armed; a snapshot of the absolute state goes out once a second.
 */
import { transportError } from '../src/drivers/transported-error.ts';
import type { ShardOutcome, ShardTask, WorkerMessage, WorkerOrder } from '../src/engine/worker-contract.ts';
import { PortRampStore } from '../src/ramp/port-ramp-store.ts';
import { ShardRunner } from '../src/runner/shard-runner.ts';
import type { RunPlan } from '../src/scenario/plan.ts';

const SNAPSHOT_INTERVAL_MS = 1000;

export default async function runShard(task: ShardTask): Promise<ShardOutcome> {
  const store = new PortRampStore<RunPlan>(task.port);
  const post = (message: WorkerMessage): void => task.port.postMessage(message);
  let snapshots: NodeJS.Timeout | undefined;
  let runner: ShardRunner | undefined;
  let holdsStarts = false;
  task.port.on('message', (message: unknown) => {
    if (!isWorkerOrder(message)) return;
    holdsStarts = message.held;
    runner?.holdStarts(holdsStarts);
  });
  try {
    const { plan } = await store.read();
    if (plan === null) throw new Error('a shard was started before its plan was published');
    runner = new ShardRunner({ plan, ...task, onRows: (chunk) => post({ type: 'rows', chunk }) });
    runner.holdStarts(holdsStarts);
    await runner.prepare();
    post({ type: 'prepared', shard: task.shard });
    const ended = runner.ended;
    const live = runner;
    store.watch((state) => live.follow(state));
    snapshots = setInterval(() => {
      const snapshot = live.snapshot();
      if (snapshot) post({ type: 'snapshot', snapshot });
    }, SNAPSHOT_INTERVAL_MS);
    return { shard: task.shard, ...(await ended) };
  } catch (error) {
    return { shard: task.shard, error: transportError(error) };
  } finally {
    clearInterval(snapshots);
    await runner?.close();
    store.close();
    task.port.close();
  }
}

function isWorkerOrder(message: unknown): message is WorkerOrder {
  return (
    typeof message === 'object' && message !== null && 'type' in message && message.type === 'holdStarts'
  );
}
