import { writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { openHouse } from '../../e2e/house.ts'
import { openRoom } from './room.ts'
import { SCENES } from './scenes.ts'
import { asStable } from './stable.ts'

/**
 * Plays each scene with the real Claude Code over the real tiers, with the scripted model, and keeps what the log then
 * holds. `packages/shared/src/timeline/recordings.test.ts` reads it; look at what has changed in its snapshots.
 *
 * Usage: node scripts/record/main.ts [name …]
 */
const RECORDINGS = join(import.meta.dirname, '../../packages/shared/test/recordings')

const wanted = process.argv.slice(2)
const unknown = wanted.filter((name) => !Object.hasOwn(SCENES, name))
if (unknown.length > 0) {
  process.stderr.write(`There is no scene ${unknown.join(', ')}. Scenes: ${Object.keys(SCENES).join(', ')}\n`)
  process.exit(1)
}
for (const [name, play] of Object.entries(SCENES)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue
  const house = await openHouse()
  try {
    const room = await openRoom(house)
    await play(room)
    const lines = asStable(await room.entries(), { directory: dirname(house.project) })
    await writeFile(join(RECORDINGS, `${name}.jsonl`), `${lines.join('\n')}\n`)
    process.stdout.write(`${name}: ${lines.length} entries\n`)
  } finally {
    await house.close()
  }
}
