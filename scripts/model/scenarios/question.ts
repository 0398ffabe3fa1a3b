import { call, say } from '../reply.ts'
import { lastResult, type Scenario } from './scenario.ts'

export const question: Scenario = {
  name: 'question',
  suggestion: { say: 'ask me a question', shows: 'two questions, one with several answers' },
  matches: /\bask me\b|\bquestions?\b/i,
  turns: [
    call('AskUserQuestion', {
      questions: [
        {
          question: 'Which tone should the greeting have?',
          header: 'Tone',
          multiSelect: false,
          options: [
            { label: 'Friendly', description: 'As among friends' },
            { label: 'Formal', description: 'As in a letter' },
            { label: 'Brief', description: 'One word is enough' },
          ],
        },
        {
          question: 'In which languages should it greet?',
          header: 'Languages',
          multiSelect: true,
          options: [
            { label: 'English', description: 'Hello' },
            { label: 'French', description: 'Bonjour' },
            { label: 'Japanese', description: 'こんにちは' },
            { label: 'Arabic', description: 'مرحبا' },
          ],
        },
      ],
    }),
    (scene) => say(`Thank you. This is what I was told:\n\n> ${lastResult(scene).trim().replaceAll('\n', '\n> ')}`),
  ],
}
