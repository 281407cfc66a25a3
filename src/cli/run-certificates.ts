import { deviceName } from '../phone/identity.ts';
import { createTemporaryStore, type TemporaryStore } from '../pki/temporary-store.ts';
import { formatDuration } from '../scenario/duration.ts';
import { identityOf, type RunPlan } from '../scenario/plan.ts';

/** Certificates that were made for one run, and the plan that names their folder. */
export interface RunCertificates {
  readonly plan: RunPlan;
  /** Removes them with all keys. */
  close(): void;
}

/** What ends a process that does not listen for it, without its `exit` event. */
const ENDING_SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * For a lab in mixed mode whose scenario names no certificates: a folder with one for each phone, told in one line.
 * They are gone when it is closed, when the process exits, and when a signal ends it. Null: none are needed.
 */
export async function makeRunCertificates(
  plan: RunPlan,
  say: (line: string) => void,
): Promise<RunCertificates | null> {
  const { target, boot } = plan;
  if (target.type !== 'lab' || target.settings.security.mode !== 'mixed') return null;
  if (boot.security.certificates !== null) return null;
  const { operation, authMode } = target.settings.security.capf;
  const kind = operation === 'install' || authMode === 'mic' ? 'mic' : 'lsc';
  const startedAt = performance.now();
  const store = await createTemporaryStore(phonesOf(plan), plan.seed, kind);
  const seconds = (performance.now() - startedAt) / 1000;
  say(
    `certificates: made ${plan.phoneCount.toLocaleString('en')} in ${formatDuration(seconds)}, for this run only`,
  );
  const { folder } = store;
  const security = {
    ...target.settings.security,
    certificates: target.settings.security.certificates ?? folder,
  };
  return {
    plan: {
      ...plan,
      boot: { ...boot, security: { ...boot.security, certificates: folder } },
      target: { ...target, settings: { ...target.settings, security } },
    },
    close: closeOnSignals(store),
  };
}

function* phonesOf(plan: RunPlan): Generator<{ deviceName: string; model: string }> {
  for (let index = 0; index < plan.phoneCount; index++) {
    const { mac, model } = identityOf(plan, index);
    yield { deviceName: deviceName(mac), model };
  }
}

/** Where nobody else listens for a signal it ends the process: the keys go first. */
function closeOnSignals(store: TemporaryStore): () => void {
  const onSignal = (signal: NodeJS.Signals): void => {
    if (process.listenerCount(signal) > 1) return;
    close();
    process.kill(process.pid, signal);
  };
  const close = (): void => {
    for (const signal of ENDING_SIGNALS) process.off(signal, onSignal);
    store.close();
  };
  for (const signal of ENDING_SIGNALS) process.on(signal, onSignal);
  return close;
}
