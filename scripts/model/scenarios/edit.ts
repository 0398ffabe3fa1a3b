import { call, say } from '../reply.ts'
import { lastResult, pathIn, type Scenario } from './scenario.ts'

const FORMAL = 'Good day'
const PLAIN = 'Hello'

/** Reads, then edits what it read: to and fro between two greetings, so that it works any number of times. */
export const edit: Scenario = {
  name: 'edit',
  suggestion: { say: 'change the greeting', shows: 'a file read, an edit that asks for permission, its diff' },
  matches: /\bedit\b|\bchange\b.*\b(greeting|file)\b/i,
  turns: [
    (scene) => call('Read', { file_path: pathIn(scene, 'greeting.mjs') }, "I'll look at the greeting first."),
    (scene) => {
      const formal = lastResult(scene).includes(FORMAL)
      return call(
        'Edit',
        {
          file_path: pathIn(scene, 'greeting.mjs'),
          old_string: formal ? FORMAL : PLAIN,
          new_string: formal ? PLAIN : FORMAL,
        },
        formal ? 'It is formal now; I make it plain again.' : 'A plain greeting; I make it a little more formal.',
      )
    },
    say('Done: `greeting.mjs` greets differently now. Say **run the tests** to see that they still pass.'),
  ],
}
