/** One block of a PEM file, RFC 7468. */
export interface PemBlock {
  /** `CERTIFICATE`, `PRIVATE KEY`, ... */
  readonly label: string;
  /** From BEGIN to END, with its line end. */
  readonly text: string;
}

const BLOCK = /-----BEGIN ([A-Z0-9 ]+)-----\r?\n(?:(?!-----)[^])*-----END \1-----(?:\r?\n|$)/g;

/** The blocks of a text in their order; whatever else is there is left out, as OpenSSL does. */
export function pemBlocks(text: string): readonly PemBlock[] {
  return [...text.matchAll(BLOCK)].map(([block, label = '']) => ({ label, text: block }));
}

const LINE = /.{1,64}/g;

export function certificatePem(der: Uint8Array): string {
  const base64 = Buffer.from(der.buffer, der.byteOffset, der.byteLength).toString('base64');
  return `-----BEGIN CERTIFICATE-----\n${(base64.match(LINE) ?? []).join('\n')}\n-----END CERTIFICATE-----\n`;
}

/** The content of a block. What is not base64 is skipped; whether the rest is DER shows when it is read. */
export function pemContent({ text }: PemBlock): Buffer {
  return Buffer.from(text.replace(/-----[^-]+-----/g, ''), 'base64');
}
