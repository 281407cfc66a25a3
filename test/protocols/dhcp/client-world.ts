import type { DhcpSettings } from '../../../src/phone/boot-settings.ts';
import {
  createDhcpClient,
  type DhcpClient,
  type DhcpClientConfig,
  type DhcpClientSettings,
  type DhcpNotice,
  type DhcpResult,
  type DhcpTimer,
  stepDhcpClient,
} from '../../../src/protocols/dhcp/client.ts';
import { decodeDhcp, MESSAGE_TYPES } from '../../../src/protocols/dhcp/message.ts';
import type { MachineEvent } from '../../../src/protocols/effects.ts';
import { RecordingEffects } from '../../support/recording-effects.ts';
import { ack, offer } from './server-replies.ts';

/** What a run's settings say is what the client needs: the type says so. */
const SETTINGS: DhcpSettings & DhcpClientSettings = {
  server: { host: '127.0.0.1', port: 1067 },
  replyPort: 1067,
  initReboot: true,
  backoffSeconds: [4, 8, 16, 32, 64],
  jitterSeconds: 1,
  release: true,
};

const CONFIG: DhcpClientConfig = {
  mac: '001122334455',
  hostName: 'SEP001122334455',
  vendorClass: 'Cisco Systems, Inc. IP Phone CP-7961G',
  relayAddress: '127.0.0.2',
  phoneIndex: 3,
  seed: 42,
  settings: SETTINGS,
  remembered: null,
  firstTransaction: 0,
};

export const REMEMBERED = { address: '127.1.0.9', serverId: '127.0.0.67' };

/** A client on a bench: each step gives what the client did, in words and in order. */
export class Bench {
  readonly client: DhcpClient;
  /** The last message sent, and every one. */
  frame: Buffer = Buffer.alloc(0);
  frames: Buffer[] = [];
  notices: DhcpNotice[] = [];
  result: DhcpResult | null = null;
  destinations = new Set<string>();
  /** The delay of the timer that runs, or null. */
  delayMs: number | null = null;
  now = 0;
  readonly #out = new RecordingEffects<DhcpTimer, DhcpNotice, DhcpResult>();

  constructor(change: Partial<DhcpClientConfig> = {}, settings: Partial<DhcpClientSettings> = {}) {
    this.client = createDhcpClient({ ...CONFIG, settings: { ...SETTINGS, ...settings }, ...change });
  }

  get state(): string {
    return this.client.state;
  }

  get sent() {
    return decodeDhcp(this.frame);
  }

  start(): string[] {
    return this.step({ type: 'start', now: this.now });
  }

  receive(bytes: Uint8Array): string[] {
    return this.step({ type: 'datagram', address: '127.0.0.1', port: 1067, bytes, now: this.now });
  }

  /** Time goes on to the moment for which the timer is set. */
  expire(): string[] {
    if (this.delayMs === null) throw new Error('no timer is set');
    this.now += this.delayMs;
    this.delayMs = null;
    return this.step({ type: 'timer', timer: 'wait', now: this.now });
  }

  stop(): string[] {
    return this.step({ type: 'stop', now: this.now });
  }

  step(event: MachineEvent<DhcpTimer>): string[] {
    stepDhcpClient(this.client, event, this.#out);
    return this.#out.take().flatMap((effect) => {
      switch (effect.effect) {
        case 'sendTo':
          this.frame = Buffer.from(effect.bytes);
          this.frames.push(this.frame);
          this.destinations.add(`${effect.address}:${effect.port}`);
          return [typeName(this.frame)];
        case 'setTimer':
          this.delayMs = effect.delayMs;
          return [];
        case 'clearTimer':
          this.delayMs = null;
          return [];
        case 'notice': {
          const notice = effect.notice as DhcpNotice;
          this.notices.push(notice);
          return [notice.type === 'ignored' ? `ignored ${notice.reason}` : notice.type];
        }
        case 'done':
          this.result = effect.result as DhcpResult;
          return [this.result.outcome];
        default:
          return [effect.effect];
      }
    });
  }
}

/** A client that was brought to a state by a healthy server (which is silent from then on). */
export function benchIn(state: DhcpClient['state'], settings: Partial<DhcpClientSettings> = {}): Bench {
  const bench = new Bench({ remembered: state === 'rebooting' ? REMEMBERED : null }, settings);
  if (state === 'init') return bench;
  bench.start();
  if (state === 'selecting' || state === 'rebooting') return bench;
  bench.receive(offer(bench.frame));
  if (state === 'requesting') return bench;
  bench.receive(ack(bench.frame));
  if (state === 'bound') return bench;
  if (state === 'ended') bench.stop();
  else bench.expire();
  if (state === 'rebinding') while (bench.state !== 'rebinding') bench.expire();
  return bench;
}

const TYPE_NAMES = Object.keys(MESSAGE_TYPES);

function typeName(frame: Uint8Array): string {
  return TYPE_NAMES[(decodeDhcp(frame).options.messageType ?? 0) - 1] ?? '?';
}
