/**
 * What a firmware load of the 79x1, 79x2, 79x5 and 7970 families consists of: names and sizes for the lab's TFTP
 * server and for the arithmetic of an upgrade. Phones know only what the `.loads` file tells them.
 */

export interface LoadPart {
  readonly name: string;
  readonly bytes: number;
}

interface FamilySizes {
  readonly jar: number;
  readonly cnu: number;
  readonly apps: number;
  readonly dsp: number;
  readonly cvm: number;
}

/** SCCP41.9-4-2SR3-1S: 8.13 MB in five parts (chan-sccp's provisioning repository). */
const SIZES_41: FamilySizes = {
  jar: 1_630_052,
  cnu: 556_833,
  apps: 3_157_527,
  dsp: 562_693,
  cvm: 2_219_477,
};

/**
 * Sizes of version 9.4(2)SR3 by family, from the same place. That other versions have the same, that apps42 has the
 * size of apps41, and that all of the 45 and 75 families have those of the 41's is our inference.
 */
const SIZES: Readonly<Record<string, FamilySizes>> = {
  '41': SIZES_41,
  '42': { ...SIZES_41, jar: 1_763_397, cnu: 581_755, dsp: 364_895, cvm: 2_218_670 },
  '70': { ...SIZES_41, jar: 1_830_557, cnu: 557_249, cvm: 2_222_958 },
};

/** The parts of 9.4(2)SR3 carry the number of the build that it was made from. */
const BUILDS: Readonly<Record<string, string>> = { '9-4-2SR3-1S': '9-4-2ES26' };

/** Of a load that does not have the name of an SCCP load: one part. */
const UNKNOWN_LOAD_BYTES = 8_126_582;

/**
 * The parts of a load in the order of its `.loads` file. Where the number of the build is not known the parts carry
 * the version of the load, which is our inference.
 *
 * @param load without `.loads`, such as SCCP41.9-4-2SR3-1S
 */
export function partsOfLoad(load: string): readonly LoadPart[] {
  const match = /^SCCP(\d\d)\.(.+)$/.exec(load);
  if (match === null) return [{ name: `${load}.sbn`, bytes: UNKNOWN_LOAD_BYTES }];
  const [, family = '', version = ''] = match;
  const sizes = SIZES[family] ?? SIZES_41;
  const build = BUILDS[version] ?? version.replace(/S$/, '');
  const part = (kind: string, bytes: number): LoadPart => ({ name: `${kind}.${build}.sbn`, bytes });
  return [
    part(`jar${family}sccp`, sizes.jar),
    part(`cnu${family}`, sizes.cnu),
    part(`apps${family}`, sizes.apps),
    part(`dsp${family}`, sizes.dsp),
    part(`cvm${family}sccp`, sizes.cvm),
  ];
}

/** The file that names the parts of a load. */
export function loadsFileName(load: string): string {
  return `${load}.loads`;
}
