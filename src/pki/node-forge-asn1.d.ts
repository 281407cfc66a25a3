/** The ASN.1 of node-forge by itself: to load all of it takes longer than to load everything else of a lab's process. */
declare module 'node-forge/lib/asn1.js' {
  import type forge from 'node-forge';

  const asn1: typeof forge.asn1;
  export default asn1;
}
