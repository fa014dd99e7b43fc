/** One way down: src → bridge, supabase/client → crdt. Each room is entered through its index.ts. */
const room = (name, path, allowed) => ({
  name,
  severity: 'error',
  from: { path },
  to: { path: '^(crdt|bridge|supabase|src|tests|e2e|scripts)/', pathNot: allowed },
})

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    { name: 'no-circular', severity: 'error', from: {}, to: { circular: true } },
    room('crdt-stands-alone', '^crdt/', '^crdt/'),
    room('bridge-knows-only-crdt', '^bridge/', '^(bridge/|crdt/index\\.ts$)'),
    room('client-knows-only-crdt', '^supabase/client/', '^(supabase/client/|crdt/index\\.ts$)'),
    room('worker-knows-only-crdt', '^supabase/worker/', '^(supabase/worker/|crdt/index\\.ts$)'),
    room(
      'local-backend-knows-only-the-worker',
      '^supabase/local/',
      '^(supabase/local/|supabase/worker/index\\.ts$)',
    ),
    {
      name: 'rooms-are-entered-through-their-index',
      severity: 'error',
      from: { path: '^(src|scripts|bench)/' },
      to: {
        path: '^(crdt|bridge|supabase/client|supabase/worker|supabase/local)/',
        pathNot: '^(crdt/tables|crdt|bridge|supabase/client|supabase/worker|supabase/local)/index\\.ts$',
      },
    },
    {
      name: 'crdt-knows-yjs-and-nothing-else',
      severity: 'error',
      from: { path: '^crdt/' },
      to: {
        dependencyTypes: ['npm', 'npm-dev'],
        pathNot: 'node_modules/(yjs|lib0|drizzle-orm|fractional-indexing|uuid)/',
      },
    },
    {
      name: 'the-app-never-touches-yjs-or-sql-js',
      severity: 'error',
      // The one exception loads SQLite for reading database files of other apps.
      from: { path: '^src/', pathNot: '^src/(sync/|composables/sqlite-engine\\.ts$)' },
      to: { path: 'node_modules/(yjs|y-indexeddb|y-protocols|sql\\.js|lib0)/', pathNot: '\\.wasm$' },
    },
    {
      name: 'nothing-of-the-servers-side-reaches-the-app',
      severity: 'error',
      from: { path: '^(src|crdt|bridge|supabase/client)/' },
      to: { path: '(^supabase/(local|worker)/|node_modules/@supabase/lite/)' },
    },
    {
      name: 'no-unresolvable',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true, pathNot: '^(virtual:|segue)' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    // A package of its own, which need not be installed.
    exclude: { path: '^bench/peers/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'types', 'default'],
      extensions: ['.ts', '.js', '.vue', '.mjs', '.json'],
    },
  },
}
