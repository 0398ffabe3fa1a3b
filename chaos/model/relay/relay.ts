import { FarhandError, detailOf, toWire, type Ack } from '@farhand/shared'
import type { Outcome } from '../../../packages/server/src/log/store.ts'
import { positionOf } from '../../../packages/server/src/log/sessionLog.ts'
import type { Code } from '../code.ts'
import { author, PROJECT } from '../ids.ts'
import type { AgentLink, AgentSays, Answer, BrowserLink, BrowserSays } from '../links.ts'
import type { Truth } from '../truth.ts'
import { createAgentSide } from './agentSide.ts'
import { createGroupCommit } from './groupCommit.ts'
import { createHandingOver, type HandingOver } from './handingOver.ts'
import { createPublishing, type Publishing } from './publishing.ts'
import { dropReplaced, expiredCommands, readPage } from './queries.ts'
import type { Tables } from './tables.ts'

/** One run of the relay's process: everything in here is gone when it crashes; the tables are its disk. */
export type Relay = {
  hearBrowser(link: BrowserLink, browser: number, said: BrowserSays): void
  hearAgent(link: AgentLink, said: AgentSays): void
  lostBrowser(link: BrowserLink): void
  lostAgent(link: AgentLink): void
  /** One step inside. Answers whether there was anything to do. */
  work(readFirst: boolean): boolean
  /** The disk refuses the next commits. */
  failCommits(commits: number): void
  /** What timers do: pauses are over. */
  retry(): void
  timeOut(pick: number): boolean
  expire(): void
  /** Previews are dropped up to where the log ended at the last round. */
  compact(): void
  publishing: Publishing
}

/** Small, so that pages have an end in a small world. */
export const PAGE_ENTRIES = 4

export function createRelay(parts: {
  code: Code
  tables: Tables
  clock: { now(): number }
  truth: Truth
  beforeCommit: () => void
}): Relay {
  const { tables, clock, truth } = parts
  const code = forgetful(parts.code, tables)
  const publishing = createPublishing({ code, tables, clock, truth })
  const agents = code.createAgents(clock)
  const log = createGroupCommit({
    ...parts,
    code,
    publish(outcomes: readonly Outcome[]) {
      publishing.publish(outcomes.flatMap((one) => (one.verdict === 'accepted' ? [one.entry] : [])))
      handingOver.committed(outcomes)
    },
  })
  const agentSide = createAgentSide({ code, tables, log, agents, clock, truth, handingOver: () => handingOver })
  const handingOver: HandingOver = createHandingOver({
    code,
    tables,
    log,
    agents,
    clock,
    truth,
    linkOf: (connection) => agentSide.linkOf(connection),
    takeEnded: (link, run) => agentSide.takeEnded(link, run),
  })
  const reads: (() => void)[] = []
  let matured = 0

  return {
    hearBrowser: (link, browser, said) => hearBrowser({ code, tables, log, publishing, reads }, link, browser, said),
    hearAgent: agentSide.hear,
    lostBrowser: publishing.leave,
    lostAgent: agentSide.lost,
    work(readFirst) {
      const read = readFirst ? reads.shift() : undefined
      if (read === undefined && log.work()) return true
      const next = read ?? reads.shift()
      next?.()
      return next !== undefined
    },
    failCommits: log.fail,
    retry() {
      agentSide.retry()
      handingOver.retry()
    },
    timeOut: handingOver.timeOut,
    expire() {
      for (const commandId of expiredCommands(tables, clock.now())) log.append({ type: 'expire', commandId }, () => {})
    },
    compact() {
      if (code.slips.has('drops the record with its previews')) dropRecords(tables)
      dropReplaced(tables, matured)
      matured = tables.position
    },
    publishing,
  }
}

/** Faults: what the relay should find on its disk after a restart is in memory only. */
function forgetful(code: Code, tables: Tables): Code {
  if (code.slips.has('keeps requests in memory only')) tables.requests.clear()
  if (!code.slips.has('knows inputs in memory only')) return code
  const before = new Set([...tables.inputs.values()].map(({ sessionId, seq }) => `${sessionId} ${seq}`))
  return {
    ...code,
    acceptCommand(facts, command) {
      const { stored } = facts
      const forgotten = stored !== undefined && before.has(`${stored.sessionId} ${stored.seq}`)
      return code.acceptCommand({ ...facts, stored: forgotten ? undefined : stored }, command)
    },
  }
}

type Side = {
  code: Code
  tables: Tables
  log: ReturnType<typeof createGroupCommit>
  publishing: Publishing
  /** Reads of the log in their turn; commits may come in between. */
  reads: (() => void)[]
}

function hearBrowser(side: Side, link: BrowserLink, browser: number, said: BrowserSays): void {
  const { log, publishing } = side
  if (link.endedAt !== undefined) return reply(link, said.ask, refuse('UNAUTHENTICATED'))
  switch (said.type) {
    case 'command': {
      const { commandId, sessionId, prompt, expiresAt } = said
      const command = {
        commandId,
        sessionId,
        prompt,
        expiresAt,
        projectId: PROJECT,
        options: {},
        workingDirectory: undefined,
      }
      const bodyHash = `${prompt} ${sessionId}`
      log.append({ type: 'command', ...command, bodyHash, author: author(browser) }, (outcome) => {
        const answer = answerOf(outcome, (position) => ({ of: 'command', accepted: { commandId, ...position } }))
        if (answer.ok) publishing.join(link, sessionId)
        reply(link, said.ask, answer)
      })
      break
    }
    case 'input': {
      const { sessionId, input } = said
      const bodyHash = JSON.stringify([sessionId, input])
      log.append({ type: 'input', sessionId, ...input, bodyHash, author: author(browser) }, (outcome) => {
        reply(
          link,
          said.ask,
          answerOf(outcome, ({ seq }) => ({ of: 'input', seq })),
        )
      })
      break
    }
    case 'subscribe':
      subscribe(side, link, said)
      break
    case 'read':
      side.reads.push(() => {
        const detail = detailOf(publishing.subscriptions.of(link).get(said.sessionId) ?? 'every')
        const page = readPage(side.tables, { ...said, limit: PAGE_ENTRIES, detail })
        reply(
          link,
          said.ask,
          page === undefined ? refuse('NOT_FOUND') : { ok: true, of: 'read', page: skip(side, page) },
        )
      })
      break
    default:
      said satisfies never
  }
}

/** SUB1: join, then read, then answer. Each in its turn, so that entries may be published in between. */
function subscribe(side: Side, link: BrowserLink, said: Extract<BrowserSays, { type: 'subscribe' }>): void {
  const { code, tables, reads, publishing } = side
  const { sessionId, detail, ask } = said
  if (publishing.isAside(link)) return reply(link, ask, refuse('SLOW_CONSUMER'))
  const before = publishing.subscriptions.of(link).get(sessionId)
  publishing.join(link, sessionId, detail)
  reads.push(() => {
    const head = tables.sessions.get(sessionId)?.head
    const { logEpoch } = tables
    const { reset, range } = code.decideBeginning(said, { head: head ?? 0, logEpoch }, PAGE_ENTRIES)
    const page = readPage(tables, { sessionId, detail, ...range })
    if (page === undefined) {
      if (before === undefined) publishing.subscriptions.remove(link, sessionId)
      return reply(link, ask, refuse('NOT_FOUND'))
    }
    reads.push(() => {
      publishing.noteHead(sessionId, page.head)
      const subscription = { logEpoch, ...skip(side, page), ...(reset ? { reset } : {}) }
      reply(link, ask, { ok: true, of: 'subscribe', subscription })
    })
  })
}

function reply(link: BrowserLink, ask: number, answer: Ack<Answer>): void {
  if (link.there) link.down.push({ type: 'answer', ask, answer })
}

function answerOf(
  outcome: Outcome | undefined,
  tell: (position: { sessionId: string; seq: number }) => Answer,
): Ack<Answer> {
  if (outcome === undefined) return refuse('STORAGE_BUSY')
  if (outcome.verdict === 'refused') return { ok: false, error: toWire(outcome.error) }
  return { ok: true, ...tell(positionOf(outcome)) }
}

function refuse(code: FarhandError['code']): Ack<Answer> {
  return { ok: false, error: toWire(new FarhandError(code)) }
}

/** A fault: a page that says to account for more than it holds. */
function skip<Page extends { entries: unknown[] }>({ code }: Side, page: Page): Page {
  return code.slips.has('counts a page that skips') ? { ...page, entries: page.entries.slice(0, -1) } : page
}

/** A fault: compaction takes the records for previews. */
function dropRecords(tables: Tables): void {
  for (const rows of tables.entries.values()) {
    for (const [seq, { entry }] of rows) if (entry.final === true) rows.delete(seq)
  }
}
