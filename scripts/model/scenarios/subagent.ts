import { call, say } from '../reply.ts'
import { pathIn, type Scenario } from './scenario.ts'

const ORDER = 'Find out where the greeting comes from'

export const subagent: Scenario = {
  name: 'subagent',
  suggestion: { say: 'use a subagent', shows: 'a second Claude with its own tools, nested under the first' },
  matches: /\bsub-?agents?\b/i,
  turns: [
    call(
      'Agent',
      {
        description: 'Find the greeting',
        subagent_type: 'general-purpose',
        prompt: `${ORDER}: read greeting.mjs and report in one sentence.`,
        run_in_background: false,
      },
      "I'll send somebody to look.",
    ),
    say('My helper is back: the greeting comes from `greet` in `greeting.mjs`.'),
  ],
}

/** The subagent's own turns: its prompt is the order above. */
export const subagentsWork: Scenario = {
  name: "subagent's work",
  matches: new RegExp(`^${ORDER}`),
  turns: [
    (scene) => call('Read', { file_path: pathIn(scene, 'greeting.mjs') }, 'I read the file.'),
    say('The greeting is made by the function `greet` in `greeting.mjs`.'),
  ],
}
