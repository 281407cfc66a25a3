import { endOfStorm, type FinishedStorm } from '../support/bootstorm-command.ts';
import { Cluster } from '../support/cluster.ts';
import { type Claim, everyPhoneIsUp, judge } from './storm-proof.ts';

const PHONES = 3000;
const LIMIT_MS = 420_000;
const FROZEN_MS = 30_000;
/** In service when the agent is killed. */
const UP_AT_THE_KILL = 600;
const NOTICED_SECONDS = 10;

const SCENARIO = `
seed: 3000
ramp: [ { duration: 90s, phones: ${PHONES} } ]
hold: 30s
drain: { perSecond: 500 }
cluster: { onAgentLoss: restart, onLostControl: continue }
validity: { latenessP99: 5s, eventLoopLagP99: 5s, longestBlock: 5s }
`;

/** What is measured while the run lasts. */
interface Measured {
  readonly killedAtMs: number;
  readonly commandsPerSecond: number;
}

/**
 * Three agents, of which one is killed in the ramp and replaced, and a Redis that is frozen for half a minute. All of
 * it shares one machine with the lab: what is proven is where each phone ends, not how fast.
 */
export async function proveCluster(): Promise<boolean> {
  const cluster = new Cluster();
  try {
    const flags = ['--max-duration', '6m'];
    await cluster.start({ phones: PHONES, scenario: SCENARIO, flags, timeoutMs: LIMIT_MS });
    const measured = await strike(cluster);
    const storm = await endOfStorm(cluster.coordinator);
    console.log(storm.stdout);
    const { registrations = 0, unregistrations = 0, lost = 0 } = await cluster.served();
    return judge([
      ...everyPhoneIsUp({ summary: storm.summary, exitCode: storm.code }, PHONES),
      ...lossClaims(storm, measured),
      ...outageClaims(storm),
      [
        `the lab registered ${registrations} phones: ${unregistrations} left in order, ${lost} were lost with the agent`,
        unregistrations === PHONES && registrations === PHONES + lost && lost > 0,
      ],
      [`commands to Redis while phones boot: ${measured.commandsPerSecond.toFixed(1)} a second`, true],
    ]);
  } finally {
    await cluster.end();
  }
}

/** Counts commands for a while, kills an agent, and freezes Redis when its phones are on their way back. */
async function strike(cluster: Cluster): Promise<Measured> {
  await cluster.coordinator.logged('armed');
  const [before, since] = [await commandsOf(cluster), performance.now()];
  await cluster.counted('registrations', UP_AT_THE_KILL);
  const seconds = (performance.now() - since) / 1000;
  const commandsPerSecond = ((await commandsOf(cluster)) - before) / seconds;
  const killedAtMs = Date.now();
  cluster.signal(cluster.agent('berta'), 'SIGKILL');
  await cluster.coordinator.logged('agentLost');
  const { registrations = 0 } = await cluster.served();
  await cluster.counted('registrations', registrations + 100);
  cluster.redis.freeze();
  await new Promise((resolve) => setTimeout(resolve, FROZEN_MS));
  cluster.redis.thaw();
  return { killedAtMs, commandsPerSecond };
}

function commandsOf(cluster: Cluster): Promise<number> {
  return cluster.ask(async (redis) => {
    const [, count = '0'] = /total_commands_processed:(\d+)/.exec(await redis.info('stats')) ?? [];
    return Number(count);
  });
}

function lossClaims({ log, summary }: FinishedStorm, { killedAtMs }: Measured): Claim[] {
  const losses = log.flatMap((line) => (line.type === 'agentLost' ? [line] : []));
  const [loss] = losses;
  const noticed = loss === undefined ? Number.NaN : (Date.parse(loss.utc) - killedAtMs) / 1000;
  const restart = summary.recovery.waves.find(({ name }) => name.includes('berta'));
  return [
    [
      `one agent was lost: ${losses.map(({ agent, phones }) => `${agent} with ${phones} phones`).join(', ')}`,
      losses.length === 1 && loss?.agent === 'berta' && loss.restarted,
    ],
    [`its loss was noticed after ${noticed.toFixed(1)} s`, noticed < NOTICED_SECONDS + 2],
    [
      `its phones came back as a wave: ${restart?.phones} phones, all in service ${restart?.t100Seconds} s after its start`,
      (restart?.t100Seconds ?? null) !== null,
    ],
  ];
}

function outageClaims({ log }: FinishedStorm): Claim[] {
  const back = log.flatMap((line) => (line.type === 'redisBack' ? [line] : []));
  return [
    [
      `Redis was away once: ${back.map(({ seconds }) => `${seconds.toFixed(1)} s`).join(', ')}`,
      back.length === 1 && back[0]?.restored === false,
    ],
  ];
}
