/** The entry of a lab process: one role, started and stopped by its parent. */
import { monotonicMilliseconds } from '../drivers/clock.ts';
import { onEndingSignal } from '../drivers/ending-signals.ts';
import { transportError } from '../drivers/transported-error.ts';
import { CallManager, callManagerService, settingsOf } from './call-manager.ts';
import type { DeviceCertificates } from './device-security.ts';
import { DhcpServer } from './dhcp-server.ts';
import { DnsServer } from './dns-server.ts';
import { openFiles } from './file-source.ts';
import { HttpServer } from './http-server.ts';
import { LabClock } from './lab-clock.ts';
import type { HostPort, LabOrder, LabReport, LabService, LabStats, StartOrder } from './lab-contract.ts';
import { PhoneDirectory } from './phone-directory.ts';
import { createSecurityServices } from './security-services.ts';
import { TftpServer } from './tftp-server.ts';
import { TlsPort } from './tls-port.ts';

let services: readonly LabService[] = [];
let clock: LabClock | null = null;
/** Of the file servers. */
let certificates: DeviceCertificates | null = null;

/** A parent that is gone hears nothing; the disconnect handler ends this process. */
const report = (message: LabReport): void => {
  process.send?.(message, undefined, undefined, () => {});
};

// However the parent ends, the channel closes with it: no lab outlives its parent.
process.on('disconnect', () => process.exit(0));
// Ctrl-C, `timeout` and the like reach the whole process group: the parent decides when the lab ends.
onEndingSignal(() => {});

process.on('message', (order: LabOrder) => {
  switch (order.type) {
    case 'start':
      start(order).then(
        () => report({ type: 'started', endpoints: endpointsOf(services) }),
        (error: unknown) => report({ type: 'refused', error: transportError(error) }),
      );
      return;
    case 'faults':
      for (const service of services) service.setFaults(order.faults);
      return;
    case 'announce':
      return clock?.announce(order.origin, order.atMs);
    case 'reset':
      for (const service of services) service.resetAll?.(order.resetType, order.perSecond);
      return;
    case 'certificate':
      return certificates?.enrol(order.change);
    case 'stats':
      return report({ type: 'stats', id: order.id, stats: statsOf(services) });
    case 'stop':
      for (const service of services) service.close();
      return process.disconnect();
    default:
      order satisfies never;
  }
});

async function start(order: StartOrder): Promise<void> {
  const { role, settings, database, callManagers, srst, secure, origins, secrets } = order;
  const time = new LabClock(monotonicMilliseconds, origins);
  clock = time;
  const port = (service: string): number => order.ports[service] ?? 0;
  const directory = new PhoneDirectory(database, settings.knownPhones);
  switch (role.type) {
    case 'network': {
      const dns = new DnsServer(settings, callManagers, time);
      await dns.start(port('dns'));
      const { tftp, dhcpReplyPort: replyPort } = order;
      const dhcp = new DhcpServer({ settings, directory, tftp, dns: dns.endpoint, replyPort, clock: time });
      await dhcp.start(port('dhcp'));
      services = [dns, dhcp];
      return;
    }
    case 'tftp': {
      const keys = secrets?.type === 'files' ? secrets.files : null;
      const opened = await openFiles(settings, directory, { callManagers, srst, secure }, keys);
      const { files } = opened;
      certificates = opened.certificates;
      const tftp = new TftpServer(settings, files, time);
      await tftp.start(port('tftp'));
      const http = new HttpServer(settings, files, time);
      await http.start(port('http'));
      services = [tftp, http];
      return;
    }
    case 'security': {
      if (secrets?.type !== 'services') return;
      const { capf, tvs } = createSecurityServices(settings, directory, time, secrets.services, (change) =>
        report({ type: 'certificate', change }),
      );
      services = [capf, tvs];
      await capf.start(port('capf'));
      await tvs.start(port('tvs'));
      return;
    }
    case 'callManager': {
      const { node } = role;
      const manager = new CallManager({ node, settings: settingsOf(node, settings), directory, clock: time });
      await manager.start(port(callManagerService(node)));
      services = [manager];
      if (secrets?.type !== 'tls') return;
      const tls = new TlsPort(manager, secrets.tls);
      services = [manager, tls];
      await tls.start(port(tls.name));
      return;
    }
    default:
      role satisfies never;
  }
}

function endpointsOf(started: readonly LabService[]): Readonly<Record<string, HostPort>> {
  return Object.fromEntries(started.map(({ name, endpoint }) => [name, endpoint]));
}

function statsOf(started: readonly LabService[]): LabStats {
  return Object.fromEntries(started.map((service) => [service.name, service.stats()]));
}
