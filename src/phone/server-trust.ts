import type { MachineEvent } from '../protocols/effects.ts';
import type { Phone, PhoneOutput } from './phone.ts';
import type { CallManagerEndpoint } from './phone-effects.ts';
import { onLinkVerdict, type SecureLink, throughLink } from './secure-link.ts';
import { askTvs, cancelTvs } from './tvs-questions.ts';

/** `throughLink` for a connection to a CallManager: TVS is asked about one that the trust lists do not name. */
export function throughCallManagerLink(
  phone: Phone,
  endpoint: CallManagerEndpoint,
  link: SecureLink,
  event: MachineEvent,
  out: PhoneOutput,
): readonly MachineEvent[] {
  const wasAsking = link.phase === 'verifying';
  const events = throughLink(phone, link, event, out);
  if (wasAsking && link.phase !== 'verifying') cancelTvs(phone, endpoint);
  if (wasAsking || link.phase !== 'verifying' || link.stranger === null) return events;
  const verdict = askTvs(phone, endpoint, link.stranger, event.now, out);
  return verdict === null ? events : onLinkVerdict(phone, link, verdict, event.now, out);
}
