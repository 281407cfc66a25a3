/** Why a run says nothing of the servers: the generator itself was the bottleneck. */
import type { RunState } from '../metrics/run-state.ts';
import { total } from '../metrics/sums.ts';
import { FAILURE_CAUSES } from '../phone/failure-causes.ts';
import type { GeneratorLimits } from '../scenario/validity.ts';
import { formatCount, formatFineShare, formatSeconds } from './figures.ts';

/** Every limit that was passed, in words; none: the run is valid. */
export function generatorFaults(
  state: RunState,
  lostSnapshots: number | null,
  limits: GeneratorLimits,
): string[] {
  const { worstWindow, longestBlockMs } = state.generator;
  return [
    ...tooLong('lateness p99 is', worstWindow.lateness, limits.latenessP99Seconds),
    ...tooLong('event-loop lag p99 is', worstWindow.eventLoopLag, limits.eventLoopLagP99Seconds),
    ...tooLong('the event loop of a worker stood still for', longestBlockMs, limits.longestBlockSeconds),
    ...dropFaults(state, limits),
    ...descriptorFaults(state, limits),
    ...snapshotFaults(lostSnapshots, limits),
  ].map((fault) => `the generator was the bottleneck: ${fault}`);
}

function tooLong(what: string, foundMs: number | null, limitSeconds: number): string[] {
  if (foundMs === null || foundMs <= limitSeconds * 1000) return [];
  return [`${what} ${formatSeconds(foundMs / 1000)}, the limit is ${formatSeconds(limitSeconds)}`];
}

/** The share of what came to the relay sockets that the kernel dropped there. */
function dropFaults({ generator }: RunState, { droppedDatagramsShare }: GeneratorLimits): string[] {
  const { droppedDatagrams, relayedReplies } = generator;
  const came = droppedDatagrams + relayedReplies;
  if (droppedDatagrams <= droppedDatagramsShare * came) return [];
  return [
    `the kernel dropped ${formatCount(droppedDatagrams)} of ${formatCount(came)} datagrams at its relay sockets, ` +
      `the limit is ${formatFineShare(droppedDatagramsShare)}`,
  ];
}

function descriptorFaults(state: RunState, { freeDescriptors }: GeneratorLimits): string[] {
  const { fewestFreeDescriptors } = state.generator;
  const faults: string[] = [];
  if (fewestFreeDescriptors !== null && fewestFreeDescriptors < freeDescriptors) {
    faults.push(
      `a process had ${formatCount(fewestFreeDescriptors)} descriptors left, the limit is ${formatCount(freeDescriptors)}`,
    );
  }
  for (const cause of new Set(state.failures.map((row) => row.cause))) {
    if (FAILURE_CAUSES[cause].fault !== 'generator') continue;
    const attempts = total(
      state.failures.filter((row) => row.cause === cause),
      ({ count }) => count,
    );
    faults.push(`${FAILURE_CAUSES[cause].text}: ${formatCount(attempts)} attempts`);
  }
  return faults;
}

function snapshotFaults(lost: number | null, limits: GeneratorLimits): string[] {
  if (lost === null || lost <= limits.lostSnapshots) return [];
  return [
    `${formatCount(lost)} snapshots of its shards were lost, the limit is ${formatCount(limits.lostSnapshots)}`,
  ];
}
