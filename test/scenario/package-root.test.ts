import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { packageRoot, shippedScenarios } from '../../src/scenario/package-root.ts';

describe('packageRoot', () => {
  it('is where package.json and the shipped scenarios are', () => {
    expect(existsSync(join(packageRoot(), 'package.json'))).toBe(true);
    expect(existsSync(join(shippedScenarios(), 'first-run.yaml'))).toBe(true);
  });
});
