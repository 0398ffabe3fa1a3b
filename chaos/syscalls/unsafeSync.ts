import { DatabaseSync } from 'node:sqlite'

/**
 * The negative control: imported before the program, it makes every database skip its syncs, as a wrong setting would.
 * A check that does not fail then shows nothing.
 */
const exec = DatabaseSync.prototype.exec
DatabaseSync.prototype.exec = function (this: DatabaseSync, sql: string): void {
  exec.call(this, sql.replace(/synchronous\s*=\s*FULL/i, 'synchronous=OFF'))
}
