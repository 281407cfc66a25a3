import { describe, expect, it } from 'vitest';
import { Histogram } from '../../src/metrics/histogram.ts';
import { ShardMetrics } from '../../src/metrics/shard-metrics.ts';
import { valueAt } from '../../src/metrics/step-curve.ts';
import { GENERATOR } from './generator-sample.ts';
import { bootEvents, interleaved, SECONDARY, shardOf, WHOLE_BOOT } from './phone-stories.ts';

const CALL_MANAGER = '127.0.0.1:2000';

describe('ShardMetrics', () => {
  it('is plain data that numbers itself', () => {
    const metrics = shardOf([bootEvents(WHOLE_BOOT)]);
    const first = metrics.snapshot();
    expect(structuredClone(first)).toEqual(first);
    expect(JSON.parse(JSON.stringify(first))).toEqual(first);
    expect([first.sequence, metrics.snapshot().sequence]).toEqual([1, 2]);
  });

  it('times a stage from its own first try, and from the intended start', () => {
    // dhcp fails once: tries begin at 350 and 450 ms, the second ends at 500.
    const { stages } = shardOf([bootEvents(['pass', 'pass', 'pass', 'fail', 'pass'])]).snapshot();
    expect(stages.dhcp).toMatchObject({ attempts: 2, failures: 1 });
    expect(stages.dhcp.latency).toMatchObject({ count: 1, max: 150 });
    expect(stages.dhcp.fromIntendedStart).toMatchObject({ count: 1, max: 500 });
  });

  it('counts the latency of a stage once, though the whole boot is tried again', () => {
    const turns = [...WHOLE_BOOT.slice(0, 6), 'fail' as const, ...WHOLE_BOOT.slice(3)];
    const { stages } = shardOf([bootEvents(turns)]).snapshot();
    expect(stages.dhcp.attempts).toBe(2);
    expect(stages.dhcp.latency).toMatchObject({ count: 1, max: 50 });
  });

  it('gives recovery from power and from the first packet, the first time in service only', () => {
    const turns = [...WHOLE_BOOT, 'lose' as const, ...WHOLE_BOOT.slice(3)];
    const { recovery } = shardOf([bootEvents(turns, { from: 2000 })]).snapshot();
    expect(recovery.fromPower).toMatchObject({ count: 1, max: 3100 });
    expect(recovery.network).toMatchObject({ count: 1, max: 700 });
  });

  it('gives each wave of power its own recovery, from its own start', () => {
    const metrics = new ShardMetrics({
      shard: 0,
      epoch: 0,
      phones: 3,
      armedAt: 0,
      waveStartsAt: (wave) => wave * 2000,
    });
    const twice = bootEvents([...WHOLE_BOOT, 'outage', ...WHOLE_BOOT, 'lose', ...WHOLE_BOOT.slice(3)]);
    const cutOff = bootEvents([...WHOLE_BOOT.slice(0, 4), 'outage', ...WHOLE_BOOT]);
    for (const { phone, event } of interleaved([twice, cutOff, []])) metrics.observe(phone, event);
    const [first, second] = metrics.snapshot().recovery.waves;
    expect(first).toMatchObject({ phones: 2, toService: { count: 1, max: 1100 } });
    // 1,200 and 500 ms: power returns; 1,100 ms later each is in service. Coming back from a loss is no recovery.
    expect(second).toMatchObject({ phones: 2, toService: { count: 2, max: 300 } });
  });

  it('counts a phone whose power fails and returns within one wave as one', () => {
    const metrics = new ShardMetrics({ shard: 0, epoch: 0, phones: 1, armedAt: 0 });
    for (const now of [10, 20]) {
      metrics.observe(0, { type: 'poweredOn', now, intendedAt: now, wave: 0 });
      metrics.observe(0, { type: 'poweredOff', now: now + 5 });
    }
    expect(metrics.snapshot().recovery.waves).toMatchObject([{ phones: 1, toService: { count: 0 } }]);
  });

  it('draws the phones in service second by second', () => {
    const lost = bootEvents([...WHOLE_BOOT, 'lose'], { paceMs: 1000 });
    const { recovery } = shardOf([lost, bootEvents(WHOLE_BOOT, { paceMs: 1100 })]).snapshot();
    expect([10, 11, 12, 13, 60].map((second) => valueAt(recovery.inService, second))).toEqual([
      0, 1, 0, 1, 1,
    ]);
  });

  it('knows each server by role', () => {
    const { servers } = shardOf([
      bootEvents(WHOLE_BOOT),
      bootEvents([...WHOLE_BOOT.slice(0, 8), 'fail', 'pass'], { cause: 'tcp-refused' }),
      bootEvents([...WHOLE_BOOT, 'lose']),
    ]).snapshot();
    const callManager = servers.find(({ role }) => role === 'callManager');
    expect(callManager).toMatchObject({ address: CALL_MANAGER, attempts: 3, refused: 1, registeredNow: 1 });
    expect(callManager?.latency).toMatchObject({ count: 2, max: 150 });
    expect(servers.map(({ role }) => role).sort()).toEqual(['callManager', 'dhcp', 'dns']);
    expect(servers.find(({ role }) => role === 'dhcp')).toMatchObject({ attempts: 4 });
  });

  it('follows phones through their group of CallManagers', () => {
    const once = bootEvents([...WHOLE_BOOT, 'switch']);
    const thereAndBack = bootEvents([...WHOLE_BOOT, 'switch', 'switch']);
    const twice = bootEvents([...WHOLE_BOOT, 'switch', 'switch', 'switch']);
    const { group, servers, servicesLost } = shardOf([once, thereAndBack, twice]).snapshot();
    expect(group).toEqual({ failovers: 4, fallbacks: 2, phonesFailedOver: 3, phonesFellBack: 2 });
    expect(servicesLost).toBe(4);
    const primary = servers.find(({ address }) => address === CALL_MANAGER);
    const secondary = servers.find(({ address }) => address === SECONDARY);
    expect(primary).toMatchObject({
      registeredNow: 1,
      standbyNow: 0,
      failedOverFrom: 4,
      failedOverTo: 0,
      fellBackTo: 2,
      lost: [{ cause: 'keepalive-timeout', count: 4 }],
      tokens: { outcomes: { granted: 2, rejected: 2, unanswered: 0 } },
    });
    expect(primary?.tokens.wait).toMatchObject({ count: 2, max: 5000 });
    expect(primary?.tokens.roundTrip).toMatchObject({ count: 4, max: 6 });
    expect(secondary).toMatchObject({ registeredNow: 2, standbyNow: 0, failedOverTo: 4, lost: [] });
    expect(primary).toMatchObject({ standbyLost: 2, standbyFailed: 2, refused: 2, resets: 2 });
  });

  it('times the registration on a connection that stood by from Register, not from an earlier SYN', () => {
    const metrics = shardOf([bootEvents([...WHOLE_BOOT, 'lose'])]);
    const before = metrics.snapshot().security.registration.none;
    metrics.observe(0, { type: 'stageStarted', stage: 'register', now: 50_000 });
    metrics.observe(0, { type: 'registered', now: 50_030, server: SECONDARY });
    const { security, servers } = metrics.snapshot();
    const registration = security.registration.none;
    expect(registration.count).toBe(before.count + 1);
    expect(registration.sum - before.sum).toBe(30);
    expect(servers.find(({ address }) => address === SECONDARY)?.latency.max).toBe(30);
  });

  it('lays a lost lease at no CallManager, and the lost registration at the one that had it', () => {
    const metrics = shardOf([bootEvents(WHOLE_BOOT)]);
    const failure = { stage: 'dhcp', cause: 'lease-lost', server: '127.0.0.1:67' } as const;
    metrics.observe(0, { type: 'serviceLost', now: 90_000, failure, wasReady: true });
    const { servers } = metrics.snapshot();
    expect(servers.filter(({ lost }) => lost.length > 0)).toMatchObject([
      { role: 'callManager', address: CALL_MANAGER, lost: [{ cause: 'lease-lost', count: 1 }] },
    ]);
    expect(servers.filter(({ role }) => role === 'callManager')).toHaveLength(1);
  });

  it('counts the connections that stand by now', () => {
    const metrics = new ShardMetrics({ shard: 0, epoch: 0, phones: 3, armedAt: 0 });
    for (const phone of [0, 1, 2]) metrics.observe(phone, { type: 'standbyUp', now: 1, server: SECONDARY });
    metrics.observe(1, { type: 'standbyLost', now: 2, server: SECONDARY, cause: 'tcp-reset' });
    metrics.observe(2, { type: 'standbyLeft', now: 2, server: SECONDARY });
    expect(metrics.snapshot().servers).toMatchObject([{ address: SECONDARY, standbyNow: 1, standbyLost: 1 }]);
  });

  it('counts transfers, retransmissions and keepalives', () => {
    const metrics = new ShardMetrics({ shard: 0, epoch: 0, phones: 1, armedAt: 0 });
    const file = {
      type: 'fileTransferred',
      protocol: 'tftp',
      name: 'f',
      server: '127.0.0.1:69',
      now: 30,
      startedAt: 10,
    } as const;
    metrics.observe(0, { ...file, outcome: 'received', bytes: 5000 });
    metrics.observe(0, { ...file, outcome: 'not-found', bytes: 0 });
    metrics.observe(0, { ...file, outcome: 'failed', bytes: 512 });
    metrics.observe(0, { type: 'retransmitted', protocol: 'tftp', now: 0 });
    metrics.observe(0, { type: 'keepAliveAnswered', now: 0, roundTripMs: 7 });
    metrics.lateness(2);
    metrics.eventLoopLag(11);
    const snapshot = metrics.snapshot();
    expect(snapshot.transfers.outcomes).toEqual({ received: 1, 'not-found': 1, failed: 1 });
    expect(snapshot.transfers).toMatchObject({ bytes: 5000, latency: { count: 1, max: 20 } });
    expect(snapshot.servers).toMatchObject([{ role: 'tftp', attempts: 3, latency: { count: 2 } }]);
    expect(snapshot.retransmissions).toEqual({ dhcp: 0, tftp: 1, dns: 0 });
    expect(snapshot.keepAlive.max).toBe(7);
    expect(snapshot.lateness.max).toBe(2);
    expect(snapshot.eventLoopLag.max).toBe(11);
  });

  it('measures every registration from its own Register, and none that was refused', () => {
    const metrics = new ShardMetrics({ shard: 0, epoch: 0, phones: 1, armedAt: 0 });
    const failure = { stage: 'register', cause: 'sccp-rejected', server: CALL_MANAGER } as const;
    const passed = (startedAt: number, now: number): void => {
      const stage = { stage: 'register', firstStartedAt: 100, server: CALL_MANAGER } as const;
      metrics.observe(0, { type: 'stageStarted', stage: 'register', now: startedAt });
      metrics.observe(0, { type: 'stagePassed', ...stage, now, startedAt });
      metrics.observe(0, { type: 'registered', now, server: CALL_MANAGER });
    };
    metrics.observe(0, { type: 'poweredOn', now: 0, intendedAt: 0, wave: 0 });
    metrics.observe(0, { type: 'stageStarted', stage: 'register', now: 100 });
    metrics.observe(0, { type: 'stageFailed', failure, now: 130, startedAt: 100 });
    passed(1000, 1007);
    const serviceLost = { ...failure, stage: 'ready', cause: 'tcp-reset' } as const;
    metrics.observe(0, { type: 'serviceLost', now: 2000, failure: serviceLost, wasReady: false });
    passed(3000, 3040);
    const { registrationRequestDelay, registrations, stages } = metrics.snapshot();
    expect(registrationRequestDelay).toMatchObject({ count: 2, sum: 47, max: 40 });
    expect(registrations).toBe(2);
    expect(stages.register).toMatchObject({ attempts: 3, failures: 1, latency: { count: 1, sum: 907 } });
  });

  it('stands still once the ledger is closed, but for what the winding down does', () => {
    const metrics = shardOf([bootEvents(WHOLE_BOOT)]);
    metrics.closeLedger(99_000);
    const before = metrics.snapshot();
    metrics.observe(0, { type: 'unregistered', now: 90_000, server: CALL_MANAGER });
    const after = metrics.snapshot();
    expect(after).toEqual({ ...before, sequence: 2, unregistrations: 1 });
    expect(after).toMatchObject({ ledgerClosed: true, phones: { ready: 1 } });
  });

  it('takes the generator as the runner sampled it', () => {
    expect(shardOf([[]]).snapshot(GENERATOR).generator).toEqual(GENERATOR);
    expect(Histogram.fromSparse(shardOf([[]]).snapshot().lateness).count).toBe(0);
  });
});
