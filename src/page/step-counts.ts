import { STAGE_NAMES, STAGES, type StageFacts } from '../phone/stages.ts';
import { formatCount } from '../report/figures.ts';
import type { PageMoment } from './page-moment.ts';

/** Phones that are in a step of Table 2-4 now, or outside of all of them. */
export interface StepCount {
  /** 1 to 8; empty: none of them. */
  readonly step: string;
  readonly title: string;
  readonly kind: 'modelled' | 'measured' | 'idle' | 'good' | 'bad';
  readonly count: string;
  /** Of all phones, from 0 to 1. */
  readonly share: number;
}

/** The eight steps of the start-up process in few words; step 8 has parts of its own. */
const STEP_TITLES: Readonly<Record<StageFacts['step'], string>> = {
  1: 'Power from the switch',
  2: 'Stored phone image',
  3: 'VLAN',
  4: 'IP address (DHCP)',
  5: 'TFTP server',
  6: 'Trust lists',
  7: 'Configuration file',
  8: 'CallManager',
};

/** Phones by what they do now; together they are all. */
export function stepCounts({ state, figures }: PageMoment): StepCount[] {
  const { asked, ledger, inStage } = state;
  const row = (step: string, title: string, kind: StepCount['kind'], phones: number): StepCount => ({
    step,
    title,
    kind,
    count: formatCount(phones),
    share: asked === 0 ? 0 : phones / asked,
  });
  const steps = Object.entries(STEP_TITLES).map(([step, title]) => {
    const stages = STAGE_NAMES.filter((stage) => String(STAGES[stage].step) === step);
    const kind = stages.some((stage) => STAGES[stage].time === 'measured') ? 'measured' : 'modelled';
    return row(
      step,
      title,
      kind,
      stages.reduce((sum, stage) => sum + inStage[stage], 0),
    );
  });
  return [
    row('', 'Not started', 'idle', ledger.notStarted),
    ...steps,
    row('', 'Waiting to try again', 'bad', figures.waiting),
    row('', 'Failed or lost', 'bad', ledger.failed + ledger.lostWithAgent),
    row('', 'In service', 'good', ledger.ready),
  ];
}
