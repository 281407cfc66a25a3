/** oxlint plugin: `import()` has no rule of its own in oxlint, and below the drivers a step is synchronous. */
const plugin = {
  meta: { name: 'house' },
  rules: {
    'no-dynamic-import': {
      create: (context) => ({
        ImportExpression: (node) => context.report({ node, message: 'No dynamic import below the drivers' }),
      }),
    },
  },
};

export default plugin;
