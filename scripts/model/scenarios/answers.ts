import { refuse, say } from '../reply.ts'
import type { Scenario } from './scenario.ts'

const SLOW_ANSWER_MS = 60_000
const SLOW_ANSWER_LINES = 120

export const slow: Scenario = {
  name: 'slow',
  suggestion: { say: 'slow answer', shows: 'a minute of streaming, to be stopped' },
  matches: /\bslow/i,
  turns: [
    say(
      Array.from(
        { length: SLOW_ANSWER_LINES },
        (_, index) => `${index + 1}. Still writing, stop me whenever you like.\n`,
      ).join(''),
      { by: 'line', ms: SLOW_ANSWER_MS / SLOW_ANSWER_LINES },
    ),
  ],
}

export const think: Scenario = {
  name: 'think',
  suggestion: { say: 'think about it', shows: 'the thinking before an answer' },
  matches: /\bthink/i,
  turns: [
    {
      type: 'message',
      blocks: [
        {
          type: 'thinking',
          text:
            'The question is open, so I weigh two things. A greeting should be short, because nobody reads a long one. ' +
            'It should also name the person, because a greeting to nobody is noise. Both fit into one line of code.',
        },
        { type: 'text', text: 'I thought about it: a greeting should be short and should name the person.' },
      ],
    },
  ],
}

/** Claude Code repeats after 529; it does not after 400. */
const OVERLOADED_ATTEMPTS = 2

export const apiError: Scenario = {
  name: 'api error',
  suggestion: { say: 'cause an API error', shows: 'retries, then a run that fails' },
  matches: /\b(api|server|cause an?) error\b|\boverload/i,
  turns: [
    ({ attempt }) =>
      attempt <= OVERLOADED_ATTEMPTS
        ? refuse(529, 'overloaded_error', 'Overloaded')
        : refuse(400, 'invalid_request_error', 'The scripted model was asked to fail, and it did.'),
  ],
}
