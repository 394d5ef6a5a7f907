// Import directions of design.md section 2. `test/unit/imports.test.ts` proves that each rule can fail.
const ours = '^(api|workflows|activities|worker|domain|sandbox|console|bench|docs|test)/';

/** From one folder, nothing of ours may be imported but the named folders. */
const only = (folder, allowed, comment) => ({
  name: `${folder}-imports`,
  severity: 'error',
  comment,
  from: { path: `^${folder}/` },
  to: { path: ours, pathNot: `^(${[folder, ...allowed].join('|')})/` },
});

module.exports = {
  forbidden: [
    only('domain', [], 'Rules are pure: domain imports nothing of ours.'),
    {
      name: 'domain-is-pure',
      severity: 'error',
      comment: 'Rules do no I/O and know no Temporal.',
      from: { path: '^domain/' },
      to: {
        path: [
          '^(node:)?(fs|http|https|net|os|path|child_process|timers|process)(/|$)',
          'node_modules/(@temporalio|pg|undici|express|pino)/',
        ],
      },
    },
    only('workflows', ['domain', 'activities'], 'Orchestration imports rules, and types of activities.'),
    {
      name: 'workflows-take-only-types-of-activities',
      severity: 'error',
      comment: 'A value imported from an activity would bring its I/O into the workflow sandbox.',
      from: { path: '^workflows/' },
      to: { path: '^activities/', dependencyTypesNot: ['type-only'] },
    },
    only('activities', ['domain'], 'Side effects import rules only; api and worker put the parts together.'),
    only('sandbox', [], 'The sandbox is the other side: it imports nothing of the product.'),
    {
      name: 'nothing-imports-the-sandbox',
      severity: 'error',
      comment: 'The product must work the same against any Altegio, so it meets the sandbox over HTTP only.',
      from: { path: '^(api|workflows|activities|worker|domain|console)/' },
      to: { path: '^sandbox/' },
    },
    {
      name: 'nothing-imports-tests',
      severity: 'error',
      from: { path: '^(api|workflows|activities|worker|domain|sandbox|console|bench)/' },
      to: { path: '^test/' },
    },
    only('console', [], 'The console talks HTTP only.'),
    only('docs', [], 'The client in docs can be copied into a till’s program: it needs nothing of ours.'),
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    { name: 'resolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
  ],
  options: {
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'types', 'default'] },
  },
};
