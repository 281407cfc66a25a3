/** Installs what the tests need on this machine. A part of `npm test`. */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { ensureKubectl } from './kubectl.ts';
import { findProgram } from './programs.ts';
import { ensureSystemPackages, type Machine } from './system-packages.ts';

function say(line: string): void {
  process.stderr.write(`setup: ${line}\n`);
}

/** A command's output is worth reading only where the command failed. */
function run(command: string): boolean {
  const { status, stdout, stderr } = spawnSync('sh', ['-c', command], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  });
  if (status === 0) return true;
  say(`failed: ${command}\n${stdout}${stderr}`);
  return false;
}

const machine: Machine = {
  isRoot: process.getuid?.() === 0,
  hasApt: existsSync('/usr/bin/apt-get'),
  hasSystemd: existsSync('/run/systemd/system'),
  hasProgram: (name) => findProgram(name) !== null,
  // Debian keeps libraries in a folder for each architecture.
  hasLibrary: (file) => readdirSync('/usr/lib').some((folder) => existsSync(`/usr/lib/${folder}/${file}`)),
  run,
  say,
};

process.exitCode = ensureSystemPackages(machine) && ensureKubectl(say) ? 0 : 1;
