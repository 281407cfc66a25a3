import { describe, expect, test } from 'vitest';
import { ensureSystemPackages, type Machine, SYSTEM_PACKAGES } from './system-packages.ts';

interface Fake extends Machine {
  readonly commands: string[];
  readonly lines: string[];
}

const EVERYTHING = SYSTEM_PACKAGES.map(({ program }) => program);

/** A machine with `programs`, on which commands do what `succeeds` says; one that succeeds installs everything. */
function fakeMachine(programs: readonly string[], facts: Partial<Machine> = {}, succeeds = [true]): Fake {
  const present = new Set(programs);
  const commands: string[] = [];
  const lines: string[] = [];
  return {
    isRoot: true,
    hasApt: true,
    hasSystemd: false,
    hasProgram: (name) => present.has(name),
    hasLibrary: () => true,
    run: (command) => {
      commands.push(command);
      const succeeded = succeeds.shift() ?? true;
      if (succeeded) for (const program of EVERYTHING) present.add(program);
      return succeeded;
    },
    say: (line) => lines.push(line),
    ...facts,
    commands,
    lines,
  };
}

const without = (...missing: string[]): string[] =>
  EVERYTHING.filter((program) => !missing.includes(program));

describe('the system packages', () => {
  test('are left alone where every program is there', () => {
    const machine = fakeMachine(EVERYTHING, { isRoot: false, hasApt: false });
    expect(ensureSystemPackages(machine)).toBe(true);
    expect([...machine.commands, ...machine.lines]).toEqual([]);
  });

  test('are installed where they are missing, in one command, without recommendations', () => {
    const machine = fakeMachine(without('tshark', 'dnsmasq'));
    expect(ensureSystemPackages(machine)).toBe(true);
    expect(machine.commands).toHaveLength(2);
    expect(machine.commands[0]).toMatch(/^apt-get .*update$/);
    expect(machine.commands[1]).toMatch(/^apt-get .*install -y --no-install-recommends dnsmasq-base tshark$/);
  });

  test('that conflict with each other are unpacked instead, and their library is installed', () => {
    const machine = fakeMachine(without('in.tftpd', 'atftpd'), { hasLibrary: () => false });
    expect(ensureSystemPackages(machine)).toBe(true);
    expect(machine.commands[1]).toMatch(/install -y --no-install-recommends libwrap0$/);
    expect(machine.commands[2]).toContain('apt-get download tftpd-hpa && dpkg-deb -x');
    expect(machine.commands[3]).toContain('apt-get download atftpd && dpkg-deb -x');
  });

  test('start no service where there is an init system', () => {
    const machine = fakeMachine(without('kea-dhcp4', 'redis-server'), { hasSystemd: true });
    expect(ensureSystemPackages(machine)).toBe(true);
    expect(machine.commands[0]).toBe('systemctl mask kea-dhcp4-server.service redis-server.service');
  });

  test.each([{ isRoot: false }, { hasApt: false }])(
    'are never skipped: without the means (%o) the exact commands are printed, and the run fails',
    (facts) => {
      const machine = fakeMachine(without('tshark'), facts);
      expect(ensureSystemPackages(machine)).toBe(false);
      expect(machine.commands).toEqual([]);
      expect(machine.lines.at(-1)).toMatch(/^ {2}apt-get .*install -y --no-install-recommends tshark$/);
    },
  );

  test('are tried for once more', () => {
    const machine = fakeMachine(without('tshark'), {}, [true, false]);
    expect(ensureSystemPackages(machine)).toBe(true);
    expect(machine.commands).toHaveLength(4);
  });

  test('that cannot be installed fail the run', () => {
    const machine = fakeMachine(without('tshark'), {}, [false, false]);
    expect(ensureSystemPackages(machine)).toBe(false);
  });

  test('that do not bring their program fail the run', () => {
    const machine = fakeMachine([], { hasProgram: () => false });
    expect(ensureSystemPackages(machine)).toBe(false);
    expect(machine.lines.at(-1)).toContain('is not there');
  });
});
