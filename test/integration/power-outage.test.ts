/**
 * Power is cut while phones are in service, and returns. The routing table that changes meanwhile is that of a network
 * namespace of the test's own.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EXIT_CODES } from '../../src/cli/exit-codes.ts';
import {
  endOfStorm,
  type FinishedStorm,
  ledgerSum,
  pause,
  type RunningCommand,
  runCommand,
  startStorm,
} from '../support/bootstorm-command.ts';
import { createNamespace, type Namespace } from '../support/interop/namespace.ts';
import { valueAt } from '../../src/report/bar-curve.ts';
import { childrenOf } from '../support/process-tree.ts';

const PHONES = 20;
const LIMIT_MS = 90_000;
const CUT_SECOND = 8;
/** The lab drops nobody before the phones are back: three keepalives are longer than all of it. */
const OUTAGE = `
name: outage
phones: { generate: { count: ${PHONES}, layout: { perSwitch: 5, switchesPerFloor: 2 } } }
timing: { power: 0s, image: 0.2s, vlan: 0.1s }
ramp: [{ duration: 1s }]
outage: { at: ${CUT_SECOND}s, duration: 4s, return: { shape: ups-staggered, within: 2s, by: switch } }
hold: 2s
maxDuration: 1m
target: { dhcp: { backoffSeconds: [0.5, 1] }, tftp: { timeoutSeconds: 0.5s } }
lab: { keepAliveSeconds: 30, callManagers: 1 }
workers: { threads: 1 }
`;

/** A namespace for one test, and what happens in it. */
class OwnNetwork {
  readonly #namespace: Namespace;

  constructor(namespace: Namespace) {
    this.#namespace = namespace;
  }

  start(scenario: string): RunningCommand {
    return startStorm(scenario, [], { under: this.#namespace.command(['env']), timeoutMs: LIMIT_MS });
  }

  async ip(...args: readonly string[]): Promise<string> {
    return (await this.#namespace.run('ip', args)).stdout;
  }

  async blackholes(): Promise<number> {
    const routes = await this.ip('route', 'show', 'table', 'local', 'type', 'blackhole');
    return routes.split('\n').filter((line) => line !== '').length;
  }

  /** Waits until every phone of a storm has lost its power; the test's own time-out is the limit. */
  async everybodyDark(storm: RunningCommand): Promise<void> {
    await storm.logged('powerCut');
    while ((await this.blackholes()) < PHONES) await pause(50);
  }
}

const networks: Namespace[] = [];

async function ownNetwork(): Promise<OwnNetwork> {
  const namespace = await createNamespace();
  networks.push(namespace);
  return new OwnNetwork(namespace);
}

afterAll(() => Promise.all(networks.map((namespace) => namespace.remove())));

function typesOf({ log }: FinishedStorm): readonly string[] {
  return log.map(({ type }) => type);
}

/** What the lab's CallManager had registered over time. */
function registeredCurve({ summary }: FinishedStorm): readonly (readonly [number, number])[] {
  return summary.lab?.registered[0]?.curve ?? [];
}

/** The lowest and the highest of it between two seconds: of its samples, and of the lines between them where it begins and ends. */
function registeredBetween(storm: FinishedStorm, from: number, to: number): readonly number[] {
  const curve = registeredCurve(storm);
  const samples = curve.flatMap(([second, phones]) => (second > from && second < to ? [phones] : []));
  const values = [valueAt(curve, from), ...samples, valueAt(curve, to)];
  return [Math.min(...values), Math.max(...values)];
}

/** A storm that has ended, and the routes that were there in its dark and after it. */
interface Outage {
  readonly storm: FinishedStorm;
  readonly routesAfter: number;
}

async function outage(scenario: string): Promise<Outage> {
  const network = await ownNetwork();
  const storm = await endOfStorm(network.start(scenario));
  return { storm, routesAfter: await network.blackholes() };
}

const CLOSED = OUTAGE.replace('outage: {', 'outage: { connections: close,');
const CLUSTER_GONE =
  `${OUTAGE.replace('outage: {', 'outage: { cluster: returns-after, clusterReturnsAfter: 6s,')}
thresholds: ["ready == 100%", "failures{cause=tftp-timeout} > 0"]
`.replace('phones: {', 'phones: { restartPause: 0.5s..1s,');
const DARK = OUTAGE.replace('duration: 4s', 'duration: 1m').replace('maxDuration: 1m', 'maxDuration: 2m');

let vanished: Outage;
let closed: Outage;
let clusterGone: Outage;

/** At the same time: each is mostly waiting. */
beforeAll(async () => {
  [vanished, closed, clusterGone] = (await Promise.all([OUTAGE, CLOSED, CLUSTER_GONE].map(outage))) as [
    Outage,
    Outage,
    Outage,
  ];
}, LIMIT_MS);

describe('a power outage', () => {
  it('takes phones away without a word, and brings every one back', () => {
    const { storm, routesAfter } = vanished;
    const { summary } = storm;
    expect(storm.code).toBe(EXIT_CODES.ok.code);
    expect(storm.stderr).toBe('');
    expect(summary.power).toEqual({ vanished: PHONES, closedInOrder: 0 });
    expect(summary.phones).toMatchObject({ registered: PHONES, dropped: 0 });
    expect(summary.recovery.waves).toMatchObject([
      { name: 'first-start', phones: PHONES },
      { name: 'power-return', startSeconds: CUT_SECOND + 4, phones: PHONES },
    ]);
    expect(summary.recovery.waves[1]?.t100Seconds).not.toBeNull();
    expect(summary.failures).toEqual([]);
    expect(summary.warnings.filter((text) => text.includes('vanish'))).toEqual([]);
    expect(routesAfter).toBe(0);
  });

  it('is in the run log, with its waves', () => {
    expect(typesOf(vanished.storm)).toEqual([
      'prepared',
      'armed',
      'wave',
      'powerCut',
      'wave',
      'holding',
      'stopping',
      'ledgerClosed',
      'ended',
    ]);
  });

  it('is not noticed by the lab, which meets every phone again beside its stale registration', () => {
    const { storm } = vanished;
    const throughout = registeredBetween(storm, CUT_SECOND + 1, CUT_SECOND + 6);
    expect(throughout, JSON.stringify(registeredCurve(storm))).toEqual([PHONES, PHONES]);
    expect(storm.summary.servers.find(({ role }) => role === 'callManager')).toMatchObject({
      attempts: 2 * PHONES,
      refused: 0,
    });
  });

  it('where phones cannot vanish closes their connections in order, and says so', async () => {
    const plan = await runCommand(['plan', 'storm.yaml'], { files: { 'storm.yaml': CLOSED } });
    expect(plan.stdout).toContain('closed in order, not vanished');
    const { storm } = closed;
    expect(storm.summary.power).toEqual({ vanished: 0, closedInOrder: PHONES });
    expect(storm.summary.warnings.join('\n')).toContain('closed in order, not vanished');
    expect(storm.summary.phones.registered).toBe(PHONES);
    const [fewest] = registeredBetween(storm, CUT_SECOND, CUT_SECOND + 4);
    expect(fewest, 'the lab has seen them go').toBe(0);
  });

  it('with the cluster gone too: phones retry until it is back', () => {
    const { storm } = clusterGone;
    expect(storm.summary.thresholds.filter(({ holds }) => !holds)).toEqual([]);
    expect(storm.summary.verdict.result).toBe('pass');
    expect(storm.summary.lab?.events).toHaveLength(4);
    expect(storm.summary.phones).toMatchObject({ registered: PHONES, dropped: 0 });
  });
});

interface EndedInTheDark {
  readonly running: RunningCommand;
  /** Routes that there were when the command had ended. */
  readonly left: number;
}

/** Starts a storm that stays dark, and does something to it there; resolves when it has ended and every route is gone. */
async function endedInTheDark(end: (running: RunningCommand) => void): Promise<EndedInTheDark> {
  const network = await ownNetwork();
  const running = network.start(DARK);
  await network.everybodyDark(running);
  end(running);
  await running.finished;
  const left = await network.blackholes();
  while ((await network.blackholes()) > 0) await pause(50);
  return { running, left };
}

describe('a power outage whose routes are gone', () => {
  let interrupted: FinishedStorm;
  let leftByInterrupted: number;
  let agentKilled: FinishedStorm;
  let allKilled: RunningCommand;

  /** At the same time: each waits for its dark. */
  beforeAll(async () => {
    const ends = [
      (running: RunningCommand) => running.interrupt(),
      ({ pid }: RunningCommand) => {
        const agents = childrenOf(pid).filter(({ command }) => command.includes('agent-process'));
        for (const agent of agents) process.kill(agent.pid, 'SIGKILL');
      },
      (running: RunningCommand) => running.kill(),
    ];
    const [first, second, third] = (await Promise.all(ends.map(endedInTheDark))) as [
      EndedInTheDark,
      EndedInTheDark,
      EndedInTheDark,
    ];
    interrupted = await endOfStorm(first.running);
    leftByInterrupted = first.left;
    agentKilled = await endOfStorm(second.running);
    allKilled = third.running;
  }, LIMIT_MS);

  it('when it is interrupted in the dark: it removes them itself, and its ledger is closed', () => {
    expect(leftByInterrupted).toBe(0);
    expect(interrupted.code).toBe(EXIT_CODES.aborted.code);
    expect(ledgerSum(interrupted.summary)).toBe(PHONES);
    expect(interrupted.summary.phones).toMatchObject({ dropped: PHONES, registered: 0 });
    expect(typesOf(interrupted).slice(-3)).toEqual(['stopping', 'ledgerClosed', 'ended']);
  });

  it('when its agent is killed in the dark: its phones are lost with it', () => {
    expect(agentKilled.summary.phones.lostWithAgent).toBe(PHONES);
  });

  it('when its every process is killed in the dark', () => {
    expect(allKilled.child.signalCode).toBe('SIGKILL');
  });
});

describe('routes of a run that crashed', () => {
  const route = ['blackhole', '127.16.0.7/32', 'table', 'local', 'proto', '121', 'metric'];

  it(
    'are removed by the next one, which says so; those of a run that lives are not',
    async () => {
      const network = await ownNetwork();
      // No process has this number: the kernel's highest is 4194304.
      await network.ip('route', 'add', ...route, '5000000');
      await network.ip('route', 'add', ...route, String(process.pid));
      const scenario = 'phones: { generate: { count: 2 } }\ntiming: { compression: 1000 }\nhold: 0s\n';
      const storm = await endOfStorm(network.start(scenario));
      expect(storm.summary.warnings.join('\n')).toContain(
        '1 blackhole routes (the first is 127.16.0.7): removed',
      );
      const routes = await network.ip('route', 'show', 'table', 'local', 'type', 'blackhole');
      expect(routes.trim()).toMatch(new RegExp(`^blackhole 127.16.0.7 .*metric ${process.pid}$`));
    },
    LIMIT_MS,
  );
});
