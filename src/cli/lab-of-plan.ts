import { type LabCluster, startLab } from '../lab/lab-cluster.ts';
import { makesPhoneCertificates } from '../lab/phone-certificates.ts';
import { applyLab, type RunPlan } from '../scenario/plan.ts';

/** What a run has besides its phones. */
export interface Surroundings {
  readonly lab: LabCluster | null;
  /** With the addresses of the lab, and the certificates that it has made for its phones. */
  readonly plan: RunPlan;
  /** Stops the lab, and removes its certificates. */
  readonly close: () => Promise<void>;
}

/** Starts the embedded lab when the plan wants one, with certificates for its phones when it wants them. */
export async function startLabFor(plan: RunPlan, say: (line: string) => void): Promise<Surroundings> {
  if (plan.target.type !== 'lab') return { lab: null, plan, close: async () => {} };
  const { settings } = plan.target;
  if (makesPhoneCertificates(settings)) {
    say(`certificates: making ${plan.phoneCount.toLocaleString('en')}, for this run only`);
  }
  const lab = await startLab(settings, plan);
  return { lab, plan: applyLab(plan, lab.endpoints), close: () => lab.stop() };
}
