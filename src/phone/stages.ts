/**
 * The stages of a boot: the eight steps of the start-up process, Table 2-4 of the Cisco Unified IP Phone
 * 7961G/7941G Administration Guide (OL-6966), with step 8 (contact CallManager) divided into its parts.
 */
export interface StageFacts {
  /** Row of Table 2-4. */
  readonly step: 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8;
  readonly title: string;
  /** Whether the time of the stage comes from the scenario (modelled) or from the network (measured). */
  readonly time: 'modelled' | 'measured';
  /** The role of the server that the stage talks to. */
  readonly serverRole: ServerRole | null;
}

export const SERVER_ROLES = ['dhcp', 'http', 'tftp', 'capf', 'tvs', 'dns', 'callManager'] as const;
export type ServerRole = (typeof SERVER_ROLES)[number];

export const STAGES = {
  power: { step: 1, title: 'Obtain power from the switch', time: 'modelled', serverRole: null },
  image: { step: 2, title: 'Load the stored phone image', time: 'modelled', serverRole: null },
  vlan: { step: 3, title: 'Configure the VLAN', time: 'modelled', serverRole: null },
  dhcp: { step: 4, title: 'Obtain an IP address', time: 'measured', serverRole: 'dhcp' },
  tftpServer: { step: 5, title: 'Find the TFTP server', time: 'measured', serverRole: null },
  ctl: { step: 6, title: 'Request the trust lists', time: 'measured', serverRole: 'tftp' },
  config: { step: 7, title: 'Request the configuration file', time: 'measured', serverRole: 'tftp' },
  capf: { step: 7, title: 'Enrol a certificate (CAPF)', time: 'measured', serverRole: 'capf' },
  firmware: { step: 7, title: 'Download the firmware', time: 'measured', serverRole: 'tftp' },
  locale: { step: 7, title: 'Request the locale files', time: 'measured', serverRole: 'tftp' },
  dns: { step: 8, title: 'Resolve the CallManager name', time: 'measured', serverRole: 'dns' },
  connect: { step: 8, title: 'Connect to CallManager', time: 'measured', serverRole: 'callManager' },
  handshake: { step: 8, title: 'Secure the connection (TLS)', time: 'measured', serverRole: 'callManager' },
  register: { step: 8, title: 'Register (to RegisterAck)', time: 'measured', serverRole: 'callManager' },
  ready: { step: 8, title: 'Set up lines (to DefineTimeDate)', time: 'measured', serverRole: 'callManager' },
} as const satisfies Record<string, StageFacts>;

export type Stage = keyof typeof STAGES;

export const STAGE_NAMES = Object.keys(STAGES) as readonly Stage[];

/** Those in which a phone asks for files, by TFTP or by HTTP from the same servers. */
export const FILE_STAGES: readonly Stage[] = STAGE_NAMES.filter((name) => STAGES[name].serverRole === 'tftp');
