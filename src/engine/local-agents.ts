/** Agents on this machine: forked processes, told what to do over their IPC channels. */
import { type ChildProcess, fork } from 'node:child_process';
import { BootstormError } from '../errors.ts';
import { modulePath, typescriptExecArgv } from '../drivers/process-module.ts';
import { type MessageChannelEnd, serveRampStore } from '../ramp/port-ramp-store.ts';
import type { RampStore } from '../ramp/ramp-store.ts';
import type { AgentMessage, PrepareOrder, ShardGrant } from './agent-contract.ts';

export interface AgentListener {
  message(agent: number, message: AgentMessage): void;
  /** The process has ended; `error` unless it had finished everything. */
  ended(agent: number, error: BootstormError | null): void;
}

export interface LocalAgents {
  /** Kills the processes that are still there: the last resort, after they were asked to stop. */
  kill(): void;
  /** Resolves when every process has ended. */
  readonly ended: Promise<void>;
}

/** Forks one process for each agent and gives it its order. */
export function forkAgents(
  agents: readonly { readonly name: string; readonly grants: readonly ShardGrant[] }[],
  store: RampStore<unknown>,
  listener: AgentListener,
): LocalAgents {
  const shardCount = agents.reduce((sum, { grants }) => sum + grants.length, 0);
  const children = agents.map(({ name, grants: shards }, agent) => {
    const child = fork(modulePath('src/engine/agent-process'), [], {
      serialization: 'advanced',
      execArgv: typescriptExecArgv(),
    });
    const order: PrepareOrder = { type: 'prepare', agent: name, shards, shardCount };
    follow(child, { index: agent, name, shards: shards.length }, store, listener);
    child.send(order);
    return child;
  });
  return {
    kill: () => {
      for (const child of children) child.kill('SIGKILL');
    },
    ended: Promise.all(children.map(exitOf)).then(() => {}),
  };
}

function follow(
  child: ChildProcess,
  { index, name, shards }: { readonly index: number; readonly name: string; readonly shards: number },
  store: RampStore<unknown>,
  listener: AgentListener,
): void {
  let open = shards;
  const channel: MessageChannelEnd = {
    // A child that has just died cannot be told anything; its exit is reported below.
    postMessage: (message) => child.send(message as object, () => {}),
    on: (_, handler) => child.on('message', handler),
    off: (_, handler) => child.off('message', handler),
  };
  const stopServing = serveRampStore(store, channel);
  child.on('message', (message: unknown) => {
    if (!isAgentMessage(message)) return;
    if (message.type === 'finished' || message.type === 'failed') open--;
    listener.message(index, message);
  });
  child.on('error', () => {});
  child.once('exit', (code, signal) => {
    stopServing();
    const how = signal === null ? `exit code ${code}` : signal;
    const error = new BootstormError('agent-failed', `${name} ended before its phones did (${how})`, {
      hint: 'its phones are counted as lostWithAgent; look at its output above and at the memory of the machine',
    });
    listener.ended(index, open > 0 ? error : null);
  });
}

function exitOf(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) resolve();
    else child.once('exit', () => resolve());
  });
}

function isAgentMessage(message: unknown): message is AgentMessage {
  return typeof message === 'object' && message !== null && 'type' in message;
}
