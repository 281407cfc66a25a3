import { BootstormError } from '../errors.ts';
import { parseMac } from '../phone/identity.ts';
import { compilePlan } from '../scenario/compile.ts';
import { parseDuration } from '../scenario/duration.ts';
import { type LoadedScenario, loadScenario } from '../scenario/load.ts';
import type { RunPlan } from '../scenario/plan.ts';
import type { Scenario } from '../scenario/schema.ts';
import { inspectCertificates } from './certificate-facts.ts';
import { EXIT_CODES } from './exit-codes.ts';
import { startLabFor } from './lab-of-plan.ts';
import { bootOnePhone } from './one-phone.ts';
import { checkWritable } from './output-file.ts';
import { scenarioOf } from './scenario-options.ts';

export interface PhoneFlags extends Record<string, unknown> {
  readonly lab?: boolean;
  readonly hold: string;
  readonly timeout: string;
  readonly boots: string;
  readonly modelled?: boolean;
  readonly pcap?: string;
  readonly record?: string;
  readonly keyLog?: string;
}

/** One boot, from the command line to the exit code. */
export async function bootPhone(device: string, file: string | undefined, flags: PhoneFlags): Promise<void> {
  const loaded = onePhone(device, file, flags);
  if (flags.pcap !== undefined) checkWritable(flags.pcap, '--pcap');
  if (flags.record !== undefined) checkWritable(flags.record, '--record');
  if (flags.keyLog !== undefined) {
    checkWritable(flags.keyLog, '--key-log');
    process.stderr.write(`warning: whoever has ${flags.keyLog} can read what this phone says over TLS\n`);
  }
  const print = (line: string): void => void process.stdout.write(`${line}\n`);
  const compiled = compilePlan(loaded);
  const inspected = await inspectCertificates(compiled);
  for (const warning of inspected?.warnings ?? []) process.stderr.write(`warning: ${warning}\n`);
  const { plan, close } = await startLabFor(compiled, print);
  try {
    printTarget(plan, flags.modelled === true);
    const ready = await bootOnePhone({
      plan,
      holdMs: durationMs('--hold', flags.hold),
      timeoutMs: durationMs('--timeout', flags.timeout),
      pcap: flags.pcap ?? null,
      record: flags.record ?? null,
      keyLog: flags.keyLog ?? null,
      print,
    });
    process.exitCode = EXIT_CODES[ready ? 'ok' : 'thresholdsMissed'].code;
  } finally {
    await close();
  }
}

/** The scenario of this one phone: the flags over the file or the defaults, its MAC as the whole inventory. */
function onePhone(device: string, file: string | undefined, flags: PhoneFlags): LoadedScenario {
  const mac = parseMac(device);
  if (mac === null) {
    throw new BootstormError('invalid-inventory', `${device} is neither a MAC address nor a device name`, {
      hint: 'write 001122334455, 00:11:22:33:44:55, 0011.2233.4455 or SEP001122334455',
    });
  }
  const loaded = scenarioOf(file, flags);
  const { scenario } = loaded;
  const named = scenario.target.dhcp !== undefined || scenario.target.tftp.servers !== undefined;
  const { callManagers } = scenario.target;
  if (!named && callManagers === undefined && flags.lab !== true && file === undefined) {
    throw new BootstormError('invalid-scenario', 'no server is named', {
      hint: 'give --tftp ADDRESS:PORT, --dhcp ADDRESS:PORT with --relay-addresses, --callmanagers, a scenario, or --lab',
    });
  }
  const boots = Number(flags.boots);
  if (!Number.isInteger(boots) || boots < 1) {
    throw new BootstormError('invalid-scenario', `--boots ${flags.boots}: expected a whole number from 1`);
  }
  const modelled = flags.modelled === true ? [] : (['power', 'image', 'vlan'] as const);
  const filesLeftOut = callManagers !== undefined && !named ? (['ctl', 'config'] as const) : [];
  const listed = loaded.inventory?.phones.find((phone) => phone.mac === mac);
  return {
    ...loaded,
    inventory: { file: device, phones: [listed ?? { ...UNLISTED, mac }] },
    scenario: {
      ...withoutStorm(scenario),
      name: `phone SEP${mac}`,
      skip: [...new Set([...scenario.skip, ...modelled, ...filesLeftOut])],
      phones: { ...scenario.phones, maxBootAttempts: boots },
    },
  };
}

const UNLISTED = { model: null, security: null, site: '', floor: '', switch: '' } as const;

/** What a scenario says of many phones and of the day is not for one. */
function withoutStorm(scenario: Scenario): Scenario {
  const { ramp, outage, thresholds } = loadScenario({}).scenario;
  return { ...scenario, ramp, outage, thresholds, lab: { ...scenario.lab, events: [] } };
}

function printTarget(plan: RunPlan, modelled: boolean): void {
  const { dhcp, tftpServers, sccp } = plan.boot;
  const address = dhcp ? `DHCP ${dhcp.server.host}:${dhcp.server.port}` : 'static address';
  const tftp = tftpServers?.map(({ host, port }) => `${host}:${port}`).join(', ') ?? 'from the lease';
  process.stdout.write(`${plan.name}: ${address}; TFTP ${tftp}; SCCP version ${sccp.protocolVersion}\n`);
  if (!modelled)
    process.stdout.write('steps 1 to 3 (power, image, VLAN) are modelled time and left out: --modelled\n');
}

function durationMs(flag: string, text: string): number {
  const duration = parseDuration(text);
  if (duration !== null) return duration * 1000;
  throw new BootstormError('invalid-scenario', `${flag} ${text}: expected a time such as 500ms, 30s or 5m`);
}
