import { formatDuration } from './duration.ts';
import type { LabEvent } from './lab-events.ts';
import { forbidsAutoRegistration, hasCertificates, signsFiles } from './lab-rules.ts';
import type { KeyPath, Problem } from './problems.ts';
import type { Scenario } from './schema.ts';

/** Events that name no node of the lab, or come when the hold is over. */
export function labEventProblems({ lab, hold }: Scenario): readonly Problem[] {
  return lab.events.flatMap((event, i) => {
    const problems: Problem[] = [];
    const path = ['lab', 'events', i];
    const { node, from, at } = event;
    problems.push(...nodeProblems(lab, node, path));
    if (node === 'security' && !hasCertificates(lab.security)) {
      const message = 'there are no CAPF and TVS without lab.security.mode: mixed';
      problems.push({ path: [...path, 'node'], message });
    }
    if (from === 'hold' && at >= hold) problems.push({ path: [...path, 'at'], message: afterHold(hold) });
    return problems;
  });
}

/** Faults of a node that the lab does not have, or that begin when the hold is over. */
export function labFaultProblems({ lab, hold }: Scenario): readonly Problem[] {
  return lab.faults.flatMap(({ node, from, fromSeconds }, i) => {
    const path = ['lab', 'faults', i];
    const problems = nodeProblems(lab, node, path);
    if (from === 'hold' && fromSeconds >= hold) {
      problems.push({ path: [...path, 'fromSeconds'], message: afterHold(hold) });
    }
    return problems;
  });
}

function nodeProblems(
  { callManagers, srst }: Scenario['lab'],
  node: string | number | undefined,
  path: KeyPath,
): Problem[] {
  if (node === 'srst' && !srst) {
    return [{ path: [...path, 'node'], message: 'there is no SRST router without lab.srst: true' }];
  }
  if (typeof node !== 'number' || node <= callManagers) return [];
  return [{ path: [...path, 'node'], message: `lab.callManagers is ${callManagers}` }];
}

function afterHold(hold: number): string {
  return `the hold is over after ${formatDuration(hold)}, before this: lengthen hold`;
}

/** Resets that go on when the hold is over: phones of the rest are not reset. */
export function labEventWarnings({ lab, hold }: Scenario, phones: number): readonly string[] {
  return lab.events.flatMap((event) => {
    const seconds = event.at + resetSeconds(event, phones);
    if (event.from !== 'hold' || seconds <= hold) return [];
    return [
      `the resets take until ${formatDuration(seconds)} after the begin of the hold, which is over after ${formatDuration(hold)}: not every phone is reset`,
    ];
  });
}

/** How long the resets take where all phones are registered at one node. */
function resetSeconds({ do: deed, perSecond }: LabEvent, phones: number): number {
  if (deed !== 'reset' || perSecond === undefined) return 0;
  return typeof perSecond === 'number' ? phones / perSecond : 1 / perSecond.share;
}

/** Security of the lab that contradicts itself, and faults of services that it does not have. */
export function labSecurityProblems({ lab, phones }: Scenario): readonly Problem[] {
  const { security } = lab;
  const { mode, capf } = security;
  const problems: Problem[] = [];
  const complain = (key: KeyPath, message: string): void => {
    problems.push({ path: ['lab', 'security', ...key], message });
  };
  if (mode === 'mixed' && security.signedFiles === false) {
    complain(['signedFiles'], 'a cluster in mixed mode has signed files');
  }
  if (security.encryptedConfig && !signsFiles(security)) {
    complain(['encryptedConfig'], 'encrypted files are signed: set mode: mixed, or signedFiles: true');
  }
  if (capf.operation !== 'none' && !hasCertificates(security)) {
    complain(['capf', 'operation'], 'a cluster without certificates has no CAPF: set mode: mixed');
  }
  const passwordFile = capf.passwordFile ?? phones.security.passwordFile;
  if (capf.operation !== 'none' && capf.authMode === 'password' && passwordFile === undefined) {
    complain(['capf', 'authMode'], 'missing: passwordFile, here or under phones.security');
  }
  for (const [i, { on }] of lab.faults.entries()) {
    const isThere =
      on === 'tls' ? mode === 'mixed' : (on !== 'capf' && on !== 'tvs') || hasCertificates(security);
    if (isThere) continue;
    const message = `the lab has no ${on.toUpperCase()} as it is: set lab.security.mode: mixed`;
    problems.push({ path: ['lab', 'faults', i, 'on'], message });
  }
  return problems;
}

/** What mixed mode takes away, or a security mode does not bring. */
export function labSecurityWarnings({ lab }: Scenario): readonly string[] {
  const { security, autoRegistration } = lab;
  const warnings: string[] = [];
  if (autoRegistration && forbidsAutoRegistration(security)) {
    warnings.push(
      `auto-registration is off: a cluster in mixed mode has none in release ${security.release}, see lab.security.release`,
    );
  }
  if (security.deviceSecurityMode !== 'none' && security.mode !== 'mixed') {
    warnings.push(
      `phones are not ${security.deviceSecurityMode}: that needs lab.security.mode: mixed, and the cluster is not secure`,
    );
  }
  return warnings;
}
