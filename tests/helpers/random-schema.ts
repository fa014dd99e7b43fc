import type { SQLiteColumnBuilderBase } from 'drizzle-orm/sqlite-core'
import * as fc from 'fast-check'
import { type ConflictRule, column, defineSchema, type Schema, segueTable } from 'segue/crdt'

/** Values of each kind, some of which an app would refuse: another program may have written them. */
export const POOLS: Readonly<Record<string, readonly unknown[]>> = {
  text: ['a', 'b', 'Séamus’s Reel', ''],
  integer: [0, 1, 2, -(2 ** 53 - 1), 2 ** 40],
  real: [0.1, 5, -2.5e-8],
  boolean: [true, false],
  enum: ['red', 'green'],
  richText: ['one', 'two words', '🎻'],
  orderKey: ['a0', 'a1', 'Zz'],
  instant: ['2026-05-01T18:30:00.000Z', '2025-01-01T00:00:00.000Z'],
  localDate: ['2026-05-01', '2024-02-29'],
  bigWhole: [1n, -(2n ** 63n)],
  json: [{ b: 1, a: ['x', null] }, 7, 'text', [true]],
  junk: [7, 'nonsense', true, null, 1.5, ['x'], { a: 1 }],
}

const builders: Readonly<Record<string, (name: string) => SQLiteColumnBuilderBase>> = {
  text: (name) => column.string(name),
  integer: (name) => column.whole(name),
  real: (name) => column.decimal(name),
  boolean: (name) => column.flag(name),
  enum: (name) => column.oneOf(['red', 'green'])(name),
  richText: (name) => column.richText(name),
  orderKey: (name) => column.orderKey(name),
  instant: (name) => column.instant(name),
  localDate: (name) => column.localDate(name),
  counter: (name) => column.counter(name),
  bigWhole: (name) => column.bigWhole(name),
  stringSet: (name) => column.stringSet(name),
  json: (name) => column.json(name),
}

const RULES: readonly ConflictRule[] = [
  ...(['last-write-wins', 'last-write-wins', 'manual', 'local-wins', 'remote-wins'] as const),
  { merge: (values) => values[0]?.value ?? null },
]

const tableOf = fc.record({
  kinds: fc.array(fc.constantFrom(...Object.keys(builders)), { maxLength: 5 }),
  isNamed: fc.boolean(),
  nameDefault: fc.option(fc.constantFrom('a', 'untitled')),
  parents: fc.array(
    fc.record({
      to: fc.nat(2),
      onDelete: fc.constantFrom(...(['cascade', 'restrict', 'set null', 'set null', 'set null'] as const)),
      isRequired: fc.boolean(),
    }),
    { minLength: 1, maxLength: 2 },
  ),
  constraint: fc.constantFrom('none' as const, 'unique' as const, 'check' as const, 'unique parent' as const),
  hasKey: fc.boolean(),
  isIndexed: fc.boolean(),
  isSearched: fc.boolean(),
  rule: fc.nat(RULES.length - 1),
})

/** Two or three tables with columns of any kind, that refer to those before them and are constrained or not. */
export const schemas: fc.Arbitrary<Schema> = fc
  .array(tableOf, { minLength: 2, maxLength: 3 })
  .map((declared) => {
    const tables: ReturnType<typeof segueTable>[] = []
    for (const [index, each] of declared.entries()) {
      const columns: Record<string, SQLiteColumnBuilderBase> = {}
      const named = column.string('name')
      const isNamed = each.isNamed || each.hasKey
      columns.name =
        isNamed && each.nameDefault !== null && !each.hasKey
          ? named.notNull().default(each.nameDefault)
          : isNamed
            ? named.notNull()
            : named
      columns.size = column.whole('size')
      for (const [at, kind] of each.kinds.entries())
        columns[`c${at}`] = (builders[kind] ?? column.string)(`c_${at}`)
      for (const [at, { to, onDelete, isRequired }] of each.parents.entries()) {
        const target = tables[to % Math.max(1, index)]
        if (!target) continue
        const reference = column.reference(`parent_${at}`)
        const needed = isRequired && onDelete !== 'set null' ? reference.notNull() : reference
        columns[`parent${at}`] = needed.references(() => target.id, { onDelete })
      }
      const first = 'parent0' in columns ? ['parent0'] : []
      tables.push(
        segueTable(`table_${index}`, columns, {
          ...(each.hasKey ? { key: ['name'] } : {}),
          ...(each.constraint === 'unique' ? { unique: [['size']] } : {}),
          ...(each.constraint === 'unique parent' ? { unique: [['size', ...first], ['name']] } : {}),
          ...(each.constraint === 'check'
            ? { checks: { small: (row) => Number(Reflect.get(row, 'size') ?? 0) < 2 } }
            : {}),
          indexes: each.isIndexed ? [['size'], ...(first.length > 0 ? [first] : [])] : [],
          orders: each.isIndexed ? [['name'], ['size', 'name']] : [],
          search: each.isSearched
            ? ['name', ...Object.keys(columns).filter((property) => property.startsWith('c'))]
            : [],
          conflicts: RULES[each.rule] ?? 'last-write-wins',
        }),
      )
    }
    return defineSchema(Object.fromEntries(tables.map((table, index) => [`table${index}`, table])))
  })
