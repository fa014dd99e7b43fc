import * as fc from 'fast-check'
import { column, defineSchema, type Schema, segueTable } from 'segue/crdt'

const { string, whole, reference } = column

type OnDelete = 'cascade' | 'set null' | 'restrict' | 'no action'

/** Which constraints the tables `parent`, `child` and `leaf` have. */
export interface Declared {
  readonly childDeletes: OnDelete
  readonly leafDeletes: OnDelete
  readonly parentUnique: boolean
  readonly childUnique: readonly (readonly ('name' | 'size' | 'parentRef')[])[]
  readonly leafUnique: readonly (readonly ('name' | 'leafRef' | 'childRef')[])[]
  readonly childCheck: 'none' | 'small' | 'attached'
  /** Whether leaves refer to leaves, and so may refer to each other in a circle. */
  readonly leafDeletesLeaf: OnDelete | 'none'
}

/** Three tables that refer to one another, with or without constraints. */
export function constrainedSchema(declared: Declared, { enforced = true } = {}): Schema {
  const parent = segueTable(
    'parent',
    { name: string('name'), size: whole('size') },
    enforced && declared.parentUnique ? { unique: [['name']] } : {},
  )
  const parentRef = reference('parent_ref')
  const child = segueTable(
    'child',
    {
      name: string('name'),
      size: whole('size'),
      parentRef: enforced
        ? parentRef.references(() => parent.id, { onDelete: declared.childDeletes })
        : parentRef,
    },
    enforced
      ? {
          unique: declared.childUnique,
          checks: {
            ...(declared.childCheck === 'small' ? { small: ({ size }) => (size ?? 0) < 3 } : {}),
            ...(declared.childCheck === 'attached'
              ? { attached: ({ size, parentRef }) => size !== 2 || parentRef !== null }
              : {}),
          },
        }
      : {},
  )
  const childRef = reference('child_ref').notNull()
  const leafRef = reference('leaf_ref')
  const { leafDeletesLeaf } = declared
  const leaf: ReturnType<typeof segueTable> = segueTable(
    'leaf',
    {
      name: string('name'),
      childRef: enforced ? childRef.references(() => child.id, { onDelete: declared.leafDeletes }) : childRef,
      leafRef:
        enforced && leafDeletesLeaf !== 'none'
          ? leafRef.references(() => leaf.id, { onDelete: leafDeletesLeaf })
          : leafRef,
    },
    enforced ? { unique: declared.leafUnique } : {},
  )
  return defineSchema({ parent, child, leaf })
}

const onDelete = fc.constantFrom<OnDelete>('cascade', 'restrict', 'no action')

export const declarations: fc.Arbitrary<Declared> = fc
  .record({
    childDeletes: fc.oneof(onDelete, fc.constant('set null' as const)),
    leafDeletes: onDelete,
    parentUnique: fc.boolean(),
    childUnique: fc.subarray([['name'], ['size', 'parentRef'], ['size']] as const, { minLength: 1 }),
    leafUnique: fc.subarray([
      ['name', 'leafRef'],
      ['childRef', 'leafRef'],
    ] as const),
    childCheck: fc.constantFrom('none' as const, 'small' as const, 'attached' as const),
    leafDeletesLeaf: fc.oneof(onDelete, fc.constantFrom('set null' as const, 'none' as const)),
  })
  .map((declared) =>
    // A key may not hold what reads null in a circle.
    declared.leafDeletesLeaf === 'set null' ? { ...declared, leafUnique: [['name', 'childRef']] } : declared,
  )
