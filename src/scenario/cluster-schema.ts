/** Keys of a run whose agents are on many machines. */
import * as z from 'zod';
import { durationField } from './duration.ts';

/** What becomes of the phones of an agent that is lost: nothing, a new start on other agents, or the end of the run. */
const ON_AGENT_LOSS = ['continue', 'restart', 'abort'] as const;
export type OnAgentLoss = (typeof ON_AGENT_LOSS)[number];

/** What an agent does that has no contact to the coordinator. */
const ON_LOST_CONTROL = ['stop-starts', 'continue'] as const;
export type OnLostControl = (typeof ON_LOST_CONTROL)[number];

export const clusterSchema = z
  .strictObject({
    onAgentLoss: z
      .enum(ON_AGENT_LOSS)
      .default('continue')
      .describe(
        'What becomes of the phones of an agent that is lost: they stay lost, `restart` (they begin at power-on again, on the agents that are left), or `abort` (the run ends).',
      ),
    onLostControl: z
      .enum(ON_LOST_CONTROL)
      .optional()
      .describe(
        'Whether an agent that is out of contact for 10 s starts more phones. Default: `stop-starts`; with the lab `continue`.',
      ),
    wait: durationField
      .prefault('5m')
      .describe('How long the coordinator waits for its agents before it gives up.'),
  })
  .prefault({})
  .describe('A run on many machines (`--redis`).');
