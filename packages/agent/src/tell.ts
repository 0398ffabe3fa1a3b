import { stripVTControlCharacters } from 'node:util'
import type { ClaudeStatus, RegisteredProject } from '@farhand/shared'
import type { Refusal } from './websocket/auth.ts'
import type { Trouble } from './websocket/drain.ts'

/** Takes one line for people, without its newline. */
export type Print = (line: string) => void

/** What the person who started the agent reads. Contents of sessions never stand here. */
export type Tell = ReturnType<typeof tell>

export function tell(to: Print) {
  const print: Print = (line) => to(asLine(line))
  let lastRefusal = ''

  return {
    projects(projects: readonly RegisteredProject[], isDefault: boolean): void {
      for (const { path } of projects)
        print(`Serving ${path}${isDefault ? ' (the present directory; name others with --project)' : ''}`)
    },
    readable(serverUrl: string): void {
      print(
        `${serverUrl} is not encrypted: whoever is on the way there can read the agent's token and everything that is said. Use https, or a tunnel to this machine`,
      )
    },
    /** What answers here, or why nothing does. */
    answers({ version, answeredBy, problem }: ClaudeStatus): void {
      const who = answeredBy === undefined ? 'Claude Code' : `${answeredBy.name} (ACP)`
      print(problem === undefined ? `${who} ${version ?? ''} is ready` : `${problem.code}: ${problem.message}`)
    },
    connected(serverUrl: string): void {
      lastRefusal = ''
      print(`Connected to ${serverUrl}`)
    },
    disconnected(reason: string): void {
      print(`Disconnected (${reason}); runs go on, and what they say is kept`)
    },
    /** The same refusal again says nothing new. */
    refused({ code, message }: Refusal, retryMs: number): void {
      if (`${code} ${message}` === lastRefusal) return
      lastRefusal = `${code} ${message}`
      print(
        `${code}: ${message} ${REMEDIES[code] ?? ''}Trying again ${retryMs < LONG_WAIT_MS ? 'until it works' : 'every half minute'}`,
      )
    },
    gaveUp({ code, message }: Refusal): void {
      print(`${code}: ${message} ${REMEDIES[code] ?? ''}The agent ends.`)
    },
    trouble(sessionId: string, trouble: Trouble, directory: string): void {
      print(
        trouble === 'diverged'
          ? `DIVERGED: the relay holds more of session ${sessionId} than this agent ever said. ${directory} was copied or restored; remove it to register anew`
          : `NOT_FOUND: the relay does not know session ${sessionId} (any more); what was said there is kept here`,
      )
    },
    /** The state was damaged; a new one took its place. */
    quarantined(path: string): void {
      print(
        `AGENT_STORAGE: the agent's database was damaged. It was put aside as ${path} and a new one begun: what the relay did not hold yet is lost, and runs that were under way end as INTERRUPTED`,
      )
    },
    damaged(directory: string): void {
      print(`AGENT_STORAGE: the database in ${directory} is damaged; the agent begins a new one`)
    },
    policy(errors: readonly { source: string; message: string }[]): void {
      for (const { source, message } of errors)
        print(`The policy can't be read, so every call is denied: ${source}: ${message}`)
    },
    waitsOn(count: number): void {
      if (count > 0) print(`${count} ${count === 1 ? 'run waits' : 'runs wait'} for a decision, as before the stop`)
    },
    storageFailed(directory: string): void {
      print(
        `AGENT_STORAGE: ${directory} can't be written. Free space; what runs is ended, nothing that was said is dropped`,
      )
    },
  }
}

/** The relay's words, and paths, may hold what a terminal would obey. */
function asLine(text: string): string {
  return stripVTControlCharacters(text).replaceAll(/\p{Cc}+/gu, ' ')
}

const LONG_WAIT_MS = 20_000
const REMEDIES: Record<string, string> = {
  UNAUTHENTICATED: 'Set AGENT_TOKEN to a token of this relay (`npm run server -- token agent` makes one). ',
  UPGRADE_REQUIRED: 'Update Farhand on the older of the two machines. ',
  AGENT_CONFLICT: 'Stop the other agent, or serve other directories here. ',
  FENCED: 'Another copy of this agent is running; give each its own AGENT_DIR. ',
}
