import type { Connection } from './database.ts'
import { COLUMNS, type TableName } from './schema.ts'
import type { Value } from './values.ts'

/** Many rows in one statement, whose text does not depend on how many. */

/** `values (…), (…)` as a table, with one array for each column. */
export function unnest(types: readonly string[]): string {
  return `unnest(${types.map((type, index) => `$${index + 1}::${type}[]`).join(', ')})`
}

export function toArrays<Row extends object>(columns: readonly (keyof Row)[], rows: readonly Row[]): Value[][] {
  // Rows hold nothing but values; what is left out is null.
  return columns.map((column) => rows.map((row) => (row[column] as Value | undefined) ?? null))
}

/** @param more what follows the rows, such as `on conflict …` */
export async function insertRows<Row extends object>(
  connection: Connection,
  table: TableName,
  rows: readonly Row[],
  more = '',
): Promise<void> {
  if (rows.length === 0) return
  const columns = Object.keys(COLUMNS[table])
  const text = `insert into ${table} (${columns.join(', ')}) select * from ${unnest(Object.values(COLUMNS[table]))} ${more}`
  await connection.run(text, toArrays(columns as (keyof Row)[], rows))
}
