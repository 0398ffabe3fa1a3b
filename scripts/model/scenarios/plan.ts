import { call, say } from '../reply.ts'
import type { Scenario, Turn } from './scenario.ts'

const PLAN = `# Greet in several languages

1. Give \`greet\` a second argument, the language.
2. Keep the greetings in a table:

   | language | greeting |
   |---|---|
   | English | Hello |
   | French | Bonjour |

3. Add a test for each language and one for an unknown language.

Nothing else changes: \`greet(name)\` stays English.
`

/** This Claude Code shows what stands in its plan file and ignores the tool's input; others show the input. */
const writeDown: Turn = ({ planFile }) => {
  if (!planFile) return call('ExitPlanMode', { plan: PLAN }, 'Here is my plan.')
  // It is the same plan each time, and a file that exists may only be written after it was read.
  if (planFile.exists) return call('Read', { file_path: planFile.path }, 'I made a plan before; I look it up.')
  return call('Write', { file_path: planFile.path, content: PLAN }, 'I write it down.')
}
const present: Turn = (scene) =>
  scene.calls.some((made) => made.name === 'ExitPlanMode')
    ? APPROVED
    : call('ExitPlanMode', { plan: PLAN }, 'Here is my plan.')
const APPROVED = say('The plan is approved. As I am only a script, I leave it at that.')

const matches = /\bplan\b/i

/** For a session that is in plan mode already. */
export const planInPlanMode: Scenario = {
  name: 'plan in plan mode',
  matches,
  when: (conversation) => conversation.planMode,
  turns: [writeDown, present, APPROVED],
}

export const plan: Scenario = {
  name: 'plan',
  suggestion: { say: 'make a plan', shows: 'a plan that waits for your approval' },
  matches,
  turns: [call('EnterPlanMode', {}, "I'll think about it before I touch anything."), writeDown, present, APPROVED],
}
