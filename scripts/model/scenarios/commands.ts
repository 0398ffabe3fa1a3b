import { call, say } from '../reply.ts'
import type { Scenario } from './scenario.ts'

export const tests: Scenario = {
  name: 'tests',
  suggestion: { say: 'run the tests', shows: 'a shell command that asks for permission, with its real output' },
  matches: /\brun\b|\btests?\b/i,
  turns: [
    call('Bash', { command: 'node --test', description: 'Run the tests of this project' }, "I'll run the tests."),
    say('The tests ran; their real output is above.'),
  ],
}

/** A command whose every execution leaves a trace, for tests of what runs once. */
export const append: Scenario = {
  name: 'append',
  matches: /^append one line to (\w+\.txt)$/i,
  turns: [
    ({ groups }) => call('Bash', { command: `echo ran >> ${groups[0]}`, description: 'Leave a trace' }),
    say('Done.'),
  ],
}

const BIG_OUTPUT_LINES = 2_500

/** About 200 kB with colours. */
const BIG_OUTPUT_COMMAND = `node -e '
for (let i = 1; i <= ${BIG_OUTPUT_LINES}; i++) {
  console.log("\\x1b[3" + (1 + (i % 6)) + "mline " + i + "\\x1b[0m " + "the quick brown fox jumps over the lazy dog ".repeat(2).slice(0, 62))
}'`

export const bigOutput: Scenario = {
  name: 'big output',
  suggestion: { say: 'big output', shows: 'a command that prints 200 kB in colour' },
  matches: /\b(big|large|huge|long) output\b/i,
  turns: [
    call('Bash', { command: BIG_OUTPUT_COMMAND, description: 'Print 200 kB in colour' }),
    say(`Those were ${BIG_OUTPUT_LINES} lines.`),
  ],
}
