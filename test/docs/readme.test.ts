import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { packageRoot } from '../../src/scenario/package-root.ts';
import { fillReadme } from './readme-sections.ts';

const readme = readFileSync(join(packageRoot(), 'README.md'), 'utf8');

it('has the keys, faults and exit codes that the code has (npm run docs)', () => {
  expect(readme).toBe(fillReadme(readme));
});

it('links only to files that exist', () => {
  const targets = [...readme.matchAll(/\]\(([^)#:]+)\)/g)].map(([, target]) => target ?? '');
  expect(targets.length).toBeGreaterThan(0);
  for (const target of targets) expect(existsSync(join(packageRoot(), target)), target).toBe(true);
});

it('names only npm scripts that exist', () => {
  const { scripts } = JSON.parse(readFileSync(join(packageRoot(), 'package.json'), 'utf8')) as {
    scripts: Record<string, string>;
  };
  for (const [, name = ''] of readme.matchAll(/npm run ([\w:]+)/g))
    expect(scripts, name).toHaveProperty(name);
});
