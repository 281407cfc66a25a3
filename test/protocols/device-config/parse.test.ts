import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { buildDefaultConfig, buildDeviceConfig } from '../../../src/protocols/device-config/build.ts';
import {
  DEFAULT_CONFIG_LIMITS,
  parseDefaultConfig,
  parseDeviceConfig,
} from '../../../src/protocols/device-config/parse.ts';

const device = (inside: string) => parseDeviceConfig(Buffer.from(`<device>${inside}</device>`));
const pool = (inside: string) => device(`<devicePool>${inside}</devicePool>`);
function members(...inside: string[]): string {
  return `<callManagerGroup><members>${inside.join('')}</members></callManagerGroup>`;
}
function config<Config>(parsed: { ok: true; config: Config } | { ok: false; detail: string }): Config {
  if (!parsed.ok) throw new Error(parsed.detail);
  return parsed.config;
}

describe('a device file', () => {
  it('has defaults for everything', () => {
    expect(config(device(''))).toEqual({
      protocol: null,
      fullConfig: true,
      callManagers: [],
      srst: null,
      connectionMonitorSeconds: null,
      loadInformation: null,
      versionStamp: null,
      userLocale: null,
      networkLocale: null,
      deviceSecurityMode: 0,
      transportLayerProtocol: null,
      capfAuthMode: 0,
      capfServers: [],
      tvsServers: [],
      certHash: null,
      encrConfig: false,
    });
  });

  it('sorts the CallManagers by priority, takes the position where there is none, and leaves out the nameless', () => {
    const member = (priority: string, host: string, ports = ''): string =>
      `<member${priority}><callManager><name>n</name>${ports}<processNodeName>${host}</processNodeName></callManager></member>`;
    const parsed = pool(
      members(
        member(' priority="2"', 'third', '<ports><ethernetPhonePort>2002</ethernetPhonePort></ports>'),
        member('', 'second', '<ports><ethernetPhonePort/></ports>'),
        member(' priority="0"', ' first '),
        member(' priority="1"', ''),
        '<member priority="3"/>',
      ),
    );
    expect(config(parsed).callManagers).toEqual([
      { priority: 0, name: 'n', host: 'first', sccpPort: 2000, securedSccpPort: 2443 },
      { priority: 1, name: 'n', host: 'second', sccpPort: 2000, securedSccpPort: 2443 },
      { priority: 2, name: 'n', host: 'third', sccpPort: 2002, securedSccpPort: 2443 },
    ]);
  });

  it('reads the file of a CallManager Express: no declaration, indented, attributes and comments in places', () => {
    const text = `
<device>
  <!-- made by CME -->
  <devicePool>
    <callManagerGroup>
      <members>
        <member  priority='0'>
          <callManager>
            <ports> <ethernetPhonePort>2000</ethernetPhonePort> </ports>
            <processNodeName><![CDATA[10.1.1.1]]></processNodeName>
          </callManager>
        </member>
      </members>
    </callManagerGroup>
  </devicePool>
  <versionStamp>{Jan 01 2002 00:00:00}</versionStamp>
  <loadInformation model="IP Phone 7961">SCCP41.9-4-2SR3-1S</loadInformation>
  <userLocale><name>English&#95;United_States</name><langCode>en</langCode></userLocale>
  <networkLocale>United_States</networkLocale>
</device>
`;
    expect(config(parseDeviceConfig(Buffer.from(text)))).toMatchObject({
      callManagers: [{ priority: 0, name: '', host: '10.1.1.1', sccpPort: 2000 }],
      versionStamp: '{Jan 01 2002 00:00:00}',
      loadInformation: 'SCCP41.9-4-2SR3-1S',
      userLocale: { name: 'English_United_States', version: '' },
      networkLocale: { name: 'United_States', version: '' },
    });
  });

  it('reads SRST, but not one that is disabled or has no address', () => {
    const srst = (option: string): string =>
      `<srstInfo><name>branch</name><srstOption>${option}</srstOption><ipAddr1>10.9.9.9</ipAddr1><port1/>
       <ipAddr2>0.0.0.0</ipAddr2><ipAddr3>10.9.9.8</ipAddr3><port3>2005</port3><isSecure>TRUE</isSecure></srstInfo>`;
    expect(config(pool(srst('Enable'))).srst).toEqual({
      name: 'branch',
      servers: [
        { host: '10.9.9.9', port: 2000 },
        { host: '10.9.9.8', port: 2005 },
      ],
      isSecure: true,
    });
    expect(config(pool(srst('Disable'))).srst).toBeNull();
  });

  it('the first of a repeated element counts', () => {
    expect(config(device('<certHash>aa</certHash><certHash>bb</certHash>')).certHash).toBe('aa');
  });

  it.each([
    ['<deviceProtocol>H323</deviceProtocol>', 'deviceProtocol: neither SCCP nor SIP'],
    ['<fullConfig>maybe</fullConfig>', 'fullConfig: neither true nor false'],
    ['<deviceSecurityMode>4</deviceSecurityMode>', 'deviceSecurityMode: not a whole number from 0 to 3'],
    ['<capfAuthMode>0x1</capfAuthMode>', 'capfAuthMode: not a whole number from 0 to 255'],
    [
      `<devicePool>${members('<member priority="x"><callManager><processNodeName>h</processNodeName></callManager></member>')}</devicePool>`,
      'priority: not a whole number from 0 to 1000',
    ],
    [
      `<devicePool>${members('<member><callManager><ports><ethernetPhonePort>70000</ethernetPhonePort></ports><processNodeName>h</processNodeName></callManager></member>')}</devicePool>`,
      'ethernetPhonePort: not a whole number from 1 to 65535',
    ],
  ])('a value that cannot be is malformed: %s', (inside, detail) => {
    expect(device(inside)).toEqual({ ok: false, problem: 'malformed', detail });
  });
});

describe('XMLDefault', () => {
  it('finds the loads whatever the case and the zeros, and the CallManagers below the root', () => {
    const text = `<Default>${members('<member priority="0"><callManager><processNodeName>h</processNodeName></callManager></member>')}
      <loadInformation115 model="Cisco 7941">A</loadInformation115><loadinformation621>B</loadinformation621>
      <loadInformation00404>C</loadInformation00404><loadInformation8/><loadInformationX>D</loadInformationX></Default>`;
    const parsed = config(parseDefaultConfig(Buffer.from(text)));
    expect(parsed.callManagers.map((member) => member.host)).toEqual(['h']);
    expect([...parsed.loads]).toEqual([
      [115, 'A'],
      [621, 'B'],
      [404, 'C'],
    ]);
  });

  it('is no device file, and the other way round', () => {
    const options = { callManagers: [{ host: 'h' }], loads: new Map<number, string>() };
    expect(parseDeviceConfig(buildDefaultConfig(options))).toMatchObject({ ok: false, problem: 'malformed' });
    expect(parseDefaultConfig(buildDeviceConfig({ deviceName: 'SEP001122334455', ...options }))).toEqual({
      ok: false,
      problem: 'malformed',
      detail: 'root element <device> where <Default> should be',
    });
  });
});

describe('hostile files', () => {
  const open = '<device>';
  const close = '</device>';
  const million = 1_000_000;
  const laughs = Array.from({ length: 30 }, (_, n) => `<!ENTITY l${n + 1} "${`&l${n};`.repeat(10)}">`).join(
    '',
  );
  const roomy = { ...DEFAULT_CONFIG_LIMITS, maxBytes: 64 * 1024 * 1024 };

  it('50 MB are refused unread', () => {
    expect(parseDeviceConfig(Buffer.alloc(50_000_000, 0x20))).toEqual({
      ok: false,
      problem: 'too-large',
      detail: '50000000 bytes, at most 2097152',
    });
  });

  it.each([
    ['nothing', ''],
    ['not XML', 'File not found'],
    ['binary', Buffer.from([0x7f, 0x45, 0x4c, 0x46, 0xff, 0x00, 0x01])],
    ['zeros', Buffer.alloc(9000)],
    ['another root', '<CiscoIPPhoneText><Title/></CiscoIPPhoneText>'],
    ['two roots', '<device/><device/>'],
    [
      'a million declared entities',
      `<!DOCTYPE device [${'<!ENTITY a "b">'.repeat(million)}]>${open}${close}`,
    ],
    ['a billion laughs', `<!DOCTYPE device [<!ENTITY l0 "ha">${laughs}]>${open}&l30;${close}`],
    ['an external entity', `<!DOCTYPE device [<!ENTITY x SYSTEM "file:///etc/passwd">]>${open}&x;${close}`],
    ['a million undeclared entities', `${open}${'&x;'.repeat(million)}${close}`],
    ['a million references', `${open}${'&amp;'.repeat(million)}${close}`],
    ['100,000 levels', `${open}${'<a>'.repeat(100_000)}${'</a>'.repeat(100_000)}${close}`],
    ['100,000 levels and no end', `${open}${'<a>'.repeat(100_000)}`],
    ['a million elements', `${open}${'<a/>'.repeat(million)}${close}`],
    ['a million attributes', `<device${Array.from({ length: million }, (_, n) => ` a${n}="1"`).join('')}/>`],
    ['a million attributes without value', `<device${' a'.repeat(million)}/>`],
    ['ten million blanks in a tag', `<device${' '.repeat(10 * million)}<`],
    ['a quote that does not close', `<device a="${'x '.repeat(million)}`],
    ['many quotes that do not pair', `<device a="'${`" b='"' c="`.repeat(million)}`],
    ['a million openings of comments', `${open}${'<!--'.repeat(million)}`],
    ['a million openings of tags', '<'.repeat(million)],
    ['a prototype', `${open}<devicePool><__proto__><a>h</a></__proto__></devicePool>${close}`],
  ])('%s: malformed', (_name, content) => {
    expect(parseDeviceConfig(Buffer.from(content), roomy)).toMatchObject({ ok: false, problem: 'malformed' });
  });

  it('references to predefined entities give one character each, up to the limit', () => {
    const references = (count: number) => device(`<certHash>${'&amp;'.repeat(count)}</certHash>`);
    expect(config(references(10_000)).certHash).toBe('&'.repeat(10_000));
    expect(references(10_001)).toEqual({
      ok: false,
      problem: 'malformed',
      detail: 'over 10000 references @18',
    });
  });

  it('a genuine file that is cut anywhere is malformed', () => {
    const whole = buildDeviceConfig({ deviceName: 'SEP001122334455', callManagers: [{ host: 'h' }] });
    expect(parseDeviceConfig(whole).ok).toBe(true);
    const lastByte = whole.toString().trimEnd().length;
    for (let length = 0; length < lastByte; length += 97) {
      expect(parseDeviceConfig(whole.subarray(0, length))).toMatchObject({ ok: false, problem: 'malformed' });
    }
    expect(parseDeviceConfig(whole.subarray(0, lastByte - 1)).ok).toBe(false);
  });

  it('any bytes, and a genuine file with any bytes in it, end in a result', () => {
    const whole = buildDeviceConfig({ deviceName: 'SEP001122334455', callManagers: [{ host: 'h' }] });
    const spoiled = fc
      .tuple(fc.nat(whole.length - 1), fc.uint8Array({ minLength: 1, maxLength: 4 }))
      .map(([at, bytes]) => Buffer.concat([whole.subarray(0, at), bytes, whole.subarray(at + bytes.length)]));
    const seen = { ok: 0, malformed: 0 };
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 200 }), spoiled), (bytes) => {
        const parsed = parseDeviceConfig(bytes);
        if (parsed.ok) seen.ok++;
        else {
          expect(parsed.problem).toBe('malformed');
          expect(parsed.detail.length).toBeLessThan(300);
          seen.malformed++;
        }
      }),
      { numRuns: 1000 },
    );
    expect(seen.malformed).toBeGreaterThan(100);
  });
});
