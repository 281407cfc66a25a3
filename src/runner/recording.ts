/**
 * One phone's boot as text: every event that it was told and every effect that it asked for, as JSON lines. Since a
 * phone is a pure function of its settings and its events, feeding the events to a new phone must give the same
 * effects byte for byte: that is what `replay` checks, on any machine, without a network.
 *
 *   line 1     { format, identity, sourceAddress, relayAddress, settings }
 *   then       { event } followed by the { effect } lines that it caused
 *
 * Bytes are hex text under the key `hex`: of a datagram, of data, and the certificate of a peer. Keys and passwords are
 * not in it: who replays a phone that had certificates brings them again.
 */
import { concealPasswords } from '../protocols/capf/describe.ts';
import type { MachineEvent } from '../protocols/effects.ts';
import type { TlsDemand } from '../protocols/tls.ts';
import type { BootEvent } from '../phone/boot-event.ts';
import { stepPhone } from '../phone/boot-sequence.ts';
import type { BootSettings } from '../phone/boot-settings.ts';
import type { PhoneIdentity } from '../phone/identity.ts';
import { createPhone, PhoneOutput } from '../phone/phone.ts';
import { createEnvironment, NO_SECRETS, type PhoneSecrets } from '../phone/phone-environment.ts';
import type { PhoneEffects, PhoneEndpoint, PhoneEvent, PhoneTimer } from '../phone/phone-effects.ts';
import { BootstormError } from '../errors.ts';
import { fromHex, toHex } from '../wire/hex.ts';

export const RECORDING_FORMAT = 'bootstorm-recording-1';

/** Everything besides the events that a phone's behaviour depends on. */
export interface RecordingHeader {
  readonly format: typeof RECORDING_FORMAT;
  readonly identity: PhoneIdentity;
  readonly sourceAddress: string;
  readonly relayAddress: string | null;
  readonly settings: BootSettings;
}

/** Effects as lines of text, passed on to the real sink when there is one. */
export class EffectRecorder implements PhoneEffects {
  readonly #write: (line: string) => void;
  readonly #next: PhoneEffects | null;

  constructor(write: (line: string) => void, next: PhoneEffects | null) {
    this.#write = write;
    this.#next = next;
  }

  bind(endpoint: PhoneEndpoint): void {
    this.#effect({ effect: 'bind', endpoint });
    this.#next?.bind(endpoint);
  }

  sendTo(endpoint: PhoneEndpoint, address: string, port: number, bytes: Uint8Array): void {
    this.#effect({ effect: 'sendTo', endpoint, address, port, hex: toHex(bytes) });
    this.#next?.sendTo(endpoint, address, port, bytes);
  }

  connect(endpoint: PhoneEndpoint, address: string, port: number, tls?: TlsDemand): void {
    this.#effect({ effect: 'connect', endpoint, address, port, ...(tls ? { tls: demandLine(tls) } : {}) });
    this.#next?.connect(endpoint, address, port, tls);
  }

  send(endpoint: PhoneEndpoint, bytes: Uint8Array): void {
    const shown = endpoint === 'capf' ? concealPasswords(bytes) : bytes;
    this.#effect({ effect: 'send', endpoint, hex: toHex(shown) });
    this.#next?.send(endpoint, bytes);
  }

  close(endpoint: PhoneEndpoint): void {
    this.#effect({ effect: 'close', endpoint });
    this.#next?.close(endpoint);
  }

  setTimer(timer: PhoneTimer, delayMs: number): void {
    this.#effect({ effect: 'setTimer', timer, delayMs });
    this.#next?.setTimer(timer, delayMs);
  }

  clearTimer(timer: PhoneTimer): void {
    this.#effect({ effect: 'clearTimer', timer });
    this.#next?.clearTimer(timer);
  }

  emit(event: BootEvent): void {
    this.#effect({ effect: 'emit', event });
    this.#next?.emit(event);
  }

  vanish(): void {
    this.#effect({ effect: 'vanish' });
    this.#next?.vanish();
  }

  done(): void {
    this.#effect({ effect: 'done' });
    this.#next?.done();
  }

  #effect(effect: object): void {
    this.#write(JSON.stringify(effect));
  }
}

/** The certificate by its digest, and of the key nothing. */
function demandLine({ profile, credential, resume }: TlsDemand): object {
  return { profile: profile.name, credential: credential?.digest ?? null, resume };
}

/** An event as a line; bytes are copied out of the driver's buffer. */
export function eventLine(event: PhoneEvent): string {
  if (event.type !== 'endpoint') return JSON.stringify({ event });
  return JSON.stringify({ event: { ...event, event: eventData(event.event) } });
}

function eventData(event: MachineEvent): object {
  if (event.type === 'secured') {
    const { peerCertificate, ...rest } = event;
    return { ...rest, hex: peerCertificate && toHex(peerCertificate) };
  }
  if (!('bytes' in event)) return event;
  const { bytes, ...rest } = event;
  return { ...rest, hex: toHex(bytes) };
}

export interface ReplayResult {
  readonly events: number;
  readonly effects: number;
  /** The first line that came out differently; null when the replay is equal. */
  readonly difference: { readonly line: number; readonly recorded: string; readonly replayed: string } | null;
}

/**
 * Boots a new phone on the recorded events, with what `secrets` brings along. Throws BootstormError `file-unreadable` for
 * what is no recording.
 */
export function replayRecording(text: string, secrets: PhoneSecrets = NO_SECRETS): ReplayResult {
  const lines = text.split('\n').filter((line) => line !== '');
  const { identity, settings, sourceAddress = '0.0.0.0', relayAddress = null } = recordingHeader(text);
  const environment = createEnvironment(settings, relayAddress, secrets);
  const phone = createPhone(identity, sourceAddress, environment);
  const replayed: string[] = [];
  const output = new PhoneOutput(new EffectRecorder((line) => replayed.push(line), null));
  let expected: string[] = [];
  let events = 0;
  let effects = 0;
  for (const [index, line] of [...lines.slice(1), null].entries()) {
    const event = line === null ? null : parseEvent(line);
    if (line !== null && event === null) {
      expected.push(line);
      continue;
    }
    const at = expected.findIndex((recorded, place) => recorded !== replayed[place]);
    if (at >= 0 || expected.length !== replayed.length) {
      const place = at >= 0 ? at : expected.length;
      const difference = { line: index + 2 - expected.length + place };
      return {
        events,
        effects,
        difference: {
          ...difference,
          recorded: expected[place] ?? '(nothing)',
          replayed: replayed[place] ?? '(nothing)',
        },
      };
    }
    effects += expected.length;
    expected = [];
    replayed.length = 0;
    if (event === null) break;
    events++;
    stepPhone(phone, event, output);
  }
  return { events, effects, difference: null };
}

/** A header written by hand may leave addresses out. */
type SufficientHeader = Partial<RecordingHeader> & Pick<RecordingHeader, 'identity' | 'settings'>;

/** Throws as `replayRecording` does. */
export function recordingHeader(text: string): SufficientHeader {
  const header = parseLine(/^.*/.exec(text)?.[0] ?? '') as Partial<RecordingHeader> | null;
  if (header?.format !== RECORDING_FORMAT || !header.identity || !header.settings) {
    throw new BootstormError('file-unreadable', 'the file is not a recording of a boot', {
      hint: `its first line must say "format":"${RECORDING_FORMAT}": make one with bootstorm phone --record`,
    });
  }
  return { ...header, identity: header.identity, settings: header.settings };
}

function parseEvent(line: string): PhoneEvent | null {
  const parsed = parseLine(line) as { event?: PhoneEvent; effect?: string } | null;
  if (parsed === null || parsed.effect !== undefined || parsed.event === undefined) return null;
  const { event } = parsed;
  if (event.type !== 'endpoint' || !('hex' in event.event)) return event;
  const { hex, ...rest } = event.event as MachineEvent & { hex: string | null };
  const bytes = hex === null ? null : fromHex(hex);
  const field = rest.type === 'secured' ? { peerCertificate: bytes } : { bytes };
  return { ...event, event: { ...rest, ...field } as MachineEvent };
}

function parseLine(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return null;
  }
}
