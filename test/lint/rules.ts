/**
 * The rules for every file, beside the folder rules of the layer table. Categories bring what is wrong or probably
 * wrong; the rest is picked by name.
 */

export const CATEGORIES = { correctness: 'error', suspicious: 'error' } as const;

export const RULES = {
  // Promises: nothing is left unawaited, nothing is swallowed.
  'typescript/no-floating-promises': 'error',
  'typescript/no-misused-promises': 'error',
  'typescript/return-await': ['error', 'in-try-catch'],
  'typescript/only-throw-error': 'error',
  'typescript/prefer-promise-reject-errors': 'error',

  // Types: no holes.
  'typescript/ban-ts-comment': 'error',
  'typescript/no-explicit-any': 'error',
  'typescript/no-non-null-assertion': 'error',
  'typescript/no-unsafe-argument': 'error',
  'typescript/no-unsafe-assignment': 'error',
  'typescript/no-unsafe-call': 'error',
  'typescript/no-unsafe-function-type': 'error',
  'typescript/no-unsafe-member-access': 'error',
  'typescript/no-unsafe-return': 'error',
  'typescript/restrict-plus-operands': 'error',
  'typescript/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
  'typescript/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
  'typescript/no-deprecated': 'error',

  // Modules.
  'import/no-cycle': 'error',
  'import/no-default-export': 'error',
  'import/no-duplicates': 'error',
  'import/no-mutable-exports': 'error',
  'import/no-commonjs': 'error',
  'unicorn/prefer-node-protocol': 'error',
  'unicorn/filename-case': ['error', { case: 'kebabCase' }],

  // Habits.
  eqeqeq: 'error',
  'no-console': 'error',
  'no-eval': 'error',
  'no-new-func': 'error',
  'no-implied-eval': 'error',
  'no-var': 'error',
  'prefer-const': 'error',
  'no-else-return': 'error',
  'no-fallthrough': 'error',
  'no-lonely-if': 'error',
  'no-warning-comments': ['error', { terms: ['todo', 'fixme', 'xxx', 'hack'] }],
  'unicorn/no-process-exit': 'error',
  'max-depth': ['error', 4],
  'max-lines': ['error', { max: 350 }],
  'max-lines-per-function': ['error', { max: 60, skipBlankLines: true, skipComments: true }],

  // Tests: every one asserts something.
  'vitest/expect-expect': ['error', { assertFunctionNames: ['expect', 'assert*', 'fc.assert'] }],
  'vitest/valid-expect': ['error', { maxArgs: 2 }],

  // Of the categories, and not for us: `as` after a check is how tables and codecs are typed; packages such as
  // fast-check are meant to be imported as one name; `postMessage` of a worker has no target origin; an arrow
  // function inside a function reads where it is used; sorting one's own array in place is no mistake; the compiler
  // knows which switches are exhaustive; bytes below 0x20 are our trade; properties expect within their loops;
  // the arguments of a command read best as lines of a few, each spread.
  'typescript/no-unsafe-type-assertion': 'off',
  'import/no-named-as-default-member': 'off',
  'unicorn/require-post-message-target-origin': 'off',
  'unicorn/consistent-function-scoping': 'off',
  'unicorn/no-array-sort': 'off',
  'unicorn/no-useless-spread': 'off',
  'unicorn/no-new-array': 'off',
  'unicorn/no-array-fill-with-reference-type': 'off',
  'typescript/consistent-return': 'off',
  'typescript/no-generated-empty-object-type': 'off',
  'no-control-regex': 'off',
  'promise/always-return': 'off',
  'vitest/no-conditional-expect': 'off',
  'vitest/no-standalone-expect': 'off',
} as const;

/** Where a rule for every file does not hold. */
export const EXCEPTIONS = [
  { files: ['src/cli/**', 'bench/**', 'test/{proof,screenshots}/**'], rules: { 'no-console': 'off' } },
  // Entries of processes end them.
  {
    files: ['src/cli/**', 'src/**/*-process.ts', 'bench/**'],
    rules: { 'unicorn/no-process-exit': 'off' },
  },
  // Piscina calls the default export; tools read that of their configuration.
  {
    files: ['workers/**', 'test/vitest.config.ts', 'test/lint/no-dynamic-import.mjs', 'test/reporter/**'],
    rules: { 'import/no-default-export': 'off' },
  },
  // Plain JavaScript: it runs before anything is installed, is loaded by the linter, or by a browser. It has no types.
  {
    files: ['**/*.mjs', 'src/{report/html,page}/assets/*.js', 'test/screenshots/*.js'],
    rules: {
      'no-console': 'off',
      'unicorn/no-process-exit': 'off',
      'typescript/no-unsafe-argument': 'off',
      'typescript/no-unsafe-assignment': 'off',
      'typescript/no-unsafe-call': 'off',
      'typescript/no-unsafe-member-access': 'off',
      'typescript/no-unsafe-return': 'off',
    },
  },
  // A `describe` is as long as what it describes; a vector read from JSON has no type until it is compared.
  {
    files: ['test/**/*.ts'],
    rules: {
      'max-lines-per-function': 'off',
      'typescript/no-unsafe-argument': 'off',
      'typescript/no-unsafe-assignment': 'off',
      'typescript/no-unsafe-member-access': 'off',
      'typescript/no-unsafe-return': 'off',
      'typescript/unbound-method': 'off',
    },
  },
] as const;
