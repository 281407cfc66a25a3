import type { FailureFacts } from './failure-facts.ts';

const TRUST_LOOK =
  'OS Administration > Security > Certificate Management; `show ctl`, `show itl`; phone: Settings > Status > Status Messages';
const TLS_LOOK =
  'OS Administration > Security > Certificate Management: CallManager, CallManager-trust; Cisco CallManager traces: TLS';
const CAPF_LOOK =
  'CUCM Serviceability > Control Center: Cisco Certificate Authority Proxy Function; Device > Phone: Certificate Operation Status';
const TVS_LOOK =
  'CUCM Serviceability > Control Center: Cisco Trust Verification Service; TVS traces of the node';

/** What can go wrong with trust lists, signed files, certificates and TLS: part of the closed table. */
export const SECURITY_CAUSES = {
  'trust-list-missing': {
    text: 'the configuration asks for security, and the phone has no trust list with a CallManager certificate',
    hint: 'is the cluster in mixed mode (CTL file made), and is the CTL file served?',
    look: TRUST_LOOK,
    fault: 'server',
  },
  'signature-invalid': {
    text: 'a signed file does not have the signature of the server that the trust list names ("file auth error")',
    hint: 'regenerated certificates? restart Cisco Tftp on all nodes; if phones hold an old ITL, delete it on them',
    look: TRUST_LOOK,
    fault: 'server',
  },
  'signer-unknown': {
    text: 'the signer of a file is not in the trust list, and TVS does not vouch for it',
    hint: 'the phone holds the ITL of another cluster, or all certificates were regenerated at once',
    look: TRUST_LOOK,
    fault: 'server',
  },
  'signed-file-malformed': {
    text: 'a file that should be signed has no signed form',
    hint: 'fetch the file by hand: is it what CUCM serves under this name?',
    look: TRUST_LOOK,
    fault: 'server',
  },
  'decrypt-failed': {
    text: 'the encrypted configuration is for another key than the certificate of the phone has, or is damaged',
    hint: 'CUCM knows another certificate of this phone: enrol again, or give the phone the certificate that CUCM has',
    look: 'CUCM Administration > Device > Phone: Certificate Operation; phone status message "CFG file decryption failed"',
    fault: 'server',
  },
  'no-certificate': {
    text: 'the phone needs a certificate and has none',
    hint: 'make them with `bootstorm pki issue` and name the folder in the scenario, or let phones enrol',
    look: 'the scenario: phones.security.certificates',
    fault: 'none',
  },
  'tvs-unreachable': {
    text: 'TVS did not vouch for a certificate that the trust list does not name: it did not answer',
    hint: 'is TCP 2445 open, and the Cisco Trust Verification Service running?',
    look: TVS_LOOK,
    fault: 'server',
    serverRole: 'tvs',
  },
  'capf-unreachable': {
    text: 'CAPF could not be reached, or did not answer in time',
    hint: 'is TCP 3804 open, and the service running on the publisher?',
    look: CAPF_LOOK,
    fault: 'server',
  },
  'capf-untrusted': {
    text: 'the certificate of CAPF is not in the trust list',
    hint: 'was CAPF.pem regenerated? The CTL file has to be made again, and the phones have to read it',
    look: TRUST_LOOK,
    fault: 'server',
  },
  'capf-rejected': {
    text: 'CAPF ended the session with a reason other than success',
    hint: 'the reason stands in the detail: unknown device, wrong authentication string, or an expired operation',
    look: CAPF_LOOK,
    fault: 'server',
  },
  'capf-malformed': {
    text: 'CAPF sent bytes that are not CAPF',
    hint: 'check the port (3804)',
    look: 'a capture of the connection',
    fault: 'server',
  },
  'certificate-change-forbidden': {
    text: 'CAPF wanted to change the certificate of the phone, which the scenario does not allow',
    hint: 'it takes the certificate away from the real phone of that name: allowCertificateChange allows it',
    look: 'the scenario: target.security.allowCertificateChange',
    fault: 'none',
  },
  'tls-version-refused': {
    text: 'the server takes no TLS version that the phone speaks',
    hint: '79xx speak TLS 1.0 alone: lower the minimum TLS version of the cluster, or replace these phones',
    look: 'CUCM CLI: show tls min-version',
    fault: 'server',
  },
  'tls-no-shared-suite': {
    text: 'the server takes none of the cipher suites that the phone offers (alert handshake_failure)',
    hint: 'authenticated mode needs NULL-SHA, encrypted mode of 79xx AES128-SHA: newer releases switch them off. Some servers refuse a phone without a certificate in this way',
    look: 'CUCM Administration > Enterprise Parameters: TLS Ciphers; Cipher Management',
    fault: 'server',
  },
  'tls-certificate-refused': {
    text: 'the server does not accept the certificate of the phone (an alert about certificates)',
    hint: 'is the issuer in CallManager-trust, and the certificate still valid? See `bootstorm pki export`',
    look: TLS_LOOK,
    fault: 'server',
  },
  'tls-alert': {
    text: 'the server ended the handshake or the connection with an alert of TLS',
    hint: 'the alert stands in the detail',
    look: TLS_LOOK,
    fault: 'server',
  },
  'tls-failed': {
    text: 'the handshake broke off without an alert: the server sent something that is not TLS, or not for this phone',
    hint: 'check that the port speaks TLS (2443), not SCCP in clear (2000); OpenSSL’s reason stands in the detail',
    look: 'a capture of the connection',
    fault: 'server',
  },
  'tls-closed': {
    text: 'the server ended the connection during the handshake without an alert',
    hint: 'some servers refuse a certificate or a version in this way: look there, or for overload',
    look: TLS_LOOK,
    fault: 'server',
  },
  'tls-timeout': {
    text: 'connected, but the handshake was not complete in time',
    hint: 'one private key operation for each handshake: the CPU of the server is the limit',
    look: `${TLS_LOOK}; RTMT > CPU and Memory`,
    fault: 'server',
  },
  'tls-server-untrusted': {
    text: 'the certificate of CallManager is not in the trust list, and TVS does not vouch for it',
    hint: 'was CallManager.pem regenerated, or has it expired? Then make the CTL file again and restart Cisco Tftp',
    look: TRUST_LOOK,
    fault: 'server',
  },
} as const satisfies Record<string, FailureFacts>;
