import { type Der, isOid, OIDS, oid, partOf, partsOf, sequence, set, text } from './der.ts';

/** A distinguished name by its short attribute names; written in the order C, ST, L, O, OU, CN. */
export interface Subject {
  readonly C?: string;
  readonly ST?: string;
  readonly L?: string;
  readonly O?: string;
  readonly OU?: string;
  readonly CN: string;
}

const ATTRIBUTES = [
  ['C', OIDS.countryName],
  ['ST', OIDS.stateOrProvinceName],
  ['L', OIDS.localityName],
  ['O', OIDS.organizationName],
  ['OU', OIDS.organizationalUnitName],
  ['CN', OIDS.commonName],
] as const satisfies readonly (readonly [keyof Subject, string])[];

export function encodeSubject(subject: Subject): Der {
  const parts = ATTRIBUTES.flatMap(([name, id]) => {
    const value = subject[name];
    return value === undefined ? [] : [attribute(id, value, name === 'C')];
  });
  return sequence(...parts);
}

/** The issuer's name with another CN: how CAPF names the phones that it certifies. */
export function renamed(issuer: Der, commonName: string): Der {
  const others = partsOf(issuer).filter((part) => !isOid(partOf(partOf(part, 0), 0), OIDS.commonName));
  return sequence(...others, attribute(OIDS.commonName, commonName, false));
}

function attribute(id: string, value: string, printable: boolean): Der {
  return set(sequence(oid(id), text(value, printable)));
}
