import type { HostPort } from '../phone/boot-settings.ts';
import { PHONE_MODELS } from '../phone/models.ts';
import { type Distribution, longestSeconds } from '../random/distribution.ts';
import { phonesStarted } from '../schedule/arrivals.ts';
import { type Ramp, rampSeconds } from '../schedule/ramp.ts';
import { formatPool } from './address-pool.ts';
import type { Budget } from './budget.ts';
import { describeDistribution } from './distribution-field.ts';
import { formatDuration } from './duration.ts';
import { formatHostPort } from './host-port.ts';
import { identityOf, type RunPlan } from './plan.ts';

/** What `bootstorm plan` prints: what would be sent, to whom and when. Sends nothing. */
export function describePlan(plan: RunPlan, budget: Budget): string {
  const sections = [
    section('Phones', phoneLines(plan)),
    section('To whom', targetLines(plan)),
    section('Each phone', bootLines(plan)),
    section('When', timeLines(plan)),
    section('From', machineLines(plan, budget)),
    section('Warnings', [...plan.warnings, ...budget.warnings]),
  ];
  const title = `${plan.name}: ${count(plan.phoneCount, 'phone')}, seed ${plan.seed}${plan.target.type === 'lab' ? ' (embedded lab, not CUCM)' : ''}`;
  return `${[title, ...sections.filter((text) => text !== '')].join('\n\n')}\n`;
}

/**
 * From the start to the end of the run where every phone comes into service at once it has been modelled: the ramp, the
 * longest modelled times, the hold and the drain, the first three cut to `maxDuration`. What the network takes comes on
 * top, and is what the run is to find out.
 */
export function leastDurationSeconds(plan: RunPlan): number {
  const untilHoldEnds = rampSeconds(plan.ramp) + modelledSeconds(plan) + plan.holdSeconds;
  const drain = plan.phoneCount / plan.drain.perSecond;
  return Math.min(untilHoldEnds, plan.maxDurationSeconds) + drain;
}

function section(title: string, lines: readonly string[]): string {
  return lines.length === 0 ? '' : [title, ...lines.map((line) => `  ${line}`)].join('\n');
}

function row(label: string, text: string): string {
  return `${label.padEnd(13)} ${text}`;
}

function count(value: number, noun: string): string {
  return `${value.toLocaleString('en')} ${noun}${value === 1 ? '' : 's'}`;
}

function phoneLines(plan: RunPlan): readonly string[] {
  const first = identityOf(plan, 0);
  const last = identityOf(plan, plan.phoneCount - 1);
  const source = plan.phones.type === 'generated' ? 'generated' : 'from the inventory';
  const models = new Map<string, number>();
  for (let i = 0; i < plan.phoneCount; i++) {
    const { model } = identityOf(plan, i);
    models.set(model, (models.get(model) ?? 0) + 1);
  }
  return [
    row('devices', `SEP${first.mac} to SEP${last.mac}, ${source}`),
    row(
      'models',
      [...models].map(([model, phones]) => `${model}: ${phones.toLocaleString('en')}`).join(', '),
    ),
    row('memory', plan.boot.flash === 'warm' ? 'warm flash: lease and locale files' : 'factory: none'),
  ];
}

function targetLines(plan: RunPlan): readonly string[] {
  const { boot, target } = plan;
  const relays = plan.relayAddresses === null ? '' : formatPool(plan.relayAddresses);
  const dhcp =
    boot.dhcp === null
      ? 'none: static addresses'
      : `${server(boot.dhcp.server)}; through relays, giaddr ${relays}${boot.dhcp.server.port === 0 ? '' : `, answers to port ${boot.dhcp.replyPort}`}`;
  const fromLab = target.type === 'lab' && target.endpoints === null;
  const dynamic = (what: string): string => (fromLab ? 'the embedded lab, port chosen at start' : what);
  const hosts = Object.entries(boot.dns.hosts).map(([name, address]) => `${name} is ${address}`);
  const asksFiles = !(boot.skip.ctl && boot.skip.config);
  return [
    row('DHCP', dhcp),
    row(
      'DNS',
      [
        servers(boot.dns.servers) ??
          (boot.dhcp === null && !fromLab ? 'none' : dynamic(`as DHCP says, port ${boot.dns.port}`)),
        ...hosts,
      ].join('; '),
    ),
    row(
      'TFTP',
      asksFiles ? (servers(boot.tftpServers) ?? dynamic(`as DHCP says, port ${boot.tftpPort}`)) : 'not asked',
    ),
    row(
      'CallManager',
      boot.skip.callManager
        ? 'not contacted'
        : (servers(boot.callManagers) ?? 'as the configuration file says'),
    ),
    row('allowed', `${plan.allow.join(', ')}; every other destination is refused`),
  ];
}

function server(address: HostPort): string {
  return address.port === 0 ? 'the embedded lab, port chosen at start' : formatHostPort(address);
}

function servers(list: readonly HostPort[] | null): string | null {
  return list === null ? null : list.map(server).join(', then ');
}

/** Files and messages as `SEP<MAC>` names them, in the order of Table 2-4. */
function bootLines({ boot }: RunPlan): readonly string[] {
  const trust =
    boot.sccp.protocolVersion === 17 ? 'CTLSEP<MAC>.tlv' : 'CTLSEP<MAC>.tlv, ITLSEP<MAC>.tlv, ITLFile.tlv';
  const request = boot.flash === 'warm' && boot.dhcp?.initReboot ? 'REQUEST (INIT-REBOOT), or ' : '';
  const lines = [
    boot.dhcp === null
      ? ''
      : row('DHCP', `${request}DISCOVER and REQUEST${boot.dhcp.release ? '; RELEASE at the end' : ''}`),
    boot.skip.ctl ? '' : row('TFTP', trust),
    boot.skip.config ? '' : row('TFTP', 'SEP<MAC>.cnf.xml, or XMLDefault.cnf.xml where that is not found'),
    boot.skip.callManager ? '' : row('DNS', 'A of each CallManager that is named by name'),
    boot.skip.callManager
      ? ''
      : row(
          'SCCP',
          `Alarm, Register (version ${boot.sccp.protocolVersion}), HeadsetStatus, CapabilitiesRes, ButtonTemplateReq,`,
        ),
    boot.skip.callManager
      ? ''
      : row(
          '',
          'SoftKeyTemplateReq, SoftKeySetReq, a request for each button, RegisterAvailableLines, TimeDateReq;',
        ),
    boot.skip.callManager ? '' : row('', 'KeepAlive during the hold, Unregister at the end'),
  ];
  return lines.filter((line) => line !== '');
}

function timeLines(plan: RunPlan): readonly string[] {
  const { boot, ramp } = plan;
  const { compression } = boot.timing;
  const note = compression === 1 ? 'real time' : `divided by ${compression}: compressed, not real time`;
  const image = boot.timing.image === null ? "each model's own" : describeDistribution(boot.timing.image);
  const steps = [
    boot.skip.power ? 'power left out' : `power ${describeDistribution(boot.timing.power)}`,
    boot.skip.image ? 'image left out' : `image ${image}`,
    boot.skip.vlan ? 'VLAN left out' : `VLAN ${describeDistribution(boot.timing.vlan)}`,
  ];
  return [
    ...rampLines(ramp, plan.phoneCount),
    row('modelled', steps.join('; ')),
    row('', `${note}; at most about ${formatDuration(modelledSeconds(plan))} for a phone`),
    row('hold', formatDuration(plan.holdSeconds)),
    row(
      'drain',
      `${plan.drain.perSecond} phones a second, ${formatDuration(plan.phoneCount / plan.drain.perSecond)}`,
    ),
    row(
      'in all',
      `${formatDuration(leastDurationSeconds(plan))} and what the network takes; hold over by ${formatDuration(plan.maxDurationSeconds)}`,
    ),
  ];
}

const CURVE_COLUMNS = 48;
const CURVE_LEVELS = ' ▁▂▃▄▅▆▇█';

function rampLines(ramp: Ramp, phones: number): readonly string[] {
  if (ramp.type === 'allAtOnce')
    return [row('power', `returns to all ${phones.toLocaleString('en')} phones at once`)];
  let begins = 0;
  const stages = ramp.stages.map((stage, i) => {
    const from = formatDuration(begins);
    begins += stage.durationSeconds;
    const rate =
      stage.durationSeconds === 0
        ? 'at once'
        : `${Number((stage.phones / stage.durationSeconds).toPrecision(3))}/s`;
    const what = stage.phones === 0 ? 'nobody' : `${count(stage.phones, 'phone')}, ${rate}`;
    return row(i === 0 ? 'power' : '', `${from} to ${formatDuration(begins)}: ${what}`);
  });
  if (begins === 0) return stages;
  return [
    ...stages,
    row('', `with power |${rampCurve(ramp, phones, begins)}| ${phones.toLocaleString('en')}`),
  ];
}

/** Phones with power over time, as one line of bars. */
function rampCurve(ramp: Ramp, phones: number, seconds: number): string {
  return Array.from({ length: CURVE_COLUMNS }, (_, column) => {
    const started = phonesStarted(ramp, phones, (seconds * (column + 1)) / CURVE_COLUMNS);
    return CURVE_LEVELS.charAt(Math.round((started / phones) * (CURVE_LEVELS.length - 1)));
  }).join('');
}

function machineLines(plan: RunPlan, budget: Budget): readonly string[] {
  const sources =
    plan.sourceAddresses === null
      ? 'the host’s own, shared by all phones'
      : `${formatPool(plan.sourceAddresses)}, ${budget.phonesPerSourceAddress === 1 ? 'one for each phone' : `${budget.phonesPerSourceAddress} phones on each`}`;
  return [
    row('addresses', sources),
    row(
      'ports',
      `up to ${count(budget.phonesPerSourceAddress * budget.descriptorsPerPhone, 'socket')} on each address, which has ${budget.portsPerSourceAddress.toLocaleString('en')} ports`,
    ),
    row(
      'agents',
      `${count(budget.agents, 'process').replace(/processs$/, 'processes')} with ${count(budget.threadsPerAgent, 'thread')} each; up to ${count(budget.phonesPerWorker, 'phone')} on a thread`,
    ),
    row(
      'descriptors',
      `${budget.descriptorsPerAgent.toLocaleString('en')} in each process (${budget.descriptorsPerPhone} for each phone); the limit is ${budget.descriptorLimit.toLocaleString('en')}`,
    ),
  ];
}

/** The longest that steps 1 to 3 take for a phone, compressed. */
function modelledSeconds(plan: RunPlan): number {
  const { skip, timing } = plan.boot;
  const power = skip.power ? 0 : longestSeconds(timing.power);
  const image = skip.image ? 0 : longestImageSeconds(plan, timing.image);
  const vlan = skip.vlan ? 0 : longestSeconds(timing.vlan);
  return (power + image + vlan) / timing.compression;
}

function longestImageSeconds({ phones }: RunPlan, image: Distribution | null): number {
  if (image !== null) return longestSeconds(image);
  const models = phones.type === 'generated' ? phones.models : phones.modelNames;
  return Math.max(
    ...models.map((model) => longestSeconds({ type: 'normal', ...PHONE_MODELS[model].imageTimeSeconds })),
  );
}
