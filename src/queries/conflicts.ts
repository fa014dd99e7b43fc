import { and, eq, isNull, type SQL, sql } from 'drizzle-orm'
import { conflict, type ReadDatabase, trash } from 'segue/bridge'
import { note, playlist, playlistTune, reference, tune } from 'segue/tables'

/** A row, as conflicts name it. */
export interface RowPlace {
  readonly spaceId: string
  readonly tableName: string
  readonly rowId: string
}

type ConflictValue = typeof conflict.keptValue | typeof conflict.lostValue | typeof conflict.currentValue

/** The place on its list that an order key stands for, among the rows as they are now. */
const placeOf = (value: SQL | ConflictValue) => sql<number | null>`
  case when ${conflict.tableName} = 'playlist_tune' and ${conflict.columnName} = 'position' then (
    select count(*) + 1 from playlist_tune other
    where other.space_id = ${conflict.spaceId} and other.id <> ${conflict.rowId}
      and other.position < json_extract(${value}, '$')
  ) end`

/**
 * Values that were written at the same time, in one row or in all: open conflicts first, each with what the cell says
 * now, what its row is called and the tune it belongs to.
 */
export function conflicts(db: ReadDatabase, row?: RowPlace) {
  return db
    .select({
      spaceId: conflict.spaceId,
      tableName: conflict.tableName,
      rowId: conflict.rowId,
      id: conflict.id,
      columnName: conflict.columnName,
      keptValue: conflict.keptValue,
      keptBy: conflict.keptBy,
      keptDevice: conflict.keptDevice,
      keptAt: conflict.keptAt,
      keptPlace: placeOf(conflict.keptValue),
      lostValue: conflict.lostValue,
      lostBy: conflict.lostBy,
      lostDevice: conflict.lostDevice,
      lostAt: conflict.lostAt,
      lostPlace: placeOf(conflict.lostValue),
      settledAt: conflict.settledAt,
      settledBy: conflict.settledBy,
      settledDevice: conflict.settledDevice,
      currentValue: conflict.currentValue,
      currentPlace: placeOf(conflict.currentValue),
      title: sql<string | null>`coalesce(
        ${playlist.name}, ${reference.title}, ${reference.url}, ${tune.title},
        json_extract(${trash.row}, '$.title'), json_extract(${trash.row}, '$.name')
      )`,
      tuneId: tune.id,
      removedAt: trash.removedAt,
    })
    .from(conflict)
    .leftJoin(playlist, and(eq(conflict.tableName, 'playlist'), isRow(playlist)))
    .leftJoin(playlistTune, and(eq(conflict.tableName, 'playlist_tune'), isRow(playlistTune)))
    .leftJoin(note, and(eq(conflict.tableName, 'note'), isRow(note)))
    .leftJoin(reference, and(eq(conflict.tableName, 'reference'), isRow(reference)))
    .leftJoin(
      tune,
      and(
        eq(tune.spaceId, conflict.spaceId),
        eq(
          tune.id,
          sql`coalesce(${playlistTune.tuneRef}, ${note.tuneRef}, ${reference.tuneRef}, ${conflict.rowId})`,
        ),
      ),
    )
    .leftJoin(
      trash,
      and(
        eq(trash.spaceId, conflict.spaceId),
        eq(trash.tableName, conflict.tableName),
        eq(trash.rowId, conflict.rowId),
      ),
    )
    .where(
      row &&
        and(
          eq(conflict.spaceId, row.spaceId),
          eq(conflict.tableName, row.tableName),
          eq(conflict.rowId, row.rowId),
        ),
    )
    .orderBy(
      sql`${conflict.settledAt} is not null`,
      sql`coalesce(${conflict.settledAt}, ${conflict.keptAt}) desc`,
      conflict.rowId,
      conflict.id,
    )
}

export type ConflictRow = ReturnType<ReturnType<typeof conflicts>['all']>[number]

const isRow = (table: typeof playlist | typeof playlistTune | typeof note | typeof reference) =>
  and(eq(table.spaceId, conflict.spaceId), eq(table.id, conflict.rowId))

/** The cells in which somebody has yet to choose, outside of the trash. */
export function contestedCells(db: ReadDatabase) {
  return db
    .selectDistinct({
      spaceId: conflict.spaceId,
      tableName: conflict.tableName,
      rowId: conflict.rowId,
      columnName: conflict.columnName,
    })
    .from(conflict)
    .leftJoin(
      trash,
      and(
        eq(trash.spaceId, conflict.spaceId),
        eq(trash.tableName, conflict.tableName),
        eq(trash.rowId, conflict.rowId),
      ),
    )
    .where(and(isNull(conflict.settledAt), isNull(trash.rowId)))
}
