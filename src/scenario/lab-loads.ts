import { PHONE_MODELS, type PhoneModelName } from '../phone/models.ts';
import type { LabSettings } from './lab-settings.ts';

/** The lab's firmware as XMLDefault.cnf.xml has it: by the model number of the CUCM typemodel table. */
export function loadsByModelNumber({ loads = {} }: LabSettings): ReadonlyMap<number, string> {
  return new Map(
    Object.entries(loads).map(([model, load]) => [PHONE_MODELS[model as PhoneModelName].deviceType, load]),
  );
}
