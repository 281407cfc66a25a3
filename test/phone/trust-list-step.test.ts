import { describe, expect, it, vi } from 'vitest';
import * as acceptance from '../../src/protocols/trust/acceptance.ts';
import { createPhone } from '../../src/phone/phone.ts';
import { createEnvironment } from '../../src/phone/phone-environment.ts';
import { MAX_TRUST_LIST_BYTES } from '../../src/protocols/trust/trust-list.ts';
import { BOOT_SETTINGS } from '../support/boot-settings.ts';
import { boot, FILES, IDENTITY, LEASED, MINUTE, NAME } from '../support/phone-world.ts';
import { HOLDERS, SERVER_RECORDS, signed, trustList } from '../support/secure-files.ts';
import { VirtualCluster } from '../support/virtual-cluster.ts';
import { callManager, dhcpServer, tftpServer } from '../support/virtual-servers.ts';

const CTL = `CTL${NAME}.tlv`;
const ITL = `ITL${NAME}.tlv`;
/** With and without a signature: which one is asked for, the lists decide. */
const SERVED = Object.fromEntries(
  Object.entries(FILES).flatMap(([name, content]) => [
    [name, content],
    [`${name}.sgn`, signed(`${name}.sgn`, content)],
  ]),
);
const bySast = trustList();
const byNewSast = trustList(HOLDERS.newSast);
const byPublisher = trustList(HOLDERS.callManager);
const forged = trustList(HOLDERS.sast, SERVER_RECORDS, HOLDERS.other.privateKey);

/** Files that are served one boot after the other, and what the phone made of each list. */
function bootsWith(...served: readonly Readonly<Record<string, Uint8Array>>[]) {
  const files: Record<string, Uint8Array> = {};
  const world = boot({ tftp: tftpServer(files) });
  const { cluster } = world;
  for (const [at, more] of served.entries()) {
    for (const name of Object.keys(files)) delete files[name];
    Object.assign(files, SERVED, more);
    if (at > 0) {
      cluster.step({ type: 'powerOff', now: cluster.now });
      cluster.step({ type: 'powerOn', intendedAt: cluster.now, wave: at, now: cluster.now });
    }
    cluster.run((at + 1) * 3 * MINUTE);
  }
  const verdicts = cluster
    .of('trustListJudged')
    .map(({ list, verdict, cause }) => `${list} ${verdict}${cause === null ? '' : ` ${cause}`}`);
  return { ...world, verdicts };
}

type Row = readonly [
  what: string,
  served: readonly Readonly<Record<string, Uint8Array>>[],
  verdicts: readonly string[],
  held: { readonly ctl: Uint8Array | null; readonly itl: Uint8Array | null },
];

const ROWS: readonly Row[] = [
  ['no list', [{}], [], { ctl: null, itl: null }],
  ['a CTL alone', [{ [CTL]: bySast }], ['CTL first-use'], { ctl: bySast, itl: null }],
  ['an ITL alone', [{ [ITL]: bySast }], ['ITL first-use'], { ctl: null, itl: bySast }],
  ['an ITL by its other name', [{ 'ITLFile.tlv': bySast }], ['ITL first-use'], { ctl: null, itl: bySast }],
  [
    'both lists, of one signer',
    [{ [CTL]: bySast, [ITL]: bySast }],
    ['CTL first-use', 'ITL known-signer'],
    { ctl: bySast, itl: bySast },
  ],
  [
    'the same lists again after a power loss',
    [{ [CTL]: bySast }, { [CTL]: bySast }],
    ['CTL first-use', 'CTL known-signer'],
    { ctl: bySast, itl: null },
  ],
  [
    'lists that are gone at the next boot',
    [{ [CTL]: bySast, [ITL]: bySast }, {}],
    ['CTL first-use', 'ITL known-signer'],
    { ctl: bySast, itl: bySast },
  ],
  [
    'a CTL of a stranger after the first',
    [{ [CTL]: bySast }, { [CTL]: byNewSast }],
    ['CTL first-use', 'CTL refused tvs-unreachable'],
    { ctl: bySast, itl: null },
  ],
  [
    'the CTL of mixed mode, signed by the publisher, where an ITL is held',
    [{ [ITL]: bySast }, { [CTL]: byPublisher, [ITL]: bySast }],
    ['ITL first-use', 'CTL known-signer', 'ITL known-signer'],
    { ctl: byPublisher, itl: bySast },
  ],
  [
    'a CTL with a forged signature',
    [{ [CTL]: forged }],
    ['CTL refused signature-invalid'],
    { ctl: null, itl: null },
  ],
  [
    'an empty file, which takes nothing away',
    [{ [CTL]: bySast }, { [CTL]: new Uint8Array(0) }],
    ['CTL first-use', 'CTL none'],
    { ctl: bySast, itl: null },
  ],
  [
    'a file that is cut off',
    [{ [CTL]: bySast.subarray(0, -7) }],
    ['CTL refused signed-file-malformed'],
    { ctl: null, itl: null },
  ],
  [
    'a file that is something else',
    [{ [CTL]: Buffer.from('<html>not here</html>') }],
    ['CTL refused signed-file-malformed'],
    { ctl: null, itl: null },
  ],
  [
    'a file that is larger than any',
    [{ [ITL]: Buffer.alloc(MAX_TRUST_LIST_BYTES + 1, 1), 'ITLFile.tlv': bySast }],
    ['ITL refused file-too-large', 'ITL first-use'],
    { ctl: null, itl: bySast },
  ],
];

describe('a trust list', () => {
  it.each(ROWS)('%s', (_, served, verdicts, held) => {
    const world = bootsWith(...served);
    expect(world.verdicts).toEqual(verdicts);
    const { ctl, itl } = world.phone.flash.trust;
    const bytesOf = (file: typeof ctl): Buffer | null =>
      file?.list ? Buffer.concat([...file.list.file.signedParts]) : null;
    const without = (file: Uint8Array | null): Buffer | null =>
      file === null ? null : Buffer.concat([...(acceptedFile(file)?.signedParts ?? [])]);
    expect([bytesOf(ctl), bytesOf(itl)]).toEqual([without(held.ctl), without(held.itl)]);
    expect(world.cluster.of('stagePassed').filter(({ stage }) => stage === 'ctl')).toHaveLength(
      served.length,
    );
  });

  it('of the whole cluster is not asked for where that of the phone came', () => {
    const { tftp } = bootsWith({ [ITL]: bySast });
    expect(tftp.asked.slice(0, 2)).toEqual([CTL, ITL]);
    expect(tftp.asked).not.toContain('ITLFile.tlv');
  });
});

function acceptedFile(bytes: Uint8Array) {
  const read = createEnvironment(BOOT_SETTINGS, null).trust.read(bytes);
  return 'detail' in read ? null : (read.list?.file ?? null);
}

it('phones that hold the same share one record of it, and judge it once', () => {
  const judged = vi.spyOn(acceptance, 'judgeTrustList');
  const environment = createEnvironment(BOOT_SETTINGS, '127.0.9.1');
  const held = Array.from({ length: 20 }, (_, index) => {
    const phone = createPhone({ ...IDENTITY, index }, '127.5.5.5', environment);
    const cluster = new VirtualCluster(phone, {
      udp: new Map([
        ['127.0.0.1:67', dhcpServer(LEASED).server],
        [
          '127.0.0.1:69',
          tftpServer({ [CTL]: Buffer.from(bySast), [ITL]: Buffer.from(bySast), ...SERVED }).server,
        ],
      ]),
      tcp: new Map([['127.0.0.10:2000', callManager().connect]]),
    });
    cluster.powerOn();
    cluster.run(2 * MINUTE);
    return phone.flash.trust;
  });
  expect(new Set(held).size).toBe(1);
  expect(held[0]?.itl).not.toBeNull();
  expect(judged).toHaveBeenCalledTimes(2);
});
