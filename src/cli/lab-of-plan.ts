import { type LabCluster, startLab } from '../lab/lab-cluster.ts';
import { applyLab, type RunPlan } from '../scenario/plan.ts';

/** Starts the embedded lab when the plan wants one; the plan then has its addresses. */
export async function startLabFor(plan: RunPlan): Promise<{ lab: LabCluster | null; plan: RunPlan }> {
  if (plan.target.type !== 'lab') return { lab: null, plan };
  const lab = await startLab(plan.target.settings, plan);
  return { lab, plan: applyLab(plan, lab.endpoints) };
}
