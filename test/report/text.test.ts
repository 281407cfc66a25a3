import { stripVTControlCharacters } from 'node:util';
import { describe, expect, it } from 'vitest';
import { buildSummary } from '../../src/report/summary.ts';
import { renderReport } from '../../src/report/text.ts';
import { aggregate } from '../../src/metrics/aggregate.ts';
import { bootEvents, shardOf, WHOLE_BOOT } from '../metrics/phone-stories.ts';
import { FACTS } from '../metrics/run-facts-example.ts';
import { exampleSummary, healthyRun } from './example-run.ts';

describe('renderReport', () => {
  it('tells a run with failures from heading to verdict', () => {
    expect(renderReport(exampleSummary(), { summaryPath: 'summary.json' })).toMatchInlineSnapshot(`
      "embedded lab, not CUCM
        TFTP: 200 transfers at once
        SCCP: 500 registrations a second

      bootstorm 0.1.0: first-run
      run run-1, seed 1, started 2026-01-02T03:04:05.000Z, 12.5 s
      note: modelled times (switch, image, VLAN) are divided by 10: recovery from power is not real time
      note: all phones share the source address 127.0.0.1

      When is the building back?
        Not back: 1,185 of 1,200 phones in service at the end of the hold
        90 % had been in service 7.41 s after power returned (compressed)

      Recovery: time until a share of the phones asked was in service
                                                50 %    90 %         99 %        100 %
        from power return (compressed)        4.72 s  7.41 s  not reached  not reached
        network only (first packet to ready)  1.49 s  2.38 s  not reached  not reached

      Phones in service
        | ▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▂▂▂▂▂▃▃▃▃▄▄▄▅▅▅▅▆▆▆▆▆▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇| of 1,200, 12.5 s

      Phones at the end of the hold
        1,200 asked = 1,185 registered (1,185 ready) + 13 trying + 0 dropped + 1 failed + 1 not started +
          0 lost with agent

        phones  state   stage     last failure   server
            10  trying  dns       in-progress    -
             3  trying  dhcp      dhcp-timeout   127.0.0.1:67
             1  failed  register  sccp-rejected  127.0.0.1:2000

      Stragglers: 15 not in service
        device           state   stage     last failure   boots  to service  most time in
        SEP000000001198  failed  register  sccp-rejected      1           -  power: 1 try, 50.0 ms
        SEP000000000007  trying  dns       in-progress        1           -  power: 1 try, 29.0 ms
        SEP000000000107  trying  dns       in-progress        1           -  power: 1 try, 79.0 ms
        SEP000000000307  trying  dns       in-progress        1           -  power: 1 try, 29.0 ms
        SEP000000000407  trying  dns       in-progress        1           -  power: 1 try, 79.0 ms
        SEP000000000507  trying  dns       in-progress        1           -  power: 1 try, 129 ms
        SEP000000000607  trying  dns       in-progress        1           -  power: 1 try, 29.0 ms
        SEP000000000707  trying  dns       in-progress        1           -  power: 1 try, 79.0 ms
        SEP000000000807  trying  dns       in-progress        1           -  power: 1 try, 129 ms
        SEP000000000907  trying  dns       in-progress        1           -  power: 1 try, 29.0 ms
        and 5 more: the summary names the first hundred

      Latency per stage, from the stage's own first try (* modelled, not measured)
        step  stage                             count  attempts      p50     p90     p99     max
           1  Obtain power from the switch *    1,199     1,199  99.0 ms  159 ms  173 ms  175 ms
           2  Load the stored phone image *     1,199     1,199  99.0 ms  159 ms  173 ms  175 ms
           3  Configure the VLAN *              1,199     1,199  99.0 ms  159 ms  173 ms  175 ms
           4  Obtain an IP address              1,196     1,332  99.5 ms  159 ms  173 ms  175 ms
           5  Find the TFTP server              1,196     1,329  99.5 ms  159 ms  173 ms  175 ms
           6  Request the trust lists           1,196     1,329  99.5 ms  159 ms  173 ms  175 ms
           7  Request the configuration file    1,196     1,329  99.5 ms  159 ms  173 ms  175 ms
           8  Resolve the CallManager name      1,196     1,329  99.5 ms  159 ms  173 ms  175 ms
           8  Connect to CallManager            1,186     1,319   109 ms  520 ms  2.08 s  2.26 s
           8  Register (to RegisterAck)         1,185     1,186   100 ms  160 ms  173 ms  175 ms
           8  Set up lines (to DefineTimeDate)  1,185     1,185   100 ms  160 ms  173 ms  175 ms
        Register to RegisterAck, 1,185 times: p50 100 ms, p99 173 ms, max 175 ms (RRD of RFC 6076)
        Tries to register that failed: 1 of 1,186, 0 % (IRA of RFC 6076)

      From intended power return to the end of the stage
        step  stage                             count     p50     p90     p99     max
           1  Obtain power from the switch *    1,199  198 ms  318 ms  346 ms  349 ms
           2  Load the stored phone image *     1,199  396 ms  636 ms  692 ms  698 ms
           3  Configure the VLAN *              1,199  594 ms  954 ms  1.04 s  1.05 s
           4  Obtain an IP address              1,196  796 ms  1.28 s  1.39 s  1.40 s
           5  Find the TFTP server              1,196  995 ms  1.59 s  1.73 s  1.75 s
           6  Request the trust lists           1,196  1.20 s  1.91 s  2.08 s  2.09 s
           7  Request the configuration file    1,196  1.40 s  2.23 s  2.43 s  2.44 s
           8  Resolve the CallManager name      1,196  1.60 s  2.55 s  2.77 s  2.79 s
           8  Connect to CallManager            1,186  1.88 s  3.00 s  4.80 s  5.21 s
           8  Register (to RegisterAck)         1,185  2.08 s  3.33 s  5.12 s  5.55 s
           8  Set up lines (to DefineTimeDate)  1,185  2.29 s  3.66 s  5.44 s  5.90 s

      Failed attempts, by stage, cause and server
        datagrams sent again for want of an answer: DHCP 0, TFTP 0, DNS 0

        stage     failed     of  time lost     each
        dhcp           3  1,332     150 ms  50.0 ms
        connect      133  1,319     13.1 s  98.7 ms
        register       1  1,186    50.0 ms  50.0 ms

        133 x connect: tcp-refused with 127.0.0.1:2000
            CallManager refused the connection (RST)
            do:   is the Cisco CallManager service running and initialised? It takes minutes after a node
                  boots
            look: CUCM Serviceability > Control Center: Cisco CallManager; RTMT > Device > Phone
        3 x dhcp: dhcp-timeout with 127.0.0.1:67
            no DHCP server answered
            do:   check the relay (ip helper-address), the scope and the reply port
            look: DHCP server log and scope utilisation; \`show ip helper-address\` on the access switch
        1 x register: sccp-rejected with 127.0.0.1:2000
            CallManager rejected the registration
            do:   the device is unknown and auto-registration is off, or its model does not match
            look: CUCM Administration > Device > Phone; alarm EndPointTransientConnection
            text: 1 x "No Entry In Database"

      Servers
        role         address         attempts  registered   peak  refused  resets      p50     p99
        dhcp         127.0.0.1:67       1,332           -      -        0       0  99.5 ms  173 ms
        dns          127.0.0.1:53       1,329           -      -        0       0  99.5 ms  173 ms
        callManager  127.0.0.1:2000     1,319       1,185  1,185      134       0   300 ms  519 ms

      Agents
        agent    host  state     shards  phones  first start late
        agent-0  here  finished       1     600           0.50 ms
        agent-1  here  finished       1     600           0.75 ms
        skew of the first start between agents: 0.25 ms, on one clock

      The generator's own health
        lateness p99, worst 10 s            4.91 ms
        event-loop lag p99, worst 10 s      10.9 ms
        longest block of an event loop      11.0 ms
        datagrams dropped at relay sockets  0 of 4
        dropped in its network              0 (any UDP socket, servers’ too)
        descriptors left at least           1,018
        snapshots lost                      0
        CPU                                 1.23 s (1.04 ms per registered phone)
        memory                              101 MB (85.2 kB per registered phone)
        processes                           2, Node v20.20.2

      Thresholds
                threshold        found
        MISSED  ready == 100%  98.75 %

      Summary written to summary.json
      Not back: 1,185 of 1,200 phones in service at the end of the hold
      FAIL: missed: ready == 100% (found 98.75 %)
            15 of 1,200 phones are not in service: 1 not started, 13 trying, 1 failed
      "
    `);
  });

  it('is short where nothing failed', () => {
    const summary = buildSummary(healthyRun(), FACTS, { durationSeconds: 60, abortReason: null });
    const text = renderReport(summary, { summaryPath: null });
    expect(text).not.toContain('embedded lab');
    expect(text).not.toContain('Summary written');
    expect(text).toContain('Failed attempts\n  none\n');
    expect(text).toMatch(/\nPASS: all 10 phones are in service\n {6}ready == 100% \(found 100 %\)\n$/);
  });

  it('is headed by the lab, keeps to 100 columns, and has no space at the end of a line', () => {
    const lines = renderReport(exampleSummary(), { summaryPath: null }).split('\n');
    expect(lines[0]).toBe('embedded lab, not CUCM');
    for (const line of lines) expect(line).toMatch(/^.{0,100}(?<! )$/);
  });

  it('says the same in colour', () => {
    const summary = exampleSummary();
    const plain = renderReport(summary, { summaryPath: 'x' });
    const colored = renderReport(summary, { summaryPath: 'x', color: true });
    expect(colored).not.toBe(plain);
    expect(stripVTControlCharacters(colored)).toBe(plain);
  });

  it('tells what phones did within their groups of CallManagers', () => {
    const phones = [
      bootEvents([...WHOLE_BOOT, 'switch']),
      bootEvents([...WHOLE_BOOT, 'switch', 'switch']),
      bootEvents([...WHOLE_BOOT, 'lose']),
    ];
    const state = aggregate([{ shard: 0, phones: 3 }], [shardOf(phones).snapshot()]);
    const summary = buildSummary(state, FACTS, { durationSeconds: 60, abortReason: null });
    const text = renderReport(summary, { summaryPath: null });
    const from = text.indexOf('CallManagers as a group');
    expect(text.slice(from, text.indexOf('Agents', from))).toMatchInlineSnapshot(`
      "CallManagers as a group
        2 phones failed over, 1 phone fell back

        CallManager     registered  peak  standby  failover to  from  fallback to  standby failed
        127.0.0.1:2000           1     3        0            0     2            1               2
        127.0.0.1:2001           1     1        0            2     0            0               0

        127.0.0.1:2000 was lost: keepalive-timeout 3

        tokens asked of  granted  rejected  unanswered  answer p50      p99  wait p50     p99
        127.0.0.1:2000         1         1           0     4.00 ms  6.00 ms    5.00 s  5.00 s

      "
    `);
    expect(renderReport(exampleSummary(), { summaryPath: null })).not.toContain('CallManagers as a group');
  });

  it('names the kinds of failure that it leaves out', () => {
    const summary = exampleSummary();
    const failures = Array.from({ length: 13 }, (_, index) => ({
      stage: 'connect' as const,
      cause: 'tcp-timeout' as const,
      server: `127.0.0.${index}:2000`,
      count: 13 - index,
    }));
    const text = renderReport({ ...summary, failures }, { summaryPath: null });
    expect(text).toContain('and 3 more kinds: the summary has them all');
    expect(text.match(/CallManager did not answer the SYN/g)).toHaveLength(1);
  });
});
