import { expect, it } from 'vitest';
import { PhoneTrace } from '../../src/cli/phone-trace.ts';
import { HostedPhone } from '../../src/runner/phone-host.ts';
import { createPhone } from '../../src/phone/phone.ts';
import { createEnvironment } from '../../src/phone/phone-environment.ts';
import { ENDPOINT_KINDS, type PhoneEndpoint } from '../../src/phone/phone-effects.ts';
import { CAPF_COMMANDS, encodeCapf } from '../../src/protocols/capf/message.ts';
import { encodeMessage } from '../../src/protocols/sccp/message-table.ts';
import { encodeTvs, TVS_COMMANDS } from '../../src/protocols/tvs/message.ts';
import { BOOT_SETTINGS } from '../support/boot-settings.ts';
import { IDENTITY } from '../support/phone-world.ts';

const HOSTED = new HostedPhone(0, createPhone(IDENTITY, '', createEnvironment(BOOT_SETTINGS, null)), '');

const packet = (bytes: Uint8Array, direction: 'sent' | 'received' = 'sent') =>
  ({
    direction,
    now: 1,
    localAddress: '127.0.0.2',
    localPort: 1,
    remoteAddress: '127.0.0.1',
    remotePort: 2,
    bytes,
  }) as const;

function traced(write: (trace: PhoneTrace) => void): string[] {
  const lines: string[] = [];
  write(new PhoneTrace((line) => lines.push(line.replace(/^ *\S+ +(?:→|←) \S+ +/, ''))));
  return lines;
}

const ENDPOINTS = Object.keys(ENDPOINT_KINDS) as PhoneEndpoint[];

it.each(ENDPOINTS.filter((endpoint) => ENDPOINT_KINDS[endpoint] !== 'tcp'))(
  'a datagram on %s is one line, whatever is in it',
  (endpoint) => {
    const lines = traced((trace) => trace.datagram(HOSTED, endpoint, packet(Buffer.from([1]))));
    expect(lines).toEqual([expect.stringMatching(/^malformed: /)]);
  },
);

it.each([
  ['capf', encodeCapf({ command: CAPF_COMMANDS.AuthReq, sessionId: 7, elements: {} }), 'CAPF AuthReq'],
  ['tvs', encodeTvs({ command: TVS_COMMANDS.VerifyReq, sessionId: 7, elements: {} }), 'TVS VerifyReq'],
  ['callManager1', encodeMessage({ type: 'KeepAliveReq' }, 0), 'SCCP KeepAliveReq'],
] as const)('what is said on %s is said in its own words', (endpoint, bytes, words) => {
  const lines = traced((trace) => {
    trace.stream(HOSTED, endpoint, 'open', packet(new Uint8Array(0)));
    trace.stream(HOSTED, endpoint, 'data', packet(bytes.subarray(0, 5)));
    trace.stream(HOSTED, endpoint, 'data', packet(bytes.subarray(5)));
  });
  expect(lines.slice(1)).toEqual([expect.stringContaining(words)]);
});
