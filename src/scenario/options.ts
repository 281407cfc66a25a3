import { asList, asNumber, asRamp, asSwitch, asText } from './option-values.ts';
import type { KeyPath } from './problems.ts';

/** A flag as a user writes it. */
export interface FlagShape {
  /** `max-duration`: the flag is `--max-duration`, the variable BOOTSTORM_MAX_DURATION. */
  readonly name: string;
  /** What stands for the value in help; null: a switch. */
  readonly value: string | null;
}

/**
 * Scenario keys that a command line flag or an environment variable can set. This table is the one place: flags, help,
 * variables and precedence derive from it.
 */
export interface ScenarioOption extends FlagShape {
  readonly path: KeyPath;
  readonly description: string;
  /** Keys that contradict this one, and give way to it. */
  readonly replaces?: readonly KeyPath[];
  /** From text to what the scenario would say; the schema judges the result. */
  readonly parse: (text: string) => unknown;
}

const NAMED_TARGET = [['target', 'lab']] as const;

export const SCENARIO_OPTIONS: readonly ScenarioOption[] = [
  {
    name: 'phones',
    value: '<count>',
    path: ['phones', 'generate', 'count'],
    description: 'boot this many made-up phones',
    replaces: [['phones', 'inventory']],
    parse: asNumber,
  },
  {
    name: 'inventory',
    value: '<file>',
    path: ['phones', 'inventory'],
    description: 'boot the phones in this file (CSV, or one MAC a line)',
    replaces: [['phones', 'generate']],
    parse: asText,
  },
  {
    name: 'model',
    value: '<model>',
    path: ['phones', 'model'],
    description: 'model of the phones',
    replaces: [['phones', 'models']],
    parse: asText,
  },
  {
    name: 'protocol-version',
    value: '<17|22>',
    path: ['phones', 'protocolVersion'],
    description: 'highest SCCP version that the phones announce',
    parse: asNumber,
  },
  {
    name: 'flash',
    value: '<warm|factory>',
    path: ['phones', 'flash'],
    description: 'what the phones remember from before',
    parse: asText,
  },
  {
    name: 'certificates',
    value: '<folder>',
    path: ['phones', 'security', 'certificates'],
    description: 'certificates and keys of the phones, as `bootstorm pki issue` makes them',
    parse: asText,
  },
  {
    name: 'capf-password-file',
    value: '<file>',
    path: ['phones', 'security', 'passwordFile'],
    description: 'file with the authentication string of the phones for CAPF',
    parse: asText,
  },
  {
    name: 'seed',
    value: '<number>',
    path: ['seed'],
    description: 'the same seed gives the same schedule',
    parse: asNumber,
  },
  {
    name: 'ramp',
    value: '<stages>',
    path: ['ramp'],
    description:
      '"all at once", a shape such as per-switch, or stages "duration:phones,..." as in 10s:600,5s:400',
    parse: asRamp,
  },
  {
    name: 'compression',
    value: '<factor>',
    path: ['timing', 'compression'],
    description: 'divide the modelled times (power, image, VLAN) by this',
    parse: asNumber,
  },
  {
    name: 'skip',
    value: '<steps>',
    path: ['skip'],
    description: 'leave out steps: power, image, vlan, dhcp, ctl, config, callManager',
    parse: asList,
  },
  {
    name: 'hold',
    value: '<duration>',
    path: ['hold'],
    description: 'keep the phones up so long once all are in service',
    parse: asNumber,
  },
  {
    name: 'max-duration',
    value: '<duration>',
    path: ['maxDuration'],
    description: 'end at the latest so long after the start',
    parse: asNumber,
  },
  {
    name: 'drain-rate',
    value: '<per second>',
    path: ['drain', 'perSecond'],
    description: 'phones that unregister each second at the end',
    parse: asNumber,
  },
  {
    name: 'dhcp',
    value: '<address[:port]>',
    path: ['target', 'dhcp', 'server'],
    description: 'DHCP server',
    replaces: NAMED_TARGET,
    parse: asText,
  },
  {
    name: 'dhcp-reply-port',
    value: '<port>',
    path: ['target', 'dhcp', 'replyPort'],
    description: 'port on the relay addresses where DHCP answers arrive (67 on a real network)',
    parse: asNumber,
  },
  {
    name: 'relay-addresses',
    value: '<addresses>',
    path: ['target', 'dhcp', 'relayAddresses'],
    description: 'addresses of this machine used as giaddr',
    parse: asText,
  },
  {
    name: 'dns',
    value: '<address[:port],...>',
    path: ['target', 'dns', 'servers'],
    description: 'DNS servers instead of those in the lease',
    replaces: NAMED_TARGET,
    parse: asList,
  },
  {
    name: 'tftp',
    value: '<address[:port],...>',
    path: ['target', 'tftp', 'servers'],
    description: 'TFTP servers instead of those in the lease',
    replaces: NAMED_TARGET,
    parse: asList,
  },
  {
    name: 'file-transport',
    value: '<tftp|http-then-tftp>',
    path: ['target', 'files', 'transport'],
    description: 'how phones ask for files',
    parse: asText,
  },
  {
    name: 'callmanagers',
    value: '<host[:port],...>',
    path: ['target', 'callManagers'],
    description: 'CallManagers instead of those in the configuration file',
    replaces: NAMED_TARGET,
    parse: asList,
  },
  {
    name: 'source-addresses',
    value: '<addresses|shared>',
    path: ['sourceAddresses'],
    description: 'addresses of this machine for the phones, one each',
    parse: asText,
  },
  {
    name: 'lab-callmanagers',
    value: '<count>',
    path: ['lab', 'callManagers'],
    description: 'CallManagers of the embedded lab',
    parse: asNumber,
  },
  {
    name: 'known-phones',
    value: '<all|none|share|count>',
    path: ['lab', 'knownPhones'],
    description: 'phones in the database of the embedded lab, such as 95%',
    parse: asNumber,
  },
  {
    name: 'auto-registration',
    value: null,
    path: ['lab', 'autoRegistration'],
    description: 'the embedded lab registers phones that its database does not hold',
    parse: asSwitch,
  },
  {
    name: 'keepalive',
    value: '<seconds>',
    path: ['lab', 'keepAliveSeconds'],
    description: 'keepalive interval that the embedded lab asks for',
    parse: asNumber,
  },
  {
    name: 'lateness-limit',
    value: '<duration>',
    path: ['validity', 'latenessP99'],
    description: 'later timers (99th percentile) make the run INVALID',
    parse: asNumber,
  },
  {
    name: 'lag-limit',
    value: '<duration>',
    path: ['validity', 'eventLoopLagP99'],
    description: 'more event-loop lag (99th percentile) makes the run INVALID',
    parse: asNumber,
  },
  {
    name: 'block-limit',
    value: '<duration>',
    path: ['validity', 'longestBlock'],
    description: 'a worker that stands still for longer, once, makes the run INVALID',
    parse: asNumber,
  },
  {
    name: 'drop-limit',
    value: '<share>',
    path: ['validity', 'droppedDatagrams'],
    description: 'more datagrams dropped at relay sockets, such as 0.1%, make the run INVALID',
    parse: asText,
  },
  {
    name: 'lost-snapshots-limit',
    value: '<count>',
    path: ['validity', 'lostSnapshots'],
    description: 'more seconds without news of a shard make the run INVALID',
    parse: asNumber,
  },
  {
    name: 'agents',
    value: '<count|auto>',
    path: ['workers', 'agents'],
    description: 'processes that boot phones; with --redis: how many the run waits for',
    parse: asNumber,
  },
  {
    name: 'threads',
    value: '<count|auto>',
    path: ['workers', 'threads'],
    description: 'worker threads in each process',
    parse: asNumber,
  },
  {
    name: 'on-agent-loss',
    value: '<continue|restart|abort>',
    path: ['cluster', 'onAgentLoss'],
    description: 'what becomes of the phones of an agent that is lost',
    parse: asText,
  },
  {
    name: 'on-lost-control',
    value: '<stop-starts|continue>',
    path: ['cluster', 'onLostControl'],
    description: 'whether an agent that is out of contact starts more phones',
    parse: asText,
  },
  {
    name: 'wait',
    value: '<duration>',
    path: ['cluster', 'wait'],
    description: 'how long to wait for agents on other machines',
    parse: asNumber,
  },
  {
    name: 'json',
    value: '<file>',
    path: ['output', 'json'],
    description: 'write the summary here as JSON',
    parse: asText,
  },
  {
    name: 'junit',
    value: '<file>',
    path: ['output', 'junit'],
    description: 'write thresholds and verdict here as JUnit XML',
    parse: asText,
  },
  {
    name: 'phones-csv',
    value: '<file>',
    path: ['output', 'phonesCsv'],
    description: 'write a row for each phone here, as CSV',
    parse: asText,
  },
  {
    name: 'metrics-port',
    value: '<port>',
    path: ['output', 'metricsPort'],
    description: 'serve Prometheus metrics on this port while the run lasts',
    parse: asNumber,
  },
  {
    name: 'metrics-address',
    value: '<address>',
    path: ['output', 'metricsAddress'],
    description: 'address of this machine for the metrics; 0.0.0.0 lets others scrape',
    parse: asText,
  },
  {
    name: 'quiet',
    value: null,
    path: ['output', 'quiet'],
    description: 'print nothing but the report',
    parse: asSwitch,
  },
  {
    name: 'log-format',
    value: '<text|json>',
    path: ['output', 'logFormat'],
    description: 'print words, or one JSON object a line: run log, progress, verdict',
    parse: asText,
  },
];

/** `--max-duration <duration>`, as commander wants it. */
export function optionFlags({ name, value }: FlagShape): string {
  return value === null ? `--${name}` : `--${name} ${value}`;
}

/** `maxDuration`: the key under which commander hands the value over. */
export function optionAttribute({ name }: Pick<FlagShape, 'name'>): string {
  return name.replaceAll(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

/** `BOOTSTORM_MAX_DURATION` */
export function optionVariable({ name }: Pick<FlagShape, 'name'>): string {
  return `BOOTSTORM_${name.toUpperCase().replaceAll('-', '_')}`;
}
