import type { Entry, QueueBody } from '@farhand/shared'
import { entriesOf } from './relay/queries.ts'
import type { World } from './world.ts'

/**
 * I15 for changes of what waits (CMD6): each of them had its effect, or whoever wanted it was told that it came too late;
 * one of both, once.
 */
export function changesAreTold(world: World): string | undefined {
  const { wanted, told, late, ends } = readChanges(world)
  for (const [inputId, { action, commandId }] of wanted) {
    const answers = times(told, inputId) + times(late, inputId)
    if (action !== 'withdraw' && answers !== 1) return `a change of what waits (${action}) was told ${answers} times`
    if (action !== 'withdraw' || answers === 1) continue
    if (answers > 1) return 'a withdrawal was told twice'
    if (!WITHDRAWN.includes(ends.get(commandId) ?? '')) return 'a command was withdrawn and did not end so'
  }
  return undefined
}

const WITHDRAWN: readonly string[] = ['CANCELLED', 'EXPIRED']

/** I11: what was withdrawn while it waited did not run. */
export function withdrawnDidNotRun(world: World): string | undefined {
  const { wanted, late } = readChanges(world)
  for (const [inputId, { action, commandId }] of wanted) {
    const ran = (world.truth.executions.get(commandId) ?? 0) > 0
    if (action === 'withdraw' && ran && times(late, inputId) === 0) return 'a command ran although it was withdrawn'
  }
  return undefined
}

/** I3: a command ran as was told last. */
export function ranAsTold(world: World): string | undefined {
  for (const [commandId, last] of readChanges(world).texts) {
    const ran = world.truth.ranAs.get(commandId)
    if (ran !== undefined && ran !== last) return 'a command ran with another text than was told'
  }
  return undefined
}

/** I15: a change that reached the agent together with its command was not too late. */
export function changesInTimeHold(world: World): string | undefined {
  const { late } = readChanges(world)
  const wrong = late.find((inputId) => world.truth.arrangedInTime.has(inputId))
  return wrong === undefined ? undefined : 'a change came in time and was called late'
}

type Changes = {
  /** What people asked for, by the id of their input. */
  wanted: Map<string, QueueBody>
  /** Ids of those whose effect was told, and of those that came too late. */
  told: string[]
  late: string[]
  /** The text of a command that was changed, as told last. */
  texts: Map<string, string>
  /** The codes with which commands ended. */
  ends: Map<string, string | undefined>
}

function readChanges({ tables }: World): Changes {
  const changes: Changes = { wanted: new Map(), told: [], late: [], texts: new Map(), ends: new Map() }
  for (const sessionId of tables.sessions.keys()) {
    for (const { entry } of entriesOf(tables, sessionId)) readChange(changes, entry)
  }
  return changes
}

function readChange({ wanted, told, late, texts, ends }: Changes, entry: Entry): void {
  if (entry.status !== 'streaming') ends.set(entry.commandId, entry.code)
  if (entry.kind === 'queue') wanted.set(entry.commandId, JSON.parse(entry.response) as QueueBody)
  if (entry.kind !== 'notice') return
  const { type, inputId, commandId, command } = JSON.parse(entry.response) as ToldChange
  if (type === 'queue_late') late.push(inputId)
  if (type === 'queue') told.push(inputId)
  if (type === 'queue' && command !== undefined) texts.set(commandId, command)
}

type ToldChange = { type: string; inputId: string; commandId: string; command?: string }

function times(ids: readonly string[], id: string): number {
  return ids.filter((each) => each === id).length
}
