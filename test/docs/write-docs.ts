/** `npm run docs`: writes the generated parts of the README and the published schemas. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { summaryJsonSchema } from '../../src/report/summary-schema.ts';
import { scenarioJsonSchema } from '../../src/scenario/json-schema.ts';
import { packageRoot } from '../../src/scenario/package-root.ts';
import { fillReadme } from './readme-sections.ts';

const readme = join(packageRoot(), 'README.md');
writeFileSync(readme, fillReadme(readFileSync(readme, 'utf8')));
for (const [name, schema] of Object.entries({
  scenario: scenarioJsonSchema(),
  summary: summaryJsonSchema(),
})) {
  writeFileSync(
    join(packageRoot(), 'src/schema', `${name}.schema.json`),
    `${JSON.stringify(schema, null, 2)}\n`,
  );
}
