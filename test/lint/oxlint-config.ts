import { folderRules } from './folder-rules.ts';
import { CATEGORIES, EXCEPTIONS, RULES } from './rules.ts';

/** Where the linter's fixtures lie: broken on purpose, and linted in a tree of their own. */
export const FIXTURES = 'test/lint/fixtures';

const LINE_WIDTH = 160;

/** The whole content of `.oxlintrc.json`, as text. */
export function renderConfig(): string {
  const config = {
    $schema: './node_modules/oxlint/configuration_schema.json',
    plugins: ['typescript', 'import', 'unicorn', 'oxc', 'promise', 'node', 'vitest'],
    jsPlugins: ['./test/lint/no-dynamic-import.mjs'],
    categories: CATEGORIES,
    ignorePatterns: ['dist', 'coverage', FIXTURES],
    rules: RULES,
    overrides: [...EXCEPTIONS, ...folderRules()],
  };
  return `${render(config, '')}\n`;
}

/** JSON that a person can read: whatever fits stands on one line. */
function render(value: unknown, indent: string): string {
  const line = JSON.stringify(value);
  if (line.length + indent.length <= LINE_WIDTH || typeof value !== 'object' || value === null) return line;
  const inner = `${indent}  `;
  const [open, items, close] = Array.isArray(value)
    ? ['[', value.map((item) => render(item, inner)), ']']
    : [
        '{',
        Object.entries(value).map(([key, item]) => `${JSON.stringify(key)}: ${render(item, inner)}`),
        '}',
      ];
  return `${open}\n${items.map((item) => inner + item).join(',\n')}\n${indent}${close}`;
}
