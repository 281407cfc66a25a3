import { expect, it } from 'vitest';
import {
  DEFAULT_CONFIG_FILE_NAME,
  deviceConfigFileName,
  trustListFileNames,
} from '../../../src/protocols/device-config/file-names.ts';

it('has the names and the order of the tcpdump of a 7962G', () => {
  const name = 'SEP001122334455';
  expect([...trustListFileNames(name, 22), deviceConfigFileName(name), DEFAULT_CONFIG_FILE_NAME]).toEqual([
    'CTLSEP001122334455.tlv',
    'ITLSEP001122334455.tlv',
    'ITLFile.tlv',
    'SEP001122334455.cnf.xml',
    'XMLDefault.cnf.xml',
  ]);
});

it('8.x loads ask for the CTL alone', () => {
  expect(trustListFileNames('SEP001122334455', 17)).toEqual(['CTLSEP001122334455.tlv']);
});
