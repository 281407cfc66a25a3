/** Which run it is, and what one must know before comparing it. */
import type { Section } from './board.ts';
import { SERVERS } from './mappings.ts';
import { figures, type PlacedPanel, table } from './panels.ts';
import { atLast, of } from './promql.ts';

export function stormRun(): Section {
  return {
    title: 'The run',
    panels: [
      table({
        title: 'Scenario',
        description: 'Runs of one scenario, seed and version have the same phones at the same times.',
        size: { width: 8, height: 4 },
        queries: [{ expr: atLast(`max by (name, seed, version, node) (${of('run_info')})`) }],
        unit: 'none',
        columns: [
          { field: 'name', title: 'Scenario' },
          { field: 'seed', title: 'Seed', width: 80 },
          { field: 'version', title: 'bootstorm', width: 90 },
          { field: 'node', title: 'Node', width: 90 },
        ],
      }),
      fact(
        'Start',
        'The instant that all agents share: the first power returns then, or later.',
        `max(${of('run_armed_timestamp_seconds')}) * 1000`,
        'dateTimeAsIso',
      ),
      fact(
        'Since the start',
        'Of the run as it is now, or as it ended; negative before the start.',
        `max(${of('run_elapsed_seconds')})`,
        's',
      ),
      fact(
        'Modelled times divided by',
        "Above 1 the times of switch, image and VLAN are shorter than a real phone's.",
        `max(${of('run_time_compression_ratio')})`,
        'none',
      ),
      figures({
        title: 'Servers',
        description:
          'The embedded lab is not CUCM: its figures say how bootstorm works, not how a cluster does.',
        size: { width: 4, height: 4 },
        queries: [{ expr: atLast(`max(${of('run_embedded_lab')})`) }],
        unit: 'none',
        mappings: SERVERS,
      }),
    ],
  };
}

function fact(title: string, description: string, expr: string, unit: string): PlacedPanel {
  return figures({
    title,
    description,
    size: { width: 4, height: 4 },
    queries: [{ expr: atLast(expr) }],
    unit,
  });
}
