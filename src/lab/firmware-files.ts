/**
 * The firmware and locale files of the lab's TFTP server, in their real sizes. What is in a part or in a dictionary is
 * of no interest to anybody: all of them are the beginning of one block of zeros, however many phones read them.
 *
 *   <load>.loads                         for every load that configuration files name
 *   the parts of these loads             as the .loads file lists them
 *   English_United_States/<dictionary>   the dictionaries of the models that there are
 *   United_States/g3-tones.xml           the tones of the stock network locale
 */
import { STOCK_LOCALES } from '../protocols/device-config/build.ts';
import { loadsFileName, partsOfLoad } from '../protocols/firmware/known-loads.ts';
import { buildLoadsFile } from '../protocols/firmware/loads-file.ts';
import type { LabSettings } from '../scenario/lab-settings.ts';

/**
 * Sizes from chan-sccp's provisioning repository: mk-sccp.jar 58.7 KB, g3-tones.xml 1.9 KB. That the dictionaries of
 * the other models have the size of the first is our inference.
 */
const DICTIONARY_BYTES = 58_700;
const DICTIONARIES = ['mk-sccp.jar', 'tc-sccp.jar', 'td-sccp.jar'] as const;
const TONES = 'g3-tones.xml';
const TONES_BYTES = 1900;

export class FirmwareFiles {
  /** By name in lower case: CUCM's TFTP service does not regard case. */
  readonly #texts = new Map<string, Buffer>();
  readonly #sizes = new Map<string, number>();
  /** The longest file; made when it is first needed. */
  #zeros = Buffer.alloc(0);

  constructor({ loads = {} }: LabSettings) {
    for (const load of new Set(Object.values(loads))) {
      const parts = partsOfLoad(load);
      const name = loadsFileName(load);
      const content = buildLoadsFile(
        name,
        parts.map((part) => part.name),
      );
      this.#texts.set(name.toLowerCase(), content);
      for (const part of parts) this.#sizes.set(part.name.toLowerCase(), part.bytes);
    }
    const { user, network } = STOCK_LOCALES;
    for (const name of DICTIONARIES) this.#sizes.set(`${user.name}/${name}`.toLowerCase(), DICTIONARY_BYTES);
    this.#sizes.set(`${network.name}/${TONES}`.toLowerCase(), TONES_BYTES);
  }

  /** The content of a file, or null: not found. */
  read(fileName: string): Buffer | null {
    const name = fileName.toLowerCase();
    const bytes = this.#sizes.get(name);
    if (bytes === undefined) return this.#texts.get(name) ?? null;
    if (this.#zeros.length < bytes) this.#zeros = Buffer.alloc(Math.max(...this.#sizes.values()));
    return this.#zeros.subarray(0, bytes);
  }
}
