import { X509Certificate } from 'node:crypto';

/**
 * What somebody must know who lets a cluster trust an authority of this program: where it goes, what has to be
 * restarted, how it is removed, and what it means. Sources: Cisco documents 214231 (services that read these stores),
 * 211300 (removal, before 11.0 and since), and the security guide's chapter on certificates (stores).
 */
export function trustAdvice(authority: Uint8Array): string {
  const { subject, validTo, fingerprint256 } = new X509Certificate(authority);
  return `Certificate of a lab authority made by bootstorm, for a cluster that is to be tested.

  name         ${subject.replaceAll('\n', ', ')}
  expires      ${validTo}
  SHA-256      ${fingerprint256}

WARNING: whoever holds the key of this authority can impersonate any phone of a cluster that trusts it: register in
its place, make its calls, receive those for it. Do not let a cluster in production trust it, keep the key where you
keep such keys, and remove the certificate from the cluster as soon as the test is over.

To let a cluster trust it
  1. Cisco Unified OS Administration, Security, Certificate Management, Upload Certificate: purpose CallManager-trust.
     That is the store against which Cisco CallManager holds the certificates of phones.
  2. Only if phones show a certificate of this authority to CAPF as well (authentication by existing certificate):
     the same with purpose CAPF-trust.
  3. Cisco Unified Serviceability, on every node that runs them: restart Cisco CallManager, Cisco CTIManager and
     Cisco Tftp; after CAPF-trust also Cisco Certificate Authority Proxy Function (publisher). Restarting
     Cisco CallManager makes real phones fail over: choose the hour.

To remove it again
  1. Certificate Management: find the name above in CallManager-trust (and CAPF-trust), delete it. Since release 11.0
     that deletes it on all nodes; before, stop Cisco Certificate Change Notification on all nodes, delete it on each
     of them, and start the service again, or it comes back.
  2. Restart the same services: they may go on trusting what they have read.
  3. Remove the folder with the key of the authority.
`;
}
