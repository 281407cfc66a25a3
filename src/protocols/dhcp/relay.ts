/**
 * What a relay agent adds to a client's message, and the rules by which servers answer.
 *
 * Thousands of phones share one UDP socket when each speaks as if through a relay agent (RFC 1542, section 4;
 * perfdhcp works the same way): no raw socket, no broadcast, no address per phone.
 *
 *   field    client -> server                  server -> client
 *   -------  --------------------------------  ----------------------------------------------------------
 *   giaddr   the relay's own address, never 0  copied; the server sends to giaddr, server port (67), whatever
 *            (RFC 1542, section 4.1.1)         `flags` and `ciaddr` say (RFC 2131, section 4.1)
 *   hops     1: one relay was passed           copied or 0
 *   xid      the client's; the key by which    copied
 *            the relay finds the phone again
 *
 * - The server picks the subnet by giaddr, so giaddr must lie in a configured subnet (or Kea's
 *   `relay.ip-addresses` must name it).
 * - Kea drops a message unless hops and giaddr are both zero or both set (`src/bin/dhcp4/dhcp4_srv.cc`).
 * - The reply port is 67 unless the server was told otherwise: Kea `-P PORT`, dnsmasq
 *   `--dhcp-alternate-port=SERVER,CLIENT` (replies to relays go to SERVER). So the server's address and port, giaddr,
 *   and the port on which replies arrive are three separate settings.
 * - A renewing phone would send from the leased address. Nobody owns that address here, so renewals and releases
 *   go through the relay too: ciaddr is the leased address and giaddr is ours. Kea and dnsmasq answer to giaddr.
 * - Option 82 (RFC 3046) is not added. A server that sends it all the same gets no echo: the client does not read it.
 */

/** `hops` of a message that one relay agent has passed on. */
export const RELAY_HOPS = 1;
