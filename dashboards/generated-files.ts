/** The files that are made from the catalogue, with what they must hold. */
import { stringify } from 'yaml';
import { alertRules } from './alerts.ts';
import { clusterDashboard } from './cluster.ts';
import { generatorDashboard } from './generator.ts';
import { stormDashboard } from './storm.ts';

export interface GeneratedFile {
  readonly url: URL;
  readonly text: string;
}

export function generatedFiles(): GeneratedFile[] {
  const dashboards = [stormDashboard(), clusterDashboard(), generatorDashboard()].map((model) => ({
    url: new URL(`grafana/${model.uid}.json`, import.meta.url),
    text: `${JSON.stringify(model, null, 2)}\n`,
  }));
  const rules = {
    url: new URL('prometheus/alerts.yaml', import.meta.url),
    text: `# Written by \`npm run dashboards\`.\n${stringify(alertRules(), { lineWidth: 110 })}`,
  };
  return [...dashboards, rules];
}
