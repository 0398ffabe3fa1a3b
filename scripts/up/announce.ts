import { SUGGESTIONS } from '../model/scenarios/index.ts'
import type { Mode } from './options.ts'

/** The server's line with the link; the rest of the line is the link. */
const LOGIN_LINE = /^Login link \(works once\): (\S+)/

export function readLoginLink(line: string): string | undefined {
  return LOGIN_LINE.exec(line)?.[1]
}

/** What a person reads when all is up. */
export function announcement(mode: Mode, link: string, projects: readonly string[]): string {
  const lines = [
    '',
    '  Farhand is running. Open this link to sign in (it works once):',
    '',
    `    ${link}`,
    '',
    ...projects.map((project) => `  Project: ${project}`),
    ...(mode === 'demo' ? ['', ...demoHints()] : []),
    '',
    '  Ctrl-C ends it.',
    '',
  ]
  return `${lines.join('\n')}\n`
}

function demoHints(): string[] {
  const width = Math.max(...SUGGESTIONS.map(({ say }) => say.length))
  return [
    '  The demo runs the real Claude Code with a scripted model, in a project that is removed at the end.',
    '  What to type, and what there is to see:',
    '',
    ...SUGGESTIONS.map(({ say, shows }) => `    ${say.padEnd(width)}   ${shows}`),
  ]
}
