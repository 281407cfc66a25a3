import { CAPF_PORT, type Locale, SCCP_PORT, SECURED_SCCP_PORT } from './device-config.ts';
import { DEVICE_COMMON_XML, DEVICE_SERVICES_XML, VENDOR_CONFIG_XML } from './stock-elements.ts';

export interface CallManagerOptions {
  /** A label; default: the host. */
  readonly name?: string;
  readonly host: string;
  readonly sccpPort?: number;
  readonly securedSccpPort?: number;
}

export interface DeviceConfigOptions {
  /** SEP and twelve upper-case hex digits: part of the stamp, so that no two phones have the same file. */
  readonly deviceName: string;
  readonly protocol?: 'SCCP' | 'SIP';
  /** Highest priority first; CUCM's groups have one to three. */
  readonly callManagers: readonly CallManagerOptions[];
  readonly srst?: { readonly name: string; readonly host: string; readonly port?: number };
  readonly loadInformation?: string;
  /** Default: made from the device name. */
  readonly versionStamp?: string;
  /** Name and version. */
  readonly userLocale?: Locale;
  readonly networkLocale?: Locale;
  readonly deviceSecurityMode?: 1 | 2 | 3;
  /** Seconds. */
  readonly connectionMonitorSeconds?: number;
  readonly fullConfig?: boolean;
  readonly encrConfig?: boolean;
  readonly capfAuthMode?: number;
  readonly certHash?: string;
  /** Default: the first CallManager's host, with the port of a real network. */
  readonly capf?: ServiceAddress;
  readonly tvs?: readonly ServiceAddress[];
}

/** CAPF or TVS: a name or an address, and a port. */
export interface ServiceAddress {
  readonly host: string;
  readonly port: number;
}

/** The locales of a cluster on which no other was installed. */
export const STOCK_LOCALES = {
  user: { name: 'English_United_States', version: '' },
  network: { name: 'United_States', version: '' },
} as const satisfies Record<string, Locale>;

/**
 * A SEP<MAC>.cnf.xml of the shape and size (7 to 13 KB) that CUCM's TFTP service serves to a phone that runs SCCP.
 * Element names and nesting follow the usecallmanager.nz templates and chan-sccp's SEP_BASE_7970; the values are the
 * stock defaults. `parseDeviceConfig` reads back what was given here.
 */
export function buildDeviceConfig(options: DeviceConfigOptions): Buffer {
  const { deviceName, protocol = 'SCCP', deviceSecurityMode = 1 } = options;
  const { userLocale = STOCK_LOCALES.user, networkLocale = STOCK_LOCALES.network } = options;
  const stamp = options.versionStamp ?? `{${deviceName.toLowerCase()}-0001}`;
  const xml = `<?xml version="1.0" encoding="UTF-8"?>
<device xsi:type="axl:XIPPhone" ctiid="1" uuid="{${escapeXml(deviceName)}}">
<fullConfig>${options.fullConfig ?? true}</fullConfig>
<deviceProtocol>${protocol}</deviceProtocol>
<sshUserId></sshUserId>
<sshPassword></sshPassword>
<ipAddressMode>0</ipAddressMode>
<ipPreferenceModeControl>0</ipPreferenceModeControl>
${devicePool(options)}
${tvsMembers(options.tvs ?? [])}
${DEVICE_COMMON_XML}
${element('loadInformation', options.loadInformation ?? '')}
${VENDOR_CONFIG_XML}
${element('versionStamp', stamp)}
<userLocale>
${element('name', userLocale.name)}
<uid>1</uid>
<langCode>en_US</langCode>
${element('version', userLocale.version)}
<winCharSet>iso-8859-1</winCharSet>
</userLocale>
${element('networkLocale', networkLocale.name)}
<networkLocaleInfo>
${element('name', networkLocale.name)}
<uid>64</uid>
${element('version', networkLocale.version)}
</networkLocaleInfo>
<deviceSecurityMode>${deviceSecurityMode}</deviceSecurityMode>
${DEVICE_SERVICES_XML}
<transportLayerProtocol>4</transportLayerProtocol>
${enrolment(options)}
<encrConfig>${options.encrConfig ?? false}</encrConfig>
</device>
`;
  return Buffer.from(xml, 'utf8');
}

/** What a phone needs to know before it can read its encrypted configuration; the rest is in there. */
export type ShortConfigOptions = Pick<
  DeviceConfigOptions,
  'callManagers' | 'capf' | 'capfAuthMode' | 'certHash' | 'loadInformation'
>;

/** The short file beside an encrypted one, with the elements of certutils `enccnf` and of Cisco document 118929. */
export function buildShortConfig(options: ShortConfigOptions): Buffer {
  const xml = `<?xml version="1.0" encoding="UTF-8"?>
<device>
<fullConfig>false</fullConfig>
<ipAddressMode>0</ipAddressMode>
${element('loadInformation', options.loadInformation ?? '')}
${enrolment(options)}
<encrConfig>true</encrConfig>
</device>
`;
  return Buffer.from(xml, 'utf8');
}

function enrolment(options: ShortConfigOptions): string {
  const [first] = options.callManagers;
  const capf = options.capf ?? (first && { host: first.host, port: CAPF_PORT });
  return `<capfAuthMode>${options.capfAuthMode ?? 0}</capfAuthMode>
<capfList>
${capf === undefined ? '' : capfMember(capf)}
</capfList>
${element('certHash', options.certHash ?? '')}`;
}

export interface DefaultConfigOptions {
  /** Where unknown phones register. */
  readonly callManagers: readonly CallManagerOptions[];
  /** Firmware by model number; see `DefaultConfig.loads`. */
  readonly loads: ReadonlyMap<number, string>;
}

/** An XMLDefault.cnf.xml as CUCM serves it while auto-registration is on. */
export function buildDefaultConfig(options: DefaultConfigOptions): Buffer {
  const loads = [...options.loads].map(
    ([model, load]) => `<loadInformation${model}>${escapeXml(load)}</loadInformation${model}>`,
  );
  const xml = `<?xml version="1.0" encoding="UTF-8"?>
<Default>
<ipAddressMode>0</ipAddressMode>
<ipPreferenceModeControl>0</ipPreferenceModeControl>
${callManagerGroup(options.callManagers)}
${loads.join('\n')}
</Default>
`;
  return Buffer.from(xml, 'utf8');
}

function devicePool(options: DeviceConfigOptions): string {
  const { srst, connectionMonitorSeconds = 120 } = options;
  return `<devicePool>
<revertPriority>0</revertPriority>
<name>Default</name>
<dateTimeSetting>
<name>CMLocal</name>
<dateTemplate>M/D/YA</dateTemplate>
<timeZone>Central Europe Standard/Daylight Time</timeZone>
<olsonTimeZone>Europe/Berlin</olsonTimeZone>
</dateTimeSetting>
${callManagerGroup(options.callManagers)}
<srstInfo>
${element('name', srst?.name ?? 'Disable')}
<srstOption>${srst ? 'Enable' : 'Disable'}</srstOption>
<userModifiable>false</userModifiable>
${element('ipAddr1', srst?.host ?? '')}
<port1>${srst?.port ?? SCCP_PORT}</port1>
${[2, 3].map((place) => `<ipAddr${place}></ipAddr${place}>\n<port${place}>2000</port${place}>`).join('\n')}
${[1, 2, 3].map((place) => `<sipIpAddr${place}></sipIpAddr${place}>\n<sipPort${place}>5060</sipPort${place}>`).join('\n')}
<isSecure>false</isSecure>
</srstInfo>
<connectionMonitorDuration>${connectionMonitorSeconds}</connectionMonitorDuration>
<mlppDomainId>-1</mlppDomainId>
<mlppIndicationStatus>Default</mlppIndicationStatus>
<preemption>Default</preemption>
</devicePool>`;
}

function callManagerGroup(callManagers: readonly CallManagerOptions[]): string {
  return `<callManagerGroup>
<name>Default</name>
<tftpDefault>true</tftpDefault>
<members>
${callManagers.map(member).join('\n')}
</members>
</callManagerGroup>`;
}

function member(callManager: CallManagerOptions, priority: number): string {
  const { host, name = host, sccpPort = SCCP_PORT, securedSccpPort = SECURED_SCCP_PORT } = callManager;
  return `<member priority="${priority}">
<callManager>
${element('name', name)}
<description></description>
<ports>
<ethernetPhonePort>${sccpPort}</ethernetPhonePort>
<securedEthernetPhonePort>${securedSccpPort}</securedEthernetPhonePort>
<sipPort>5060</sipPort>
<securedSipPort>5061</securedSipPort>
<mgcpPorts>
<listen>2427</listen>
<keepAlive>2428</keepAlive>
</mgcpPorts>
</ports>
${element('processNodeName', host)}
</callManager>
</member>`;
}

function capfMember({ host, port }: ServiceAddress): string {
  return `<capf>
<phonePort>${port}</phonePort>
${element('processNodeName', host)}
</capf>`;
}

function tvsMembers(members: readonly ServiceAddress[]): string {
  const texts = members.map(
    ({ host, port }, priority) => `<member priority="${priority}">
<port>${port}</port>
${element('address', host)}
</member>
`,
  );
  return `<TVS>
<members>
${texts.join('')}</members>
</TVS>`;
}

function element(name: string, text: string): string {
  return `<${name}>${escapeXml(text)}</${name}>`;
}

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
};

function escapeXml(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => ESCAPES[character] ?? character);
}
