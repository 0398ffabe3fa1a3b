import type { SessionSummary, Timeline } from '@farhand/shared'
import { Fzf } from 'fzf'
import { paletteTexts as texts } from '../../texts/shell.ts'
import type { Action } from './actions.ts'

/** One line of the palette. */
export type Result =
  | { type: 'session'; id: string; title: string; note: string; sessionId: string }
  | { type: 'action'; id: string; title: string; note: string; action: Action }
  | { type: 'message'; id: string; title: string; note: string; sessionId: string; itemId: string }
  | { type: 'file'; id: string; title: string; note: string; path: string }

/** What a machine found, and for what it was asked. */
export type FoundFiles = { query: string | undefined; paths: readonly string[] }

export type Sources = {
  sessions: readonly { session: SessionSummary; title: string; project: string; reason: string }[]
  actions: readonly Action[]
  logs: readonly { sessionId: string; title: string; timeline: Timeline }[]
  files: FoundFiles & { project: string }
}

/** A capital letter is a letter. */
const LETTERS = { casing: 'case-insensitive' } as const
const MOST_SESSIONS = 8
const MOST_ACTIONS = 8
const MOST_MESSAGES = 12
/** Fewer letters are in every message. */
const MESSAGE_LETTERS = 3
const SNIPPET_BEFORE = 30
const SNIPPET_CHARACTERS = 120

/** A mark in front that looks in one kind only. */
const MARKS: Readonly<Record<string, Result['type']>> = { '>': 'action', '#': 'session', '@': 'file' }

/** What fits a text, best first. Pure. */
export function findResults(text: string, sources: Sources): Result[] {
  const { only, wanted } = readWish(text)
  const looksIn = (type: Result['type']): boolean => only === undefined || only === type
  return [
    ...(looksIn('session') ? sessionResults(wanted, sources) : []),
    ...(looksIn('action') ? actionResults(wanted, sources) : []),
    ...(looksIn('message') && wanted.length >= MESSAGE_LETTERS ? messageResults(wanted, sources) : []),
    ...(fileQuery(text) === sources.files.query ? fileResults(sources) : []),
  ]
}

/** What a machine is to be asked for; undefined: nothing. Pure. */
export function fileQuery(text: string): string | undefined {
  const { only, wanted } = readWish(text)
  if (only === 'file') return wanted
  return only === undefined && wanted.length >= MESSAGE_LETTERS ? wanted : undefined
}

function readWish(text: string): { only: Result['type'] | undefined; wanted: string } {
  const only = MARKS[text.charAt(0)]
  return { only, wanted: (only === undefined ? text : text.slice(1)).trim() }
}

function fileResults({ files: { query, paths, project } }: Sources): Result[] {
  if (query === undefined) return []
  return paths.map((path) => ({ type: 'file', id: `file:${path}`, title: path, note: texts.fileNote(project), path }))
}

function sessionResults(wanted: string, { sessions }: Sources): Result[] {
  const found =
    wanted === ''
      ? sessions
      : new Fzf([...sessions], { ...LETTERS, selector: ({ title, project }) => `${title} ${project}` })
          .find(wanted)
          .map(({ item }) => item)
  return found.slice(0, MOST_SESSIONS).map(({ session, title, project, reason }) => ({
    type: 'session',
    id: `session:${session.sessionId}`,
    title,
    note: `${project} · ${reason}`,
    sessionId: session.sessionId,
  }))
}

function actionResults(wanted: string, { actions }: Sources): Result[] {
  const found =
    wanted === ''
      ? actions
      : new Fzf([...actions], { ...LETTERS, selector: ({ title }) => title }).find(wanted).map(({ item }) => item)
  return found
    .slice(0, MOST_ACTIONS)
    .map((action) => ({ type: 'action', id: `action:${action.id}`, title: action.title, note: '', action }))
}

/** In what this page has read of the sessions that were opened here, the newest first. */
function messageResults(wanted: string, { logs }: Sources): Result[] {
  const lower = wanted.toLowerCase()
  const found: Result[] = []
  for (const { sessionId, title, timeline } of logs) {
    for (const item of timeline.items.toReversed()) {
      if (found.length >= MOST_MESSAGES) return found
      if (item.type !== 'message' && item.type !== 'text') continue
      const place = item.text.toLowerCase().indexOf(lower)
      if (place === -1) continue
      const said = snippet(item.text, place)
      found.push({
        type: 'message',
        id: `${sessionId}/${item.id}`,
        title: said,
        note: title,
        sessionId,
        itemId: item.id,
      })
    }
  }
  return found
}

function snippet(text: string, place: number): string {
  const start = Math.max(0, place - SNIPPET_BEFORE)
  const cut = text.slice(start, start + SNIPPET_CHARACTERS).replaceAll(/\s+/g, ' ')
  return `${start > 0 ? '…' : ''}${cut}${start + SNIPPET_CHARACTERS < text.length ? '…' : ''}`
}
