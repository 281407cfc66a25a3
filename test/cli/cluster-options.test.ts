import { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import {
  addClusterOptions,
  CLUSTER_OPTIONS,
  CLUSTER_VARIABLES,
  clusterSetting,
  clusterSwitch,
} from '../../src/cli/cluster-options.ts';
import { loadScenario } from '../../src/scenario/load.ts';
import { optionVariable } from '../../src/scenario/flag-shape.ts';
import { SCENARIO_OPTIONS } from '../../src/scenario/options.ts';

describe('the options of runs on many machines', () => {
  it('have a name of their own for each command, and none that the scenario of a run has', () => {
    for (const command of ['run', 'agent', 'steer', 'attach'] as const) {
      const own = CLUSTER_OPTIONS.filter(({ commands }) => (commands as readonly string[]).includes(command));
      expect(new Set(own.map(({ name }) => name)).size).toBe(own.length);
      expect(own.map(({ name }) => name)).toContain('redis');
    }
    const ofRun = CLUSTER_OPTIONS.filter(({ commands }) => (commands as readonly string[]).includes('run'));
    const ofScenario = SCENARIO_OPTIONS.map(({ name }) => name);
    expect(ofRun.filter(({ name }) => ofScenario.includes(name))).toEqual([]);
  });

  it('give a command its own flags, each with its variable in the help', () => {
    const help = addClusterOptions(new Command('agent'), 'agent').helpInformation();
    for (const option of CLUSTER_OPTIONS) {
      const isOwn = (option.commands as readonly string[]).includes('agent');
      expect(help.includes(`--${option.name} `), option.name).toBe(isOwn);
      expect(help.includes(`[${optionVariable(option)}]`), option.name).toBe(isOwn);
    }
  });

  it('are said by flag, or else by variable', () => {
    const environment = { BOOTSTORM_REDIS: 'redis://a', BOOTSTORM_RUN_ID: ' ' };
    expect(clusterSetting('redis', {}, environment)).toBe('redis://a');
    expect(clusterSetting('redis', { redis: 'redis://b' }, environment)).toBe('redis://b');
    expect(clusterSetting('run-id', {}, environment)).toBeNull();
    expect(clusterSetting('run-id', { runId: 'monday' }, environment)).toBe('monday');
  });

  it('throw a switch', () => {
    expect(clusterSwitch('serve', {}, {})).toBe(false);
    expect(clusterSwitch('serve', { serve: true }, { BOOTSTORM_SERVE: '0' })).toBe(true);
    expect(clusterSwitch('serve', {}, { BOOTSTORM_SERVE: 'yes' })).toBe(true);
    expect(() => clusterSwitch('serve', {}, { BOOTSTORM_SERVE: 'perhaps' })).toThrow(
      /BOOTSTORM_SERVE=perhaps/,
    );
  });

  it('are no mistake in the environment of a scenario', () => {
    const environment = { BOOTSTORM_REDIS: 'redis://a' };
    expect(loadScenario({ environment }).warnings).toHaveLength(1);
    expect(loadScenario({ environment, otherVariables: CLUSTER_VARIABLES }).warnings).toEqual([]);
  });
});
