/** What the types of wa-sqlite leave out. */
declare module 'wa-sqlite/src/examples/IDBBatchAtomicVFS.js' {
  export const IDBBatchAtomicVFS: new (
    database: string,
    options: { durability: 'default' | 'strict' | 'relaxed' },
  ) => SQLiteVFS
}
