/**
 * The shared schedule across a message channel: the IPC channel of a forked process or the MessagePort of a worker
 * thread. One side has a store and serves it, the other has a `PortRampStore`. The channel may carry other messages
 * too; ours have a `ramp` key.
 *
 *   request   { ramp: 'call', id, verb, args }    answer  { ramp: 'answer', id, value } or { ..., error, code }
 *   watching  { ramp: 'watch' }                   push    { ramp: 'state', state }
 */
import { BootstormError, ERROR_CODES, type ErrorCode } from '../errors.ts';
import { isNewer, type RampState, type RampStore, type Stop } from './ramp-store.ts';

/** Either end of a channel: `worker_threads.MessagePort`, or a child process wrapped by its owner. */
export interface MessageChannelEnd {
  postMessage(message: unknown): void;
  on(event: 'message', listener: (message: unknown) => void): unknown;
  off(event: 'message', listener: (message: unknown) => void): unknown;
}

type Call = { [Verb in Verbs]: { verb: Verb; args: Parameters<RampStore<unknown>[Verb]> } }[Verbs];
type Verbs = 'publish' | 'read' | 'arm' | 'steer' | 'stop';

type RampMessage =
  | ({ readonly ramp: 'call'; readonly id: number } & Call)
  | { readonly ramp: 'answer'; readonly id: number; readonly value: unknown }
  | {
      readonly ramp: 'refusal';
      readonly id: number;
      readonly message: string;
      readonly code: ErrorCode | null;
    }
  | { readonly ramp: 'watch' }
  | { readonly ramp: 'state'; readonly state: RampState<unknown> };

export function isRampMessage(message: unknown): message is RampMessage {
  return typeof message === 'object' && message !== null && 'ramp' in message;
}

/** Lets the other end of a channel use `store`. Returns a function that stops it. */
export function serveRampStore<Plan>(store: RampStore<Plan>, channel: MessageChannelEnd): () => void {
  let unwatch: (() => void) | null = null;
  const onMessage = (message: unknown): void => {
    if (!isRampMessage(message)) return;
    if (message.ramp === 'watch') {
      unwatch ??= store.watch((state) => channel.postMessage({ ramp: 'state', state }));
    } else if (message.ramp === 'call') {
      const { id } = message;
      answer(store, message).then(
        (value) => channel.postMessage({ ramp: 'answer', id, value }),
        (error: unknown) => channel.postMessage({ ramp: 'refusal', id, ...refusal(error) }),
      );
    }
  };
  channel.on('message', onMessage);
  return () => {
    channel.off('message', onMessage);
    unwatch?.();
  };
}

export class PortRampStore<Plan> implements RampStore<Plan> {
  readonly #channel: MessageChannelEnd;
  readonly #waiting = new Map<
    number,
    { resolve: (value: unknown) => void; reject: (error: unknown) => void }
  >();
  readonly #listeners = new Set<(state: RampState<Plan>) => void>();
  #latest: RampState<Plan> | null = null;
  #watching = false;
  #nextId = 1;

  constructor(channel: MessageChannelEnd) {
    this.#channel = channel;
    channel.on('message', this.#onMessage);
  }

  async publish(plan: Plan): Promise<void> {
    await this.#call({ verb: 'publish', args: [plan] });
  }

  async read(): Promise<RampState<Plan>> {
    return (await this.#call({ verb: 'read', args: [] })) as RampState<Plan>;
  }

  async arm(startAtMs: number): Promise<void> {
    await this.#call({ verb: 'arm', args: [startAtMs] });
  }

  async steer(fromMs: number, slope: number): Promise<void> {
    await this.#call({ verb: 'steer', args: [fromMs, slope] });
  }

  async stop(kind: Stop['kind'], atMs: number): Promise<void> {
    await this.#call({ verb: 'stop', args: [kind, atMs] });
  }

  watch(listener: (state: RampState<Plan>) => void): () => void {
    this.#listeners.add(listener);
    if (this.#latest) listener(this.#latest);
    if (!this.#watching) {
      this.#watching = true;
      this.#post({ ramp: 'watch' });
    }
    return () => this.#listeners.delete(listener);
  }

  /** Stops listening; calls that wait for an answer are refused. */
  close(): void {
    this.#channel.off('message', this.#onMessage);
    const closed = new BootstormError('schedule-conflict', 'the channel to the shared schedule was closed');
    for (const { reject } of this.#waiting.values()) reject(closed);
    this.#waiting.clear();
  }

  readonly #onMessage = (message: unknown): void => {
    if (!isRampMessage(message)) return;
    if (message.ramp === 'state') {
      const state = message.state as RampState<Plan>;
      if (this.#latest && !isNewer(state, this.#latest)) return;
      this.#latest = state;
      for (const listener of this.#listeners) listener(state);
    } else if (message.ramp === 'answer' || message.ramp === 'refusal') {
      const caller = this.#waiting.get(message.id);
      this.#waiting.delete(message.id);
      if (message.ramp === 'answer') caller?.resolve(message.value);
      else caller?.reject(new BootstormError(message.code ?? 'schedule-conflict', message.message));
    }
  };

  #call(call: Call): Promise<unknown> {
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#post({ ramp: 'call', id, ...call });
    });
  }

  #post(message: RampMessage): void {
    this.#channel.postMessage(message);
  }
}

async function answer<Plan>(store: RampStore<Plan>, call: Call): Promise<unknown> {
  switch (call.verb) {
    case 'publish':
      return store.publish(call.args[0] as Plan);
    case 'read':
      return store.read();
    case 'arm':
      return store.arm(...call.args);
    case 'steer':
      return store.steer(...call.args);
    case 'stop':
      return store.stop(...call.args);
    default:
      return call satisfies never;
  }
}

function refusal(error: unknown): { message: string; code: ErrorCode | null } {
  const message = error instanceof Error ? error.message : String(error);
  const code = error instanceof BootstormError && error.code in ERROR_CODES ? error.code : null;
  return { message, code };
}
