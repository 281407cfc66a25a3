import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { describeDhcp } from '../../../src/protocols/dhcp/describe.ts';
import { type DhcpMessage, decodeDhcp, encodeDhcp } from '../../../src/protocols/dhcp/message.ts';
import { DHCP_OPTIONS, dhcpOptionNames, type OptionShapes } from '../../../src/protocols/dhcp/options.ts';
import { PHONE_MESSAGE_BYTES } from '../../../src/protocols/dhcp/phone-frames.ts';
import { DecodeError } from '../../../src/wire/decode-error.ts';
import { fromHex } from '../../../src/wire/hex.ts';

const GOLDEN = fromHex(
  readFileSync(new URL('../../vectors/dhcp/discover-7911g.hex', import.meta.url), 'utf8'),
);

const GOLDEN_MESSAGE: DhcpMessage = {
  op: 1,
  htype: 1,
  hops: 1,
  xid: 0x1b3a,
  secs: 48,
  flags: 0x8000,
  ciaddr: '0.0.0.0',
  yiaddr: '0.0.0.0',
  siaddr: '0.0.0.0',
  giaddr: '172.22.76.1',
  chaddr: '002699EF0F1A',
  sname: '',
  file: '',
  options: {
    messageType: 1,
    clientIdentifier: Uint8Array.of(1, 0x00, 0x26, 0x99, 0xef, 0x0f, 0x1a),
    hostName: 'SEP002699EF0F1A',
    vendorClass: 'Cisco Systems, Inc. IP Phone CP-7911G\0',
    parameterRequestList: [1, 66, 6, 3, 15, 150, 35],
  },
  otherOptions: [],
};

const ip = fc.ipV4();
const text = fc.string({
  unit: fc.integer({ min: 0x20, max: 0xff }).map((c) => String.fromCharCode(c)),
  maxLength: 300,
});
const VALUES: { readonly [Shape in keyof OptionShapes]: fc.Arbitrary<OptionShapes[Shape]> } = {
  ip,
  ips: fc.array(ip, { minLength: 1, maxLength: 80 }),
  text,
  octetText: text.map((value) => `${value}\0`),
  u8: fc.nat(0xff),
  u16: fc.nat(0xffff),
  u32: fc.nat(0xffff_ffff),
  codes: fc.array(fc.nat(255), { maxLength: 300 }),
  bytes: fc.uint8Array({ maxLength: 600 }),
};

/** Any options in any order; 52 speaks about the packet and is not an option of the message. */
const anyOptions = fc
  .shuffledSubarray(dhcpOptionNames(DHCP_OPTIONS).filter((name) => name !== 'optionOverload'))
  .chain((names) =>
    fc
      .tuple(...names.map((name): fc.Arbitrary<unknown> => VALUES[DHCP_OPTIONS[name].shape]))
      .map((values) => Object.fromEntries(names.map((name, index) => [name, values[index]]))),
  );

const shortText = (max: number) => fc.stringMatching(new RegExp(`^[!-~]{0,${max}}$`));
const anyMessage = fc.record({
  op: fc.constantFrom(1, 2),
  htype: fc.nat(255),
  hops: fc.nat(255),
  xid: fc.nat(0xffff_ffff),
  secs: fc.nat(0xffff),
  flags: fc.nat(0xffff),
  ciaddr: ip,
  yiaddr: ip,
  siaddr: ip,
  giaddr: ip,
  chaddr: fc.uint8Array({ maxLength: 16 }).map((b) => Buffer.from(b).toString('hex').toUpperCase()),
  sname: shortText(63),
  file: shortText(127),
  options: anyOptions,
  otherOptions: fc.uniqueArray(
    fc.record({ code: fc.constantFrom(2, 43, 77, 119, 224, 254), bytes: fc.uint8Array({ maxLength: 300 }) }),
    { selector: ({ code }) => code },
  ),
});

describe('the DISCOVER of a real 7911G', () => {
  it('decodes to its fields', () => {
    expect(decodeDhcp(GOLDEN)).toEqual(GOLDEN_MESSAGE);
  });

  it('is encoded byte for byte', () => {
    expect(encodeDhcp(GOLDEN_MESSAGE, PHONE_MESSAGE_BYTES).equals(GOLDEN)).toBe(true);
  });

  it('is one line of a trace', () => {
    expect(describeDhcp(GOLDEN_MESSAGE)).toBe(
      'DHCPDISCOVER xid=0x00001b3a chaddr=002699EF0F1A secs=48 giaddr=172.22.76.1 ' +
        '61/clientIdentifier=01002699ef0f1a 12/hostName="SEP002699EF0F1A" ' +
        '60/vendorClass="Cisco Systems, Inc. IP Phone CP-7911G\\u0000" 55/parameterRequestList=1,66,6,3,15,150,35',
    );
  });
});

describe('decodeDhcp', () => {
  it('gives back what encodeDhcp was given, the order of the options included', () => {
    fc.assert(
      fc.property(anyMessage, (message) => {
        const decoded = decodeDhcp(encodeDhcp(message));
        expect(decoded).toEqual(message);
        expect(Object.keys(decoded.options)).toEqual(Object.keys(message.options));
      }),
    );
  });

  it('raises nothing but DecodeError, and what it accepts can be described on one line', () => {
    const mutilated = fc
      .tuple(anyMessage, fc.array(fc.tuple(fc.nat(2000), fc.nat(255)), { maxLength: 8 }), fc.nat(2000))
      .map(([message, changes, cut]) => {
        const bytes = encodeDhcp(message);
        for (const [at, value] of changes) bytes[at % bytes.length] = value;
        return bytes.subarray(0, Math.max(bytes.length - cut, 0));
      });
    const areas = fc.uint8Array({ maxLength: 400 }).map((b) => Buffer.concat([GOLDEN.subarray(0, 240), b]));
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 700 }), mutilated, areas), (bytes) => {
        try {
          const line = Buffer.from(describeDhcp(decodeDhcp(bytes)));
          expect(line.every((byte) => byte >= 0x20)).toBe(true);
        } catch (error) {
          if (!(error instanceof DecodeError)) throw error;
        }
      }),
      { numRuns: 1000 },
    );
  });

  it.each([
    ['a short header', GOLDEN.subarray(0, 239), /dhcp\.magic @236: need 4 bytes, have 3/],
    ['another cookie', changed(236, 0x64), /dhcp\.magic/],
    ['hlen beyond chaddr', changed(2, 17), /dhcp\.hlen/],
    ['an option cut off', GOLDEN.subarray(0, 300), /dhcp\.vendorClass @271: need 38 bytes, have 29/],
    ['a length without its option', GOLDEN.subarray(0, 241), /dhcp\.option\.length @241/],
    ['a mask of three octets', withOptions(1, 3, 255, 0, 0), /dhcp\.subnetMask/],
    ['a router of five octets', withOptions(3, 5, 127, 0, 0, 1, 9), /dhcp\.routers/],
    ['an empty list of servers', withOptions(150, 0), /dhcp\.tftpServers/],
    ['a message type of two octets', withOptions(53, 2, 1, 1), /dhcp\.messageType .*1 bytes too many/],
  ])('refuses %s', (_, bytes, message) => {
    expect(() => decodeDhcp(bytes)).toThrow(DecodeError);
    expect(() => decodeDhcp(bytes)).toThrow(message);
  });

  it('accepts options that end without END', () => {
    expect(decodeDhcp(withOptions(53, 1, 2)).options).toEqual({ messageType: 2 });
  });

  it('ignores what stands behind END', () => {
    expect(decodeDhcp(withOptions(53, 1, 2, 255, 51, 9)).options).toEqual({ messageType: 2 });
  });

  it('joins the parts of an option (RFC 3396)', () => {
    const bytes = withOptions(150, 4, 127, 0, 0, 1, 53, 1, 5, 150, 4, 127, 0, 0, 2, 255);
    expect(decodeDhcp(bytes).options).toEqual({ tftpServers: ['127.0.0.1', '127.0.0.2'], messageType: 5 });
  });

  it('deletes the NULs behind text', () => {
    expect(decodeDhcp(withOptions(66, 5, 0x74, 0x66, 0x74, 0x70, 0, 255)).options.tftpServerName).toBe(
      'tftp',
    );
  });
});

describe('option overload (RFC 2132, section 9.3)', () => {
  /** Options of a message dealt to the three areas, in their order, by an encoder that is not the product's. */
  const dealt = fc.record({
    addresses: fc.array(ip, { minLength: 1, maxLength: 6 }),
    name: shortText(20),
    lease: fc.nat(0xffff_ffff),
    areas: fc.tuple(fc.nat(3), fc.nat(3), fc.nat(3)),
    pads: fc.nat(3),
  });

  it('reads file, then sname, wherever the options lie', () => {
    fc.assert(
      fc.property(dealt, ({ addresses, name, lease, areas, pads }) => {
        const area: number[][] = [[53, 1, 5], [], []];
        const put = (at: number, bytes: number[]) =>
          area[at % 3]?.push(...Array<number>(pads).fill(0), ...bytes);
        put(areas[0], [150, 4 * addresses.length, ...addresses.flatMap((a) => a.split('.').map(Number))]);
        put(areas[1], [66, name.length, ...Buffer.from(name)]);
        put(areas[2], [51, 4, lease >>> 24, (lease >>> 16) & 255, (lease >>> 8) & 255, lease & 255]);
        const overload = (area[1]?.length ? 1 : 0) | (area[2]?.length ? 2 : 0);
        const bytes = Buffer.alloc(548);
        GOLDEN.copy(bytes, 0, 0, 240);
        bytes.set([...(area[1] ?? []), 255], 108);
        bytes.set([...(area[2] ?? []), 255], 44);
        bytes.set([52, 1, overload, ...(area[0] ?? []), 255], 240);
        const decoded = decodeDhcp(bytes);
        expect(decoded.options).toEqual({
          messageType: 5,
          tftpServers: addresses,
          tftpServerName: name,
          leaseTime: lease,
        });
        if (overload & 1) expect(decoded.file).toBe('');
        if (overload & 2) expect(decoded.sname).toBe('');
      }),
    );
  });

  it('leaves the fields alone without option 52', () => {
    const decoded = decodeDhcp(encodeDhcp({ ...GOLDEN_MESSAGE, sname: 'server', file: 'boot' }));
    expect([decoded.sname, decoded.file]).toEqual(['server', 'boot']);
  });
});

describe('encodeDhcp', () => {
  it('splits a value of more than 255 octets', () => {
    const relayAgentInformation = new Uint8Array(300).fill(7);
    const bytes = encodeDhcp({ ...GOLDEN_MESSAGE, options: { relayAgentInformation } });
    expect([...bytes.subarray(240, 242)]).toEqual([82, 255]);
    expect([...bytes.subarray(497, 499)]).toEqual([82, 45]);
    expect(decodeDhcp(bytes).options).toEqual({ relayAgentInformation });
  });

  it.each([
    ['chaddr of 17 octets', { chaddr: '00'.repeat(17) }],
    ['sname without room for its NUL', { sname: 's'.repeat(64) }],
    ['an address that is none', { siaddr: 'tftp' }],
  ])('refuses %s', (_, change) => {
    expect(() => encodeDhcp({ ...GOLDEN_MESSAGE, ...change })).toThrow(RangeError);
  });
});

function changed(at: number, value: number): Buffer {
  const bytes = Buffer.from(GOLDEN);
  bytes[at] = value;
  return bytes;
}

function withOptions(...options: number[]): Buffer {
  return Buffer.concat([GOLDEN.subarray(0, 240), Uint8Array.from(options)]);
}
