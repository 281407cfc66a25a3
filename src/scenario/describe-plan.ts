import type { HostPort } from '../phone/boot-settings.ts';
import { imageTime } from '../phone/boot-settings.ts';
import { mostSeries } from '../metrics/series-count.ts';
import { OTHER } from '../metrics/series-bounds.ts';
import { formatPool } from './address-pool.ts';
import type { Budget } from './budget.ts';
import { upgradeLines } from './describe-firmware.ts';
import { databaseText, onDemand } from './describe-lab.ts';
import { describeDistribution } from './distribution-field.ts';
import { formatDuration } from './duration.ts';
import { formatHostPort } from './host-port.ts';
import { powerLines } from './describe-power.ts';
import { type CertificateFacts, securityLines } from './describe-security.ts';
import { countGroups } from './phone-groups.ts';
import { wrap } from './plain-text.ts';
import { identityOf, type RunPlan } from './plan.ts';
import { leastDurationSeconds, modelledSeconds } from './plan-times.ts';

const WIDTH = 100;
const LABEL_COLUMNS = 13;

/** What `bootstorm plan` prints: what would be sent, to whom and when. Sends nothing. */
export function describePlan(
  plan: RunPlan,
  budget: Budget,
  certificates: CertificateFacts | null = null,
): string {
  const sections = [
    section('Phones', phoneLines(plan)),
    section('To whom', targetLines(plan)),
    section('Each phone', bootLines(plan)),
    section(
      'Security',
      securityLines(plan, budget, certificates).map(([label, text]) => row(label, text)),
    ),
    section('When', timeLines(plan)),
    section('The lab, on demand', plan.target.type === 'lab' ? onDemand(plan.target.settings) : []),
    section(
      'What the run has to fulfil, or it fails',
      plan.thresholds.map(({ text }) => text),
    ),
    section('From', machineLines(plan, budget)),
    section('Warnings', [...plan.warnings, ...budget.warnings]),
  ];
  const title = `${plan.name}: ${count(plan.phoneCount, 'phone')}, seed ${plan.seed}${plan.target.type === 'lab' ? ' (embedded lab, not CUCM)' : ''}`;
  return `${[title, ...sections.filter((text) => text !== '')].join('\n\n')}\n`;
}

function section(title: string, lines: readonly string[]): string {
  return lines.length === 0 ? '' : [title, ...lines.flatMap(folded)].join('\n');
}

/** Within 100 columns; what a row goes on with stands below its text. */
function folded(line: string): readonly string[] {
  const indent = /^ {14}|^\S+(?: \S+)* {2,}(?=\S)/.test(line) ? LABEL_COLUMNS + 3 : 2;
  return wrap(line, WIDTH, ' '.repeat(indent), '  ');
}

function row(label: string, text: string): string {
  return `${label.padEnd(LABEL_COLUMNS)} ${text}`;
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
    ...(plan.target.type === 'lab'
      ? databaseText(plan.target.settings).map((text) => row('database', text))
      : []),
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
    ...(asksFiles && boot.files.transport === 'http-then-tftp' ? [row('HTTP', httpText(plan))] : []),
    row(
      'CallManager',
      boot.skip.callManager
        ? 'not contacted'
        : (servers(boot.callManagers) ?? 'as the configuration file says'),
    ),
    row('allowed', `${plan.allow.join(', ')}; every other destination is refused`),
  ];
}

function httpText({ boot, target }: RunPlan): string {
  const { httpPort, fallbackMs } = boot.files;
  const fromLab = target.type === 'lab' && target.endpoints === null;
  const where = fromLab ? 'the embedded lab, port chosen at start' : `the TFTP servers, port ${httpPort}`;
  return `${where}: each file first, TFTP ${formatDuration(fallbackMs / 1000)} after a failure`;
}

function server(address: HostPort): string {
  return address.port === 0 ? 'the embedded lab, port chosen at start' : formatHostPort(address);
}

function servers(list: readonly HostPort[] | null): string | null {
  return list === null ? null : list.map(server).join(', then ');
}

/** Files and messages as `SEP<MAC>` names them, in the order of Table 2-4. */
function bootLines(plan: RunPlan): readonly string[] {
  const { boot } = plan;
  const trust =
    boot.sccp.protocolVersion === 17 ? 'CTLSEP<MAC>.tlv' : 'CTLSEP<MAC>.tlv, ITLSEP<MAC>.tlv, ITLFile.tlv';
  const request = boot.flash === 'warm' && boot.dhcp?.initReboot ? 'REQUEST (INIT-REBOOT), or ' : '';
  const files = boot.files.transport === 'tftp' ? 'TFTP' : 'HTTP, TFTP';
  const lines = [
    boot.dhcp === null
      ? ''
      : row('DHCP', `${request}DISCOVER and REQUEST${boot.dhcp.release ? '; RELEASE at the end' : ''}`),
    boot.skip.ctl ? '' : row(files, trust),
    boot.skip.config ? '' : row(files, 'SEP<MAC>.cnf.xml, or XMLDefault.cnf.xml where that is not found'),
    boot.skip.ctl || boot.skip.config
      ? ''
      : row(
          '',
          'signed (.sgn) where a trust list names the TFTP server, encrypted (.enc.sgn) where that one says so',
        ),
    ...upgradeLines(plan).map((line, i) => row(i === 0 ? 'firmware' : '', line)),
    boot.skip.config || boot.flash === 'warm'
      ? ''
      : row(files, 'locale files, as the configuration names them'),
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
  const { boot } = plan;
  const { compression } = boot.timing;
  const note = compression === 1 ? 'real time' : `divided by ${compression}: compressed, not real time`;
  const image = imageText(plan);
  const steps = [
    boot.skip.power ? 'power left out' : `power ${describeDistribution(boot.timing.power)}`,
    boot.skip.image ? 'image left out' : `image ${image}`,
    boot.skip.vlan ? 'VLAN left out' : `VLAN ${describeDistribution(boot.timing.vlan)}`,
  ];
  return [
    ...powerLines(plan).map(([label, text]) => row(label, text)),
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

/** The models that take equally long stand together. */
function imageText({ boot, phones }: RunPlan): string {
  if (boot.timing.image !== null) return describeDistribution(boot.timing.image);
  const names = phones.type === 'generated' ? phones.models : phones.modelNames;
  const models = new Map<string, string[]>();
  for (const model of new Set(names)) {
    const time = describeDistribution(imageTime(boot.timing, model));
    models.set(time, [...(models.get(time) ?? []), model]);
  }
  return [...models].map(([time, of]) => `${time} (${of.join(', ')})`).join(', ');
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
    ...(budget.vanish
      ? [
          row(
            'routes',
            'the address of a phone without power is blackholed (ip route, table local), then as before',
          ),
        ]
      : []),
    row(
      'agents',
      `${count(budget.agents, 'process').replace(/processs$/, 'processes')} with ${count(budget.threadsPerAgent, 'thread')} each; up to ${count(budget.phonesPerWorker, 'phone')} on a thread`,
    ),
    row(
      'descriptors',
      `${budget.descriptorsPerAgent.toLocaleString('en')} in each process (${budget.descriptorsPerPhone} for each phone); the limit is ${budget.descriptorLimit.toLocaleString('en')}`,
    ),
    ...(plan.output.metricsPort === null ? [] : [row('metrics', seriesText(plan, budget))]),
  ];
}

/** The most series that a metrics endpoint of the run can have. */
function seriesText(plan: RunPlan, { agents }: Budget): string {
  const groups = countGroups(plan);
  const most = mostSeries({ groups, agents, thresholds: plan.thresholds.length });
  const sites = `${count(groups, 'pair')} of site and model`;
  const others = plan.siteNames.includes(OTHER) ? `; small sites are one, \`${OTHER}\`` : '';
  return `at most ${most.toLocaleString('en')} series, whatever the number of phones; ${sites}${others}`;
}
