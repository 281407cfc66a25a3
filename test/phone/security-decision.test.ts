import { describe, expect, it } from 'vitest';
import { decideSecurity, type SecurityQuestion } from '../../src/phone/security-decision.ts';
import { plainRecord } from '../../src/protocols/trust/certificate.ts';
import { TRUST_ROLES } from '../../src/protocols/trust/trust-record.ts';
import { HOLDERS, NODE, recordOf } from '../support/secure-files.ts';

const RECORDS = {
  none: [],
  'a CallManager': [recordOf(HOLDERS.callManager, TRUST_ROLES.callManager)],
  'a CallManager with TFTP': [recordOf(HOLDERS.callManager, TRUST_ROLES.callManagerAndTftp)],
  'a slim record': [
    { ...recordOf(HOLDERS.callManager, TRUST_ROLES.callManager), certificate: null, publicKey: null },
  ].map((record) => ({ ...record, certificateHash: Buffer.alloc(20), hashAlgorithm: 1 })),
  'a record of a cluster that is not secure': [plainRecord(TRUST_ROLES.callManagerAndTftp, NODE)],
  'other roles': [
    recordOf(HOLDERS.sast, TRUST_ROLES.sast),
    recordOf(HOLDERS.callManager, TRUST_ROLES.tftp),
    recordOf(HOLDERS.capf, TRUST_ROLES.capf),
    recordOf(HOLDERS.tvs, TRUST_ROLES.tvs),
  ],
} as const satisfies Record<string, SecurityQuestion['records']>;

const USABLE: readonly string[] = ['a CallManager', 'a CallManager with TFTP', 'a slim record'];
const MODES = ['none', 'authenticated', 'encrypted'] as const;
const CREDENTIALS = [null, 'mic', 'lsc'] as const;
const ATTEMPTS = [0, 1, 3, 4, 100] as const;
const LIMITS = [null, 1, 4] as const;

/** Every row of the table in the documentation of `decideSecurity`, with every value of what it does not depend on. */
const ROWS = MODES.flatMap((mode) =>
  (Object.keys(RECORDS) as (keyof typeof RECORDS)[]).flatMap((records) =>
    CREDENTIALS.flatMap((credential) =>
      [false, true].flatMap((needsLsc) =>
        LIMITS.flatMap((mostAttempts) =>
          ATTEMPTS.map((attempts) => ({ mode, records, credential, needsLsc, mostAttempts, attempts })),
        ),
      ),
    ),
  ),
);

describe('the decision', () => {
  it.each(MODES)('of a phone whose mode is %s', (mode) => {
    for (const { records, ...row } of ROWS.filter((each) => each.mode === mode)) {
      const { connect } = decideSecurity({ ...row, records: RECORDS[records] });
      const hasList = USABLE.includes(records);
      const lacksLsc = row.needsLsc && row.credential !== 'lsc';
      const mayWait = row.mostAttempts === null || row.attempts < row.mostAttempts;
      const wanted =
        mode === 'none' ? 'clear' : hasList ? (lacksLsc ? 'clear' : 'tls') : mayWait ? 'wait' : 'clear';
      expect(connect, JSON.stringify({ records, ...row })).toBe(wanted);
    }
  });

  it.each(['authenticated', 'encrypted'] as const)('keeps the level: %s', (mode) => {
    const records = RECORDS['a CallManager'];
    expect(
      decideSecurity({ mode, records, credential: null, attempts: 0, mostAttempts: null, needsLsc: false }),
    ).toEqual({ connect: 'tls', level: mode });
  });
});
