import { startLab } from '../../../src/lab/lab-cluster.ts';
import type { LabStats, NamedServer } from '../../../src/lab/lab-contract.ts';
import { labSettingsSchema } from '../../../src/scenario/lab-settings.ts';
import type { LabEndpoints } from '../../../src/scenario/plan.ts';

export interface CallManagers {
  /** Highest priority first. */
  readonly group: readonly NamedServer[];
  /** The lab's other services, for tests that are not about servers. */
  readonly endpoints: LabEndpoints;
  stats(): Promise<LabStats>;
  stop(): Promise<void>;
}

const MAC_PREFIX = '020000';

/**
 * Where CallManagers are wanted beside servers of strangers: those of the embedded lab. Its database holds the generated phones up to `knownPhones`; the others are
 * registered only with auto-registration.
 */
export async function startCallManagers({
  count = 1,
  knownPhones,
  autoRegistration = false,
  keepAliveSeconds = 30,
}: {
  readonly count?: number;
  readonly knownPhones: number;
  readonly autoRegistration?: boolean;
  readonly keepAliveSeconds?: number;
}): Promise<CallManagers> {
  const settings = labSettingsSchema.parse({ callManagers: count, autoRegistration, keepAliveSeconds });
  const lab = await startLab(settings, {
    phones: { type: 'generated', macPrefix: MAC_PREFIX, models: ['7961G'] },
    phoneCount: knownPhones,
  });
  return {
    group: lab.endpoints.callManagers.map((server, i) => ({ name: `cucm${i + 1}.lab`, ...server })),
    endpoints: lab.endpoints,
    stats: () => lab.stats(),
    stop: () => lab.stop(),
  };
}

/** Device name of the generated phone at this place. */
export function generatedDevice(index: number): string {
  return `SEP${MAC_PREFIX}${index
    .toString(16)
    .toUpperCase()
    .padStart(12 - MAC_PREFIX.length, '0')}`;
}
