/** How long registrations and files took, and who had to ask again. */
import type { Section } from './board.ts';
import {
  BAD,
  GOOD,
  NEUTRAL,
  NOTICE,
  PERCENTILE_COLOURS,
  QUIET,
  STATE_COLOURS,
  stageColour,
  WARNING,
} from './palette.ts';
import { lines, type PlacedPanel, type Query } from './panels.ts';
import { gainedPerSecond, of, rate, recentQuantile, sum } from './promql.ts';
import { durationsPanel } from './shared-panels.ts';

/** p50, p95 and p99 of one histogram. */
export function percentiles(name: string, where = ''): Query[] {
  return [0.5, 0.95, 0.99].map((q) => ({
    expr: recentQuantile(q, name, [], where),
    legend: `p${q * 100}`,
  }));
}

export function stormLatency(): Section {
  return {
    title: 'Registrations and files',
    panels: [
      registrationHeatmap(),
      registrationPercentiles(),
      registrationsPerSecond(),
      tftpHeatmap(),
      tftpPercentiles(),
      transfers(),
      keepAlive(),
      retransmissions(),
      bytes(),
    ],
  };
}

function registrationHeatmap(): PlacedPanel {
  return durationsPanel('registration_seconds', 10, {
    title: 'Registration latency',
    description:
      'From the SYN of a try (or Register on a connection that stood by) to RegisterAck: how many took how long. A band that climbs is a CallManager that queues.',
  });
}

function registrationPercentiles(): PlacedPanel {
  return lines({
    title: 'Registration latency, percentiles',
    description:
      'Of the registrations of the last moments, to the width of a bucket. Register to RegisterAck is the registration request delay of RFC 6076: without connection and handshake.',
    size: { width: 7, height: 9 },
    queries: [
      ...percentiles('registration_seconds'),
      {
        expr: recentQuantile(0.95, 'registration_request_delay_seconds'),
        legend: 'Register to RegisterAck, p95',
      },
    ],
    unit: 's',
    colours: PERCENTILE_COLOURS,
  });
}

function registrationsPerSecond(): PlacedPanel {
  return lines({
    title: 'Registrations',
    description:
      'Per second, by outcome. failed: tries to connect or register that failed; lost: registrations that phones had and lost; unregistered: at the end of the run.',
    size: { width: 7, height: 9 },
    queries: [{ expr: gainedPerSecond(of('registrations_total'), 'outcome'), legend: '{{outcome}}' }],
    unit: 'suffix: /s',
    colours: { registered: STATE_COLOURS.registered, failed: BAD, lost: WARNING, unregistered: QUIET },
  });
}

function tftpHeatmap(): PlacedPanel {
  return durationsPanel('tftp_transfer_seconds', 10, {
    title: 'TFTP latency',
    description:
      'How long transfers took that brought a file. Whole seconds are retransmissions after a loss; a band that climbs is a server at its Maximum Serving Count.',
  });
}

function tftpPercentiles(): PlacedPanel {
  return lines({
    title: 'TFTP latency, percentiles',
    description: 'Of the transfers of the last moments that brought a file, to the width of a bucket.',
    size: { width: 7, height: 9 },
    queries: percentiles('tftp_transfer_seconds'),
    unit: 's',
    colours: PERCENTILE_COLOURS,
  });
}

function transfers(): PlacedPanel {
  return lines({
    title: 'Files asked for by TFTP',
    description:
      'Per second, by what the server said. not-found is normal for trust lists of a cluster without security, and for phones that register by auto-registration.',
    size: { width: 7, height: 9 },
    queries: [{ expr: sum(rate(of('tftp_transfers_total')), 'outcome'), legend: '{{outcome}}' }],
    unit: 'suffix: /s',
    colours: { received: GOOD, 'not-found': NOTICE, failed: BAD },
  });
}

function keepAlive(): PlacedPanel {
  return lines({
    title: 'Keepalive round trip',
    description:
      'From KeepAlive to KeepAliveAck. One that grows while phones register is a CallManager at its limit.',
    size: { width: 8, height: 8 },
    queries: percentiles('keepalive_round_trip_seconds'),
    unit: 's',
    colours: PERCENTILE_COLOURS,
  });
}

function retransmissions(): PlacedPanel {
  return lines({
    title: 'Retransmissions',
    description:
      'Datagrams that were sent again because no answer came, per second. They mean loss on the way, or a server that drops what it cannot serve.',
    size: { width: 8, height: 8 },
    queries: [{ expr: sum(rate(of('retransmissions_total')), 'protocol'), legend: '{{protocol}}' }],
    unit: 'suffix: /s',
    colours: { dhcp: stageColour('dhcp'), tftp: NEUTRAL, dns: stageColour('dns') },
  });
}

function bytes(): PlacedPanel {
  return lines({
    title: 'Files received by TFTP',
    description: 'Bytes of files per second. Firmware makes it large.',
    size: { width: 8, height: 8 },
    queries: [{ expr: sum(rate(of('tftp_received_bytes_total'))), legend: 'received' }],
    unit: 'Bps',
    colours: { received: GOOD },
  });
}
