import type { FailureFacts } from './failure-facts.ts';
import { SECURITY_CAUSES } from './security-causes.ts';
import type { Stage } from './stages.ts';

const TFTP_LOOK = 'CUCM Serviceability > Tools > Control Center: Cisco Tftp; RTMT > Cisco TFTP counters';
const HTTP_LOOK =
  'CUCM Serviceability > Tools > Control Center: Cisco Tftp; RTMT > Cisco TFTP: HttpRequestsOverflow';
const CALL_MANAGER_LOOK = 'CUCM Serviceability > Control Center: Cisco CallManager; RTMT > Device > Phone';

/** The closed table of causes. A phone's failure is always `{ stage, cause }` with a cause from here. */
export const FAILURE_CAUSES = {
  'in-progress': {
    text: 'the run ended while the stage was under way',
    hint: 'raise maxDuration if the phone should have had more time',
    look: 'the stage itself: nothing had failed yet',
    fault: 'none',
  },
  'dhcp-timeout': {
    text: 'no DHCP server answered',
    hint: 'check the relay (ip helper-address), the scope and the reply port',
    look: 'DHCP server log and scope utilisation; `show ip helper-address` on the access switch',
    fault: 'network',
  },
  'dhcp-nak': {
    text: 'the DHCP server refused the address (DHCPNAK)',
    hint: 'check that the scope of the relay address matches and has free addresses',
    look: 'DHCP server log: DHCPNAK lines for this client',
    fault: 'server',
  },
  'no-tftp-server': {
    text: 'the lease names no TFTP server',
    hint: 'set option 150 (or 66) in the scope, or name a TFTP server in the scenario',
    look: 'DHCP scope options 150 and 66',
    fault: 'server',
  },
  'tftp-timeout': {
    text: 'the TFTP server did not answer in time',
    hint: 'check the address and port, and the server load: above its serving count CUCM drops requests',
    look: `${TFTP_LOOK}; service parameter Maximum Serving Count`,
    fault: 'network',
  },
  'tftp-file-not-found': {
    text: 'the TFTP server does not have the file (stage config: neither SEP<MAC>.cnf.xml nor XMLDefault.cnf.xml)',
    hint: 'config: add the phone, or switch auto-registration on; firmware, locale: upload the file to the server',
    look: `CUCM Administration > Device > Phone; ${TFTP_LOOK}`,
    fault: 'server',
  },
  'tftp-access-violation': {
    text: 'the TFTP server denied access to the file (ERROR 2)',
    hint: 'check the file permissions on the server',
    look: TFTP_LOOK,
    fault: 'server',
  },
  'tftp-error': {
    text: 'the TFTP server ended the transfer with an ERROR packet',
    hint: 'the text of the ERROR stands in the detail',
    look: TFTP_LOOK,
    fault: 'server',
  },
  'tftp-server-busy': {
    text: 'the TFTP server said in an ERROR packet that it is busy',
    hint: 'spread the start, or raise what the server takes at one time',
    look: `${TFTP_LOOK}; service parameter Maximum Serving Count`,
    fault: 'server',
  },
  'tftp-malformed': {
    text: 'the TFTP server sent a packet that is not TFTP',
    hint: 'check that the port belongs to a TFTP server',
    look: 'a capture of UDP port 69',
    fault: 'server',
  },
  'http-busy': {
    text: 'the HTTP file server was busy (503): the phone goes on to TFTP',
    hint: 'spread the start, or raise what the server serves at one time; CUCM also says it while it asks other clusters',
    look: HTTP_LOOK,
    fault: 'server',
    serverRole: 'http',
  },
  'http-refused': {
    text: 'the HTTP file server refused the connection (RST): the phone goes on to TFTP',
    hint: 'is TCP 6970 open, and the Cisco Tftp service running?',
    look: HTTP_LOOK,
    fault: 'server',
    serverRole: 'http',
  },
  'http-timeout': {
    text: 'the HTTP file server did not answer the SYN: the phone goes on to TFTP',
    hint: 'check firewalls on the way to TCP 6970, and the listen backlog of the server',
    look: HTTP_LOOK,
    fault: 'network',
    serverRole: 'http',
  },
  'http-no-answer': {
    text: 'connected, but the file did not come over HTTP in time: the phone goes on to TFTP',
    hint: 'the server accepts and does not serve: overload',
    look: HTTP_LOOK,
    fault: 'server',
    serverRole: 'http',
  },
  'http-closed': {
    text: 'the HTTP file server ended the connection before the file was complete: the phone goes on to TFTP',
    hint: 'look for a crash of the service, or a device on the way that cuts connections',
    look: HTTP_LOOK,
    fault: 'server',
    serverRole: 'http',
  },
  'http-error': {
    text: 'the HTTP file server answered with a status other than 200, 404 and 503: the phone goes on to TFTP',
    hint: 'the status stands in the detail',
    look: HTTP_LOOK,
    fault: 'server',
    serverRole: 'http',
  },
  'http-malformed': {
    text: 'the HTTP file server sent bytes that are not HTTP: the phone goes on to TFTP',
    hint: 'check that the port speaks HTTP (6970), not HTTPS (6971)',
    look: 'a capture of TCP port 6970',
    fault: 'server',
    serverRole: 'http',
  },
  'config-too-large': {
    text: 'the configuration file is larger than the phone accepts',
    hint: 'look for a wrong file under this name',
    look: 'phone status message "CFG TFTP size error"',
    fault: 'server',
  },
  'file-too-large': {
    text: 'a trust list, firmware or locale file is larger than any phone has',
    hint: 'look for a wrong file under this name',
    look: TFTP_LOOK,
    fault: 'server',
  },
  'load-malformed': {
    text: 'the .loads file names no firmware',
    hint: 'upload the firmware again: the phone keeps the load that it runs',
    look: 'phone status message "Load ID incorrect"; OS Administration > Software Upgrades > TFTP File Management',
    fault: 'server',
  },
  'config-malformed': {
    text: 'the configuration file is not well-formed XML',
    hint: 'fetch the file by hand and open it in an XML editor',
    look: 'phone status message "Error parsing config"; the file on the TFTP server',
    fault: 'server',
  },
  'config-no-callmanager': {
    text: 'the configuration file names no CallManager',
    hint: 'check the CallManager group of the device pool',
    look: 'CUCM Administration > System > Device Pool > Cisco Unified CM Group',
    fault: 'server',
  },
  'config-not-sccp': {
    text: 'the configuration file is for another signalling protocol',
    hint: 'the phone is configured for SIP on the cluster',
    look: 'CUCM Administration > Device > Phone: Device Protocol',
    fault: 'server',
  },
  ...SECURITY_CAUSES,
  'dns-timeout': {
    text: 'no DNS server answered',
    hint: 'check DHCP option 6, or use IP addresses for the servers',
    look: 'CUCM Administration > System > Server: use addresses instead of names',
    fault: 'network',
  },
  'dns-name-error': {
    text: 'the name of a server does not exist in DNS',
    hint: 'add an A record for it',
    look: 'DNS zone of the cluster; CUCM Administration > System > Server',
    fault: 'server',
  },
  'dns-server-failure': {
    text: 'the DNS server answered with an error or with nonsense',
    hint: 'query the server by hand',
    look: 'DNS server log',
    fault: 'server',
  },
  'tcp-refused': {
    text: 'CallManager refused the connection (RST)',
    hint: 'is the Cisco CallManager service running and initialised? It takes minutes after a node boots',
    look: CALL_MANAGER_LOOK,
    fault: 'server',
  },
  'tcp-timeout': {
    text: 'CallManager did not answer the SYN',
    hint: 'check the address, firewalls, and the listen backlog of the server',
    look: `${CALL_MANAGER_LOOK}; nstat TcpExtListenOverflows on the server`,
    fault: 'network',
  },
  'tcp-unreachable': {
    text: 'there is no route to CallManager',
    hint: 'check the address and the routing table',
    look: 'routing between the voice VLAN and the cluster',
    fault: 'network',
  },
  'tcp-reset': {
    text: 'CallManager reset the connection (RST)',
    hint: 'look for throttling or a crash of the service',
    look: `${CALL_MANAGER_LOOK}; alarm DeviceTransientConnection`,
    fault: 'server',
  },
  'tcp-closed': {
    text: 'CallManager closed the connection (FIN)',
    hint: 'look at the device unregistered reason in the alarm',
    look: `${CALL_MANAGER_LOOK}; alarm EndPointUnregistered`,
    fault: 'server',
  },
  'sccp-no-answer': {
    text: 'connected, but CallManager did not answer in time',
    hint: 'the process accepts and does not serve: overload, or its accept queue is full',
    look: `${CALL_MANAGER_LOOK}; RTMT > Cisco CallManager System Performance: queue sizes`,
    fault: 'server',
  },
  'sccp-rejected': {
    text: 'CallManager rejected the registration',
    hint: 'the device is unknown and auto-registration is off, or its model does not match',
    look: 'CUCM Administration > Device > Phone; alarm EndPointTransientConnection',
    fault: 'server',
  },
  'sccp-reset': {
    text: 'CallManager sent Reset, and the phone started again',
    hint: 'somebody pressed Reset or Restart, or changed the device; during the start-up: is it registered twice?',
    look: CALL_MANAGER_LOOK,
    fault: 'server',
  },
  'sccp-malformed': {
    text: 'CallManager sent bytes that are not SCCP',
    hint: 'check that the port speaks SCCP (2000), not TLS (2443)',
    look: 'a capture of the connection',
    fault: 'server',
  },
  'keepalive-timeout': {
    text: 'CallManager stopped answering keepalives',
    hint: 'the process hangs or the network is cut',
    look: `${CALL_MANAGER_LOOK}; alarm KeepAliveTimeout`,
    fault: 'server',
  },
  'server-unreachable': {
    text: 'a datagram could not be sent: there is no route to the server',
    hint: 'check the address of the server (phones here speak IPv4), the routes and the source addresses',
    look: 'the scenario: target and sourceAddresses',
    fault: 'network',
  },
  'lease-lost': {
    text: 'the DHCP lease ran out and was not renewed',
    hint: 'check that the DHCP server still runs',
    look: 'DHCP server log',
    fault: 'server',
  },
  'destination-denied': {
    text: 'the address lies outside the addresses that may be reached',
    hint: 'a lease, a file or an answer named it; for now only loopback is allowed',
    look: 'the scenario: target; and who named the address',
    fault: 'none',
  },
  'generator-exhausted': {
    text: 'the generator ran out of descriptors, ports or memory',
    hint: 'raise `ulimit -n`, give more source addresses, or use fewer phones per machine',
    look: '`bootstorm plan` shows what the run needs',
    fault: 'generator',
  },
} as const satisfies Record<string, FailureFacts>;

export type FailureCause = keyof typeof FAILURE_CAUSES;

export const FAILURE_CAUSE_NAMES = Object.keys(FAILURE_CAUSES) as readonly FailureCause[];

/** Where and why a phone's boot stopped. */
export interface Failure {
  readonly stage: Stage;
  readonly cause: FailureCause;
  /** `address:port` of the server it happened with, if one was known. */
  readonly server: string | null;
  /** Free text from the wire, for traces only: never a metric label. */
  readonly detail?: string;
}
