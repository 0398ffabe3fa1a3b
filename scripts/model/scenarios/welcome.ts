import { say } from '../reply.ts'
import type { Scenario } from './scenario.ts'

/** The answer to everything that no other scenario is for: it shows markdown and says what else may be typed. */
export function welcome(suggested: readonly Scenario[]): Scenario {
  const rows = suggested.flatMap(({ suggestion }) =>
    suggestion ? [`| \`${suggestion.say}\` | ${suggestion.shows} |`] : [],
  )
  return {
    name: 'welcome',
    matches: /^/,
    turns: [say(`${GREETING}\n${rows.join('\n')}\n\nNothing of this leaves your machine.\n`)],
  }
}

const GREETING = `## Hello!

I am a **scripted model**: no account, no network, always the same answers. The Claude Code that runs me is the *real* one:

- its tools read and write real files,
- its commands run in a real shell,
- its questions wait for *you*.

\`\`\`js
export function greet(name) {
  return \`Hello, \${name}!\`
}
\`\`\`

### What you can type

| type this | and see |
|---|---|`
