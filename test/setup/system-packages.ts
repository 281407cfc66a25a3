/**
 * The programs outside npm that the tests need: servers that nobody here wrote, and the dissector and the
 * cryptography that judge what we send. All are packages of Debian and Ubuntu.
 */
import { UNPACKED, UNPACKED_PROGRAMS } from './programs.ts';

interface SystemPackage {
  readonly name: string;
  readonly program: string;
}

export const SYSTEM_PACKAGES: readonly SystemPackage[] = [
  { name: 'tftpd-hpa', program: 'in.tftpd' },
  { name: 'atftpd', program: 'atftpd' },
  { name: 'dnsmasq-base', program: 'dnsmasq' },
  { name: 'kea-dhcp4-server', program: 'kea-dhcp4' },
  { name: 'tshark', program: 'tshark' },
  { name: 'openssl', program: 'openssl' },
  { name: 'stunnel4', program: 'stunnel4' },
  { name: 'iproute2', program: 'ip' },
  { name: 'util-linux', program: 'setpriv' },
  { name: 'python3', program: 'python3' },
  { name: 'redis-server', program: 'redis-server' },
  // promtool is in it.
  { name: 'prometheus', program: 'prometheus' },
  { name: 'chromium', program: 'chromium' },
];

/** What the unpacked servers are linked with. */
const LIBRARY = { name: 'libwrap0', file: 'libwrap.so.0' };

/** The packages that would start a service; its unit has the same name. */
const SERVICES = ['kea-dhcp4-server', 'redis-server', 'prometheus'];

const INSTALL = 'apt-get -o DPkg::Lock::Timeout=300 -o Acquire::Retries=3 install -y --no-install-recommends';
const UPDATE = 'apt-get -o DPkg::Lock::Timeout=300 update';

/** What this machine is, and how to do something on it. */
export interface Machine {
  readonly isRoot: boolean;
  readonly hasApt: boolean;
  readonly hasSystemd: boolean;
  hasProgram(name: string): boolean;
  hasLibrary(file: string): boolean;
  /** Runs a command in a shell; whether it succeeded. */
  run(command: string): boolean;
  say(line: string): void;
}

/**
 * Makes sure that every program is there; whether it is. What is missing is installed; where that may not be done,
 * the commands that would do it are printed.
 */
export function ensureSystemPackages(machine: Machine): boolean {
  const missing = SYSTEM_PACKAGES.filter(({ program }) => !machine.hasProgram(program));
  if (missing.length === 0) return true;

  const toUnpack = missing.filter(isUnpacked).map(({ name }) => name);
  const toInstall = missing.filter((missed) => !isUnpacked(missed)).map(({ name }) => name);
  if (toUnpack.length > 0 && !machine.hasLibrary(LIBRARY.file)) toInstall.push(LIBRARY.name);

  const commands = [
    UPDATE,
    ...(toInstall.length > 0 ? [`${INSTALL} ${toInstall.join(' ')}`] : []),
    ...toUnpack.map(unpackCommand),
  ];
  if (!machine.isRoot || !machine.hasApt) {
    machine.say(
      `the tests need ${missing.map(({ program }) => program).join(', ')}. On Debian or Ubuntu, run as root:`,
    );
    for (const command of commands) machine.say(`  ${command}`);
    return false;
  }

  machine.say(`installing ${[...toInstall, ...toUnpack].join(', ')}`);
  const services = SERVICES.filter((name) => toInstall.includes(name));
  if (machine.hasSystemd && services.length > 0) {
    // The tests start their own, on ports of their own.
    commands.unshift(`systemctl mask ${services.map((name) => `${name}.service`).join(' ')}`);
  }
  // Once more, because a mirror may be in the middle of an update.
  if (!commands.every(machine.run) && !commands.every(machine.run)) return false;

  const stillMissing = missing.filter(({ program }) => !machine.hasProgram(program));
  for (const { name, program } of stillMissing)
    machine.say(`${name} was installed, and ${program} is not there`);
  return stillMissing.length === 0;
}

function isUnpacked({ program }: SystemPackage): boolean {
  return program in UNPACKED_PROGRAMS;
}

function unpackCommand(name: string): string {
  const folder = `${UNPACKED}/${name}`;
  const steps = [
    `mkdir -p '${folder}'`,
    `cd '${folder}'`,
    `apt-get download ${name}`,
    `dpkg-deb -x ${name}_*.deb .`,
  ];
  return steps.join(' && ');
}
