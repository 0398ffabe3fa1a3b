import { isTerminal, violation, type Evidence, type Violation } from './evidence.ts'

/** I3, I4, I5: acknowledged once means in the log once; executed at most once; ended once. */
export function checkCommands(evidence: Evidence): Violation[] {
  return [...acknowledgements(evidence), ...acceptances(evidence), ...terminals(evidence), ...executions(evidence)]
}

function acknowledgements(evidence: Evidence): Violation[] {
  return evidence.of('acked').flatMap(({ id, sessionId, seq }) => {
    const entry = own(evidence, id)[0]
    if (entry === undefined && evidence.undone.has(id)) return []
    if (entry === undefined) return [violation('I5', 'acked-missing', `${id} was acknowledged and is not in the log`)]
    if (entry.sessionId === sessionId && entry.seq === seq) return []
    return [violation('I5', 'acked-elsewhere', `${id} was acknowledged at ${seq} and stands at ${entry.seq}`)]
  })
}

function acceptances(evidence: Evidence): Violation[] {
  return evidence.intents.flatMap((intent) => {
    const entries = own(evidence, intent.id)
    const found: Violation[] = []
    if (entries.length > 1) {
      const places = entries.map(({ sessionId, seq }) => `${sessionId}#${seq}`).join(', ')
      found.push(violation('I3', 'accepted-twice', `${intent.id} stands at ${places}`))
    }
    for (const entry of entries) {
      if (intent.kind === 'command' && entry.body !== intent.about) {
        found.push(violation('I3', 'other-text', `${intent.id} is in the log with another text than was sent`))
      }
    }
    return found
  })
}

function terminals(evidence: Evidence): Violation[] {
  const commands = evidence.dump.entries.filter((entry) => entry.kind === 'command')
  return commands.flatMap(({ commandId, sessionId, seq }) => {
    const ends = evidence.entriesAbout(commandId).filter(isTerminal)
    const where = `${commandId} (${sessionId}#${seq})`
    if (ends.length === 0) return [violation('I4', 'no-terminal', `${where} has not ended`)]
    if (ends.length === 1) return []
    return [violation('I4', 'two-terminals', `${where} ended at ${ends.map((end) => end.seq).join(' and ')}`)]
  })
}

/** Two witnesses: the model, which was asked for the first answer, and the file that the tool writes to. */
function executions(evidence: Evidence): Violation[] {
  const asked = Map.groupBy(evidence.of('asked'), ({ prompt }) => prompt)
  const accepted = new Set([
    ...evidence.dump.entries.flatMap((entry) => (entry.kind === 'command' ? [entry.body] : [])),
    ...evidence.intents.flatMap(({ id, about }) => (evidence.undone.has(id) ? [about] : [])),
  ])
  const traces = evidence.of('trace')
  return [
    ...[...asked].flatMap(([prompt, times]) =>
      times.length > 1
        ? [violation('I3', 'executed-twice', `the model was asked ${times.length} times: ${prompt}`)]
        : [],
    ),
    ...[...asked.keys()].flatMap((prompt) =>
      accepted.has(prompt) ? [] : [violation('I3', 'executed-unaccepted', `not in the log, but executed: ${prompt}`)],
    ),
    ...traces.flatMap(({ prompt, executions: count }) =>
      count > 1 ? [violation('I3', 'executed-twice', `${count} traces on the disk: ${prompt}`)] : [],
    ),
  ]
}

/** The entry that an input itself is, without what it caused. */
function own(evidence: Evidence, id: string) {
  const kinds = ['command', 'cancel', 'decision', 'setting', 'queue']
  return evidence.entriesAbout(id).filter(({ kind }) => kinds.includes(kind))
}
