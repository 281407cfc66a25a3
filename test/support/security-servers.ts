/** TVS and CAPF for the virtual cluster. */
import {
  type CapfOrder,
  createCapfServer,
  stepCapfServer,
  type CapfServerResult,
} from '../../src/protocols/capf/server-session.ts';
import { decodeTvs, encodeTvs, TVS_COMMANDS, TVS_STATUS } from '../../src/protocols/tvs/message.ts';
import { RecordingEffects } from './recording-effects.ts';
import { type Holder, HOLDERS } from './secure-files.ts';
import { secured } from './secure-world.ts';
import type { StreamAnswer, StreamServer } from './virtual-cluster.ts';

export interface TvsWorld {
  /** Roles of the certificates that it knows. */
  readonly known?: readonly (readonly [Holder, roles: readonly number[]])[];
  readonly ttlSeconds?: number;
  readonly identity?: Holder;
  readonly behaviour?: 'answers' | 'refuses' | 'hangs' | 'babbles' | 'closes' | 'does not end the handshake';
}

export function tvsServer(world: TvsWorld = {}) {
  const { known = [], ttlSeconds = 86_400, identity = HOLDERS.tvs, behaviour = 'answers' } = world;
  const asked: string[] = [];
  const connect = (): StreamServer => ({
    accept: () => (behaviour === 'refuses' ? 'refused' : 'accepted'),
    secure: () => (behaviour === 'does not end the handshake' ? 'silent' : secured(identity)),
    data: (bytes) => {
      const { sessionId, elements } = decodeTvs(bytes);
      const shown = Buffer.from(elements.certificate ?? []);
      asked.push(elements.deviceName ?? '');
      if (behaviour === 'hangs') return [];
      if (behaviour === 'closes') return ['fin'];
      if (behaviour === 'babbles') return [Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n')];
      const entry = known.find(([{ certificate }]) => certificate.raw.equals(shown));
      const answer = entry
        ? { status: TVS_STATUS.valid, roles: Uint8Array.from(entry[1]), ttlSeconds }
        : { status: TVS_STATUS.invalid, ttlSeconds };
      return [encodeTvs({ command: TVS_COMMANDS.VerifyRes, sessionId, elements: answer }), 'fin'];
    },
  });
  return { connect, asked };
}

export interface CapfWorld {
  readonly order?: CapfOrder | null;
  /** The certificate that it gives. */
  readonly lsc: Holder;
  readonly identity?: Holder;
  readonly behaviour?: 'serves' | 'refuses' | 'hangs' | 'babbles' | 'closes' | 'does not end the handshake';
}

export function capfServer({ order = null, lsc, identity = HOLDERS.capf, behaviour = 'serves' }: CapfWorld) {
  const outcomes: string[] = [];
  const seen = { connections: 0 };
  const connect = (): StreamServer => {
    seen.connections++;
    const sink = new RecordingEffects<'answer', never, CapfServerResult>();
    const machine = createCapfServer({
      sessionId: 7,
      order: () => order,
      trusts: () => true,
      issue: () => lsc.certificate.raw,
      answerTimeoutMs: 10_000,
      keyTimeoutMs: 60_000,
    });
    const answers = (): StreamAnswer[] =>
      sink.take().flatMap((effect): StreamAnswer[] => {
        if (effect.effect === 'done') outcomes.push((effect.result as CapfServerResult).outcome);
        if (effect.effect === 'send') return [effect.bytes];
        return effect.effect === 'close' ? ['fin'] : [];
      });
    return {
      accept: () => (behaviour === 'refuses' ? 'refused' : 'accepted'),
      secure: () => (behaviour === 'does not end the handshake' ? 'silent' : secured(identity)),
      greet: () => {
        if (behaviour === 'hangs') return [];
        if (behaviour === 'closes') return ['fin'];
        if (behaviour === 'babbles') return [Buffer.from('220 mail.example ESMTP\r\n')];
        stepCapfServer(machine, { type: 'start', now: 0 }, sink);
        return answers();
      },
      data: (bytes) => {
        stepCapfServer(machine, { type: 'data', bytes, now: 0 }, sink);
        return answers();
      },
    };
  };
  return { connect, outcomes, seen };
}
