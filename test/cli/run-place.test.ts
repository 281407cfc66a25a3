import { describe, expect, it } from 'vitest';
import { EarlySignals } from '../../src/cli/early-signals.ts';
import { runPlaceOf, wantedAgents } from '../../src/cli/run-place.ts';
import { loadScenario } from '../../src/scenario/load.ts';

describe('the place of a run', () => {
  it('is this machine where no Redis is named', () => {
    const { redis, id, problems } = runPlaceOf({}, {});
    expect({ redis, problems }).toEqual({ redis: null, problems: [] });
    expect(id).not.toBe('');
  });

  it('is the Redis that is named, with the id that is named', () => {
    expect(runPlaceOf({ redis: 'redis://host', runId: 'monday' }, {})).toEqual({
      redis: 'redis://host',
      id: 'monday',
      problems: [],
    });
  });

  it('is refused where a run id is named without a Redis: somebody believes that other machines take part', () => {
    const { problems } = runPlaceOf({ runId: 'monday' }, {});
    expect(problems).toMatchObject([{ origin: '--run-id', message: /say --redis URL/ }]);
  });

  it('is refused together with what is wrong with the scenario', () => {
    const flags = { redis: 'http://host', runId: '../x', phones: '0' };
    const { problems } = runPlaceOf(flags, {});
    expect(() => loadScenario({ flags, otherProblems: problems })).toThrow(
      /3 problems\n.*--redis: expected redis:.*\n.*--run-id "..\/x": expected letters.*\n.*--phones: /,
    );
    expect(() => loadScenario({ flags: {}, otherProblems: problems })).toThrow(/2 problems/);
  });

  it('needs the number of agents', () => {
    const workers = { agents: 2, threads: 1 } as const;
    expect(wantedAgents({ workers })).toBe(2);
    expect(() => wantedAgents({ workers: { ...workers, agents: 'auto' } })).toThrow(/has to be named/);
  });
});

describe('a signal before the run listens', () => {
  it('is remembered, and ends a waiting', () => {
    const early = new EarlySignals();
    process.emit('SIGINT');
    expect(early.signal.aborted).toBe(true);
    expect(early.release()).toBe(true);
    const later = new EarlySignals();
    expect(later.release()).toBe(false);
  });
});
