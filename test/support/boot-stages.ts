import { STAGE_NAMES } from '../../src/phone/stages.ts';

/** The stages of a boot with warm flash and the right firmware: there is nothing to fetch besides the configuration. */
export const ORDINARY_STAGES = STAGE_NAMES.filter((stage) => stage !== 'firmware' && stage !== 'locale');
