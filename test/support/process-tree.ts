/** The processes that another one has started, as Linux's /proc has them. */
import { readdirSync, readFileSync } from 'node:fs';

export interface ProcessFacts {
  readonly pid: number;
  readonly command: string;
  /** Clock ticks since the machine started. */
  readonly startedAt: number;
}

/** Living children of a process, oldest first. */
export function childrenOf(parent: number): readonly ProcessFacts[] {
  const children: ProcessFacts[] = [];
  for (const entry of readdirSync('/proc')) {
    const stat = /^\d+$/.test(entry) ? readOrNull(`/proc/${entry}/stat`) : null;
    if (stat === null) continue;
    // The second field is the name, in brackets, and may hold anything; state is the third, parent the fourth.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (Number(fields[1]) !== parent || fields[0] === 'Z') continue;
    const command = (readOrNull(`/proc/${entry}/cmdline`) ?? '').replaceAll('\0', ' ').trim();
    children.push({ pid: Number(entry), command, startedAt: Number(fields[19]) });
  }
  return children.toSorted((a, b) => a.startedAt - b.startedAt || a.pid - b.pid);
}

/** Whether a process exists and has not ended. */
export function isAlive(pid: number): boolean {
  const stat = readOrNull(`/proc/${pid}/stat`);
  return stat !== null && !/\) [ZX] /.test(stat);
}

function readOrNull(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
}
