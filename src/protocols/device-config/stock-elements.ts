/**
 * The parts of a configuration file that are the same for every phone of the lab: settings that start-up does not
 * read, there because a genuine file has them and a transfer's length is what it is. Names: usecallmanager.nz
 * (`sepmac-cnf-xml`) and chan-sccp's SEP_BASE_7970; values: stock defaults. URLs name a host that does not exist.
 */

const VENDOR_SETTINGS: Readonly<Record<string, string>> = {
  disableSpeaker: 'false',
  disableSpeakerAndHeadset: 'false',
  forwardingDelay: '1',
  pcPort: '0',
  settingsAccess: '1',
  garp: '1',
  voiceVlanAccess: '0',
  videoCapability: '0',
  autoSelectLineEnable: '0',
  webAccess: '1',
  webProtocol: '0',
  sshAccess: '1',
  sshPort: '22',
  daysDisplayNotActive: '1,7',
  displayOnTime: '07:30',
  displayOnDuration: '10:30',
  displayIdleTimeout: '01:00',
  displayOnWhenIncomingCall: '1',
  displayRefreshRate: '0',
  daysBacklightNotActive: '1,7',
  backlightOnTime: '07:30',
  backlightOnDuration: '10:30',
  backlightIdleTimeout: '01:00',
  spanToPCPort: '1',
  loggingDisplay: '1',
  loadServer: '',
  recordingTone: '0',
  recordingToneLocalVolume: '100',
  recordingToneRemoteVolume: '50',
  recordingToneDuration: '',
  moreKeyReversionTimer: '5',
  peerFirmwareSharing: '1',
  enableCdpSwPort: '1',
  enableCdpPcPort: '1',
  enableLldpSwPort: '1',
  enableLldpPcPort: '1',
  lldpAssetId: '',
  powerPriority: '0',
  powerNegotiation: '1',
  autoCallSelect: '1',
  logServer: '',
  g722CodecSupport: '0',
  headsetWidebandUIControl: '0',
  headsetWidebandEnable: '0',
  headsetHookswitchControl: '0',
  handsetWidebandUIControl: '0',
  handsetWidebandEnable: '0',
  deliverG729InSilence: '0',
  eapAuthentication: '0',
  enableMuteFeature: '0',
  minimumRingVolume: '0',
  adminBackgroundImage: '',
  ciscoCamera: '0',
  usb1: '1',
  usb2: '1',
  usbClasses: '0,1,2',
  sideTone: '1',
  wirelessHeadsetHookswitchControl: '0',
  alertingToneUnderSpeaker: '0',
  switchPortRemoteConfig: '0',
  pcPortRemoteConfig: '0',
  switchPortSpeedDuplex: '0',
  pcPortSpeedDuplex: '0',
  thumbButton1: '',
  detectCMConnectionFailure: '0',
  simplifiedNewCall: '0',
  revertToAllCalls: '0',
  hideVideoByDefault: '0',
  missedCallLogging: '1',
  dialRulesOffHook: '0',
};

const SERVICES = [
  ['0', 'Missed Calls', 'Application:Cisco/MissedCalls'],
  ['0', 'Received Calls', 'Application:Cisco/ReceivedCalls'],
  ['0', 'Placed Calls', 'Application:Cisco/PlacedCalls'],
  ['0', 'Intercom Calls', 'Application:Cisco/IntercomCalls'],
  ['1', 'Personal Directory', 'Application:Cisco/PersonalDirectory'],
  ['1', 'Corporate Directory', 'Application:Cisco/CorporateDirectory'],
  ['2', 'Voicemail', 'Application:Cisco/Voicemail'],
] as const;

const SERVICE_ROOT = 'http://publisher.lab.invalid:8080/ccmcip';
const SECURE_SERVICE_ROOT = 'https://publisher.lab.invalid:8443/ccmcip';
const SERVICE_PAGES: Readonly<Record<string, string>> = {
  authenticationURL: 'authenticate.jsp',
  directoryURL: 'xmldirectory.jsp',
  servicesURL: 'getservicesmenu.jsp',
  informationURL: 'GetTelecasterHelpText.jsp',
  messagesURL: 'xmlmessages.jsp',
  idleURL: '',
};

export const VENDOR_CONFIG_XML = wrap('vendorConfig', Object.entries(VENDOR_SETTINGS).map(leaf));

/** Between the device pool and the load: user interface and authentication settings. */
export const DEVICE_COMMON_XML = [
  wrap('commonProfile', [
    leaf(['phonePassword', '']),
    leaf(['backgroundImageAccess', 'true']),
    leaf(['callLogBlfEnabled', '2']),
  ]),
].join('\n');

/** Behind the security mode: URLs, DSCP values and the services menu. */
export const DEVICE_SERVICES_XML = [
  ...Object.entries(SERVICE_PAGES).map(([name, page]) => url(name, SERVICE_ROOT, page)),
  ...Object.entries(SERVICE_PAGES).map(([name, page]) => url(secureName(name), SECURE_SERVICE_ROOT, page)),
  leaf(['idleTimeout', '0']),
  leaf(['proxyServerURL', '']),
  leaf(['dscpForSCCPPhoneConfig', '96']),
  leaf(['dscpForSCCPPhoneServices', '0']),
  leaf(['dscpForCm2Dvce', '96']),
  `<phoneServices useHTTPS="true">\n${leaf(['provisioning', '0'])}\n${SERVICES.map(service).join('\n')}\n</phoneServices>`,
  leaf(['singleButtonBarge', '0']),
  leaf(['joinAcrossLines', '0']),
  leaf(['autoCallPickupEnable', 'false']),
  leaf(['blfAudibleAlertSettingOfIdleStation', '0']),
  leaf(['blfAudibleAlertSettingOfBusyStation', '0']),
  leaf(['mobility', '']),
  leaf(['TLSResumptionTimer', '3600']),
].join('\n');

function service([type, name, address]: (typeof SERVICES)[number], index: number): string {
  const children = [
    leaf(['name', name]),
    leaf(['url', address]),
    leaf(['vendor', '']),
    leaf(['version', '']),
    leaf(['urlLabel', name]),
  ];
  return `<phoneService type="${index < 4 ? 1 : type}" category="0">\n${children.join('\n')}\n</phoneService>`;
}

function url(name: string, root: string, page: string): string {
  return leaf([name, page === '' ? '' : `${root}/${page}`]);
}

/** `directoryURL` -> `secureDirectoryURL`. */
function secureName(name: string): string {
  return `secure${name.charAt(0).toUpperCase()}${name.slice(1)}`;
}

function leaf([name, text]: readonly [string, string]): string {
  return `<${name}>${text}</${name}>`;
}

function wrap(name: string, children: readonly string[]): string {
  return `<${name}>\n${children.join('\n')}\n</${name}>`;
}
