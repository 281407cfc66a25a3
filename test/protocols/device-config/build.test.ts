import fc from 'fast-check';
import { expect, it } from 'vitest';
import { buildDefaultConfig, buildDeviceConfig } from '../../../src/protocols/device-config/build.ts';
import { parseDefaultConfig, parseDeviceConfig } from '../../../src/protocols/device-config/parse.ts';

/** Text as people type it into CUCM, markup characters included; blanks at the ends do not survive a phone. */
const text = fc.stringMatching(/^[A-Za-z0-9&<>"'.,:;_ äöü-]{1,20}$/).map((value) => `x${value}x`);
const port = fc.integer({ min: 1, max: 65_535 });
const callManager = fc.record({ name: text, host: text, sccpPort: port, securedSccpPort: port });
const locale = fc.record({ name: text, version: text });
const callManagers = fc.array(callManager, { maxLength: 4 });

it('a device file reads back as it was asked for', () => {
  const options = fc.record({
    deviceName: fc.stringMatching(/^SEP[0-9A-F]{12}$/),
    protocol: fc.constantFrom('SCCP' as const, 'SIP' as const),
    callManagers,
    srst: fc.record({ name: text, host: text, port }),
    loadInformation: text,
    versionStamp: text,
    userLocale: locale,
    networkLocale: locale,
    deviceSecurityMode: fc.constantFrom(1 as const, 2 as const, 3 as const),
    connectionMonitorSeconds: fc.integer({ min: -1, max: 3600 }),
    fullConfig: fc.boolean(),
    encrConfig: fc.boolean(),
    capfAuthMode: fc.integer({ min: 0, max: 4 }),
    certHash: text,
    capf: fc.record({ host: text, port }),
    tvs: fc.array(fc.record({ host: text, port }), { maxLength: 5 }),
  });
  fc.assert(
    fc.property(options, ({ deviceName, srst, capf, tvs, ...asked }) => {
      const parsed = parseDeviceConfig(buildDeviceConfig({ deviceName, srst, capf, tvs, ...asked }));
      expect(parsed).toEqual({
        ok: true,
        config: {
          ...asked,
          callManagers: asked.callManagers.map((member, priority) => ({ priority, ...member })),
          srst: { name: srst.name, servers: [{ host: srst.host, port: srst.port }], isSecure: false },
          capfServers: [capf],
          tvsServers: tvs,
          transportLayerProtocol: 4,
        },
      });
    }),
  );
});

it('XMLDefault reads back as it was asked for', () => {
  const loads = fc.dictionary(fc.integer({ min: 1, max: 40_000 }).map(String), text);
  fc.assert(
    fc.property(callManagers, loads, (members, byModel) => {
      const asked = new Map(Object.entries(byModel).map(([model, load]) => [Number(model), load]));
      expect(parseDefaultConfig(buildDefaultConfig({ callManagers: members, loads: asked }))).toEqual({
        ok: true,
        config: { callManagers: members.map((member, priority) => ({ priority, ...member })), loads: asked },
      });
    }),
  );
});

it('without SRST there is none', () => {
  const file = buildDeviceConfig({ deviceName: 'SEP001122334455', callManagers: [] });
  expect(parseDeviceConfig(file)).toMatchObject({ ok: true, config: { srst: null, callManagers: [] } });
});

it.each([1, 2, 3])('has the size of a genuine file with %i CallManagers, 7 to 13 KB', (count) => {
  const members = Array.from({ length: count }, (_, index) => ({ host: `127.0.0.${index + 10}` }));
  const file = buildDeviceConfig({ deviceName: 'SEP001122334455', callManagers: members });
  expect(file.length).toBeGreaterThan(7000);
  expect(file.length).toBeLessThan(13_000);
});

it('no two phones have the same file', () => {
  const file = (deviceName: string): Buffer => buildDeviceConfig({ deviceName, callManagers: [] });
  expect(file('SEP001122334455').equals(file('SEP001122334456'))).toBe(false);
});
