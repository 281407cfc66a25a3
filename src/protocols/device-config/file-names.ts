/**
 * Names of the files that a phone asks for, in the exact case that stands in its requests: Debian's TFTP servers
 * are case-sensitive, CUCM's is not. A device name is `SEP` and twelve upper-case hex digits (tcpdump of a 7962G with
 * 9.4(2), which asks for four files in the order CTLSEP, ITLSEP, ITLFile, SEP).
 */

/** For phones that the cluster does not know. The guides print XmlDefault.cnf.xml; phones ask with this spelling. */
export const DEFAULT_CONFIG_FILE_NAME = 'XMLDefault.cnf.xml';

/** The identity trust list of the whole cluster, asked for when the phone's own name is not found. */
export const ITL_FILE_NAME = 'ITLFile.tlv';

/** Certificate trust list: `CTLSEP<MAC>.tlv`. */
export function ctlFileName(deviceName: string): string {
  return `CTL${deviceName}.tlv`;
}

/** Identity trust list: `ITLSEP<MAC>.tlv`. */
export function itlFileName(deviceName: string): string {
  return `ITL${deviceName}.tlv`;
}

/** `SEP<MAC>.cnf.xml`. */
export function deviceConfigFileName(deviceName: string): string {
  return `${deviceName}.cnf.xml`;
}

/**
 * The trust lists that a 7941/7961 (also -GE), 7942/7962, 7945/7965/7975, 7970/7971 asks for before its
 * configuration, in this order, each whatever became of the one before. 9.x loads, SCCP version 22, ask for all
 * three (the 7962G above, and the in.tftpd log of a 7965 class phone). 8.x loads, version 17, ask for the CTL alone:
 * the ITL came with CUCM 8.0, and that 8.x loads of these models do not ask for it is our inference.
 */
export function trustListFileNames(deviceName: string, sccpVersion: 17 | 22): readonly string[] {
  const ctl = ctlFileName(deviceName);
  return sccpVersion === 17 ? [ctl] : [ctl, itlFileName(deviceName), ITL_FILE_NAME];
}
