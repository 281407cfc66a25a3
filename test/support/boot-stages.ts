import { STAGE_NAMES, type Stage } from '../../src/phone/stages.ts';

const ON_DEMAND: readonly Stage[] = ['capf', 'firmware', 'locale', 'handshake'];

/** The stages of a boot in clear, with warm flash and the right firmware: there is nothing to fetch besides the configuration. */
export const ORDINARY_STAGES = STAGE_NAMES.filter((stage) => !ON_DEMAND.includes(stage));
