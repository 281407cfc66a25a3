import { type LabCluster, startLab } from '../lab/lab-cluster.ts';
import { applyLab, type RunPlan } from '../scenario/plan.ts';
import { makeRunCertificates } from './run-certificates.ts';

/** What a run has besides its phones. */
export interface Surroundings {
  readonly lab: LabCluster | null;
  /** With the addresses of the lab, and the certificates that were made for the run. */
  readonly plan: RunPlan;
  /** Stops the lab, and removes the certificates. */
  readonly close: () => Promise<void>;
}

/** Starts the embedded lab when the plan wants one, with certificates for its phones when it wants them. */
export async function startLabFor(plan: RunPlan, say: (line: string) => void): Promise<Surroundings> {
  const certificates = await makeRunCertificates(plan, say);
  const settled = certificates?.plan ?? plan;
  if (settled.target.type !== 'lab') return { lab: null, plan: settled, close: async () => {} };
  try {
    const lab = await startLab(settled.target.settings, settled);
    return {
      lab,
      plan: applyLab(settled, lab.endpoints),
      close: async () => {
        await lab.stop();
        certificates?.close();
      },
    };
  } catch (error) {
    certificates?.close();
    throw error;
  }
}
