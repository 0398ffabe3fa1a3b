import { existsSync, readFileSync } from 'node:fs'
import { checkCancels } from './checks/cancels.ts'
import { checkCommands } from './checks/commands.ts'
import { gather, violation, type Evidence, type Violation } from './checks/evidence.ts'
import { checkLog } from './checks/log.ts'
import { checkObservers } from './checks/observers.ts'
import { checkRequests } from './checks/requests.ts'
import { checkTexts } from './checks/texts.ts'
import { dumpSchema, type Dump } from './dump.ts'
import { readHistory, type HistoryRecord } from './history.ts'

/**
 * Judges a run by what was seen from outside and by the relay's store, without any code of the product. Pure.
 * The ids are those of docs/reliability.md.
 */
export function checkHistory(records: readonly HistoryRecord[], dump: Dump): Violation[] {
  const evidence = gather(records, dump)
  return [
    ...checkCommands(evidence),
    ...checkLog(evidence),
    ...checkObservers(evidence),
    ...checkTexts(evidence),
    ...checkRequests(evidence),
    ...checkCancels(evidence),
    ...checkTiers(evidence),
  ]
}

/** I15: a process that ends by itself refused something without saying so. */
function checkTiers(evidence: Evidence): Violation[] {
  return evidence
    .of('tier')
    .flatMap(({ tier, what, t }) =>
      what === 'gone' ? [violation('I15', 'tier-died', `the ${tier} ended by itself at ${Math.round(t)}`)] : [],
    )
}

const EXIT_VIOLATIONS = 1
const EXIT_USAGE = 2

/** `node chaos/check-history.ts DUMP.json HISTORY.jsonl…` */
function main([dumpFile, ...histories]: string[]): number {
  if (dumpFile === undefined || histories.length === 0 || ![dumpFile, ...histories].every(existsSync)) {
    process.stderr.write('Usage: node chaos/check-history.ts DUMP.json HISTORY.jsonl…\n')
    return EXIT_USAGE
  }
  const dump = dumpSchema.parse(JSON.parse(readFileSync(dumpFile, 'utf8')))
  const records = readHistory(histories)
  const found = checkHistory(records, dump)
  for (const { rule, name, detail } of found) process.stdout.write(`${rule} ${name}: ${detail}\n`)
  const commands = dump.entries.filter(({ kind }) => kind === 'command').length
  process.stdout.write(
    `${records.length} records, ${dump.entries.length} entries, ${commands} commands, ${found.length} violations\n`,
  )
  return found.length === 0 ? 0 : EXIT_VIOLATIONS
}

if (import.meta.main) process.exitCode = main(process.argv.slice(2))
