/** What a trace shows: how often something left, and each time that it left too early. */
export type TraceVerdict = { sends: number; writes: number; syncs: number; early: string[] }

export type TraceQuestion = {
  /** The name of the write-ahead log. */
  wal: string
  /** What an acknowledgement looks like; without it, everything that is sent counts. */
  acknowledgement?: RegExp
  /** Only what goes to this port. */
  peerPort?: number
}

const CALL = /^(?:\[pid +\d+\] |\d+ +)?(\w+)\(\d+<((?:[^>]|(?<=-)>)*)>/

/**
 * Reads the output of `strace -yy`, in order: a write to the log makes it dirty, a sync of it makes it clean, and
 * nothing that counts may be sent while it is dirty. Stricter than needed, since the dirt may be of another commit.
 */
export async function judgeTrace(
  lines: AsyncIterable<string> | Iterable<string>,
  question: TraceQuestion,
): Promise<TraceVerdict> {
  const verdict: TraceVerdict = { sends: 0, writes: 0, syncs: 0, early: [] }
  let dirty = false
  for await (const line of lines) {
    const [, call, target = ''] = CALL.exec(line) ?? []
    if (call === undefined) continue
    if (target.includes(question.wal)) {
      if (call === 'fsync' || call === 'fdatasync') {
        dirty = false
        verdict.syncs += 1
      } else {
        dirty = true
        verdict.writes += 1
      }
    } else if (target.startsWith('TCP') && counts(line, target, question)) {
      verdict.sends += 1
      if (dirty) verdict.early.push(line)
    }
  }
  return verdict
}

function counts(line: string, target: string, { acknowledgement, peerPort }: TraceQuestion): boolean {
  if (peerPort !== undefined && !target.includes(`:${peerPort}]`)) return false
  return acknowledgement === undefined || acknowledgement.test(line)
}
