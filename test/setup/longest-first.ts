import { relative } from 'node:path';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** The files that take longest, in this order. Whatever starts first does not run alone in the end, while a core has nothing to do. */
const LONGEST = [
  'test/integration/shipped-scenarios.test.ts',
  'test/integration/endings.test.ts',
  'test/lint/lint.test.ts',
  'test/interop/dhcp-servers.test.ts',
  'test/integration/dashboards.test.ts',
  'test/integration/cluster-losses.test.ts',
  'test/integration/cluster.test.ts',
  'test/integration/cluster-redis.test.ts',
  'test/integration/power-outage.test.ts',
  'test/integration/cluster-refusals.test.ts',
  'test/integration/prometheus.test.ts',
  'test/interop/lossy-network.test.ts',
  'test/integration/page.test.ts',
  'test/integration/invalid-runs.test.ts',
  'test/interop/storm-capture.test.ts',
  'test/coordinator/cluster-fleet.test.ts',
  'test/integration/secrets.test.ts',
  'test/integration/agent-command.test.ts',
  'test/integration/storm.test.ts',
  'test/integration/unknown-phones.test.ts',
  'test/engine/cluster-agent.test.ts',
  'test/interop/tftp-servers.test.ts',
  'test/integration/thresholds.test.ts',
  'test/integration/agreement.test.ts',
  'test/setup.test.ts',
  'test/integration/terminal.test.ts',
  'test/lab/lab-cluster.test.ts',
  'test/interop/judge.test.ts',
  'test/coordinator/storm-run.test.ts',
  'test/integration/bad-servers.test.ts',
  'test/pki/issued-store.test.ts',
  'test/integration/outage-cycles.test.ts',
  'test/cli/commands/phone.test.ts',
  'test/interop/http-storm.test.ts',
  'test/coordinator/secure-run.test.ts',
  'test/integration/secure-faults.test.ts',
];

/** The longest files first, then as vitest has them: those that are alone in their process before the others. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const placeOf = ({ moduleId }: TestSpecification): number => {
      const place = LONGEST.indexOf(relative(this.ctx.config.root, moduleId));
      return place < 0 ? LONGEST.length : place;
    };
    return sorted.toSorted((a, b) => placeOf(a) - placeOf(b));
  }
}
