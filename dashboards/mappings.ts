/** What a label's or a figure's value is in words, from the tables that say so. */
import {
  MappingType,
  type ValueMapping,
  type ValueMappingResult,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { FAILURE_CAUSES } from '../src/phone/failure-causes.ts';
import { STAGES } from '../src/phone/stages.ts';
import { BAD, GOOD, NEUTRAL, NOTICE } from './palette.ts';

export const STAGE_TITLES = inWords(STAGES, ({ step, title }) => `${step} ${title}`);
export const CAUSE_TEXTS = inWords(FAILURE_CAUSES, ({ text }, cause) => `${cause}: ${text}`);
export const CAUSE_HINTS = inWords(FAILURE_CAUSES, ({ hint }) => hint);

export const HOLDS: readonly ValueMapping[] = [
  mapping({ '1': { text: 'holds', color: GOOD, index: 0 }, '0': { text: 'missed', color: BAD, index: 1 } }),
];

export const SERVERS: readonly ValueMapping[] = [
  mapping({
    '1': { text: 'embedded lab', color: NOTICE, index: 0 },
    '0': { text: 'named by the user', color: NEUTRAL, index: 1 },
  }),
];

function inWords<Facts>(
  table: Readonly<Record<string, Facts>>,
  say: (facts: Facts, name: string) => string,
): readonly ValueMapping[] {
  const words = Object.entries(table).map(([name, facts], index): [string, ValueMappingResult] => [
    name,
    { text: say(facts, name), index },
  ]);
  return [mapping(Object.fromEntries(words))];
}

function mapping(options: Record<string, ValueMappingResult>): ValueMapping {
  return { type: MappingType.ValueToText, options };
}
