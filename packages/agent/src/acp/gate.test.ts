import { expect, test } from 'vitest'
import type { JudgedCall } from '../driver/driver.ts'
import type { Answer, ToolQuestion } from '../driver/question.ts'
import type { Verdict } from '../policy/decide.ts'
import { permit } from './gate.ts'
import { permissionSchema, readUpdate } from './messages.ts'
import { translate } from './translate.ts'
import { beginRun, newTranslation } from './translation.ts'

const OPTIONS = ['allow_once', 'reject_once'].map((kind) => ({ optionId: kind, name: kind, kind }))
const PERMISSION = permissionSchema.parse({
  sessionId: 's1',
  toolCall: { toolCallId: 'c', kind: 'execute', title: '`make`' },
  options: OPTIONS,
})
const allow = ({ input }: ToolQuestion): Answer => ({ behavior: 'allow', updatedInput: input })

/** An agent that asks, and what it was answered. */
async function ask(parts: {
  judge?: (call: JudgedCall) => Pick<Verdict, 'verb' | 'reason'> | undefined
  answer?: (question: ToolQuestion, update: (change: object) => void) => Answer
  cancelled?: boolean
}) {
  let state = beginRun(newTranslation({ costUsd: 0, tasks: [] }), 'p1', undefined)
  const questions: ToolQuestion[] = []
  const stumbled: unknown[] = []
  const notices: string[] = []
  const update = (change: object): void => {
    const params = { sessionId: 's1', update: { sessionUpdate: 'tool_call_update', toolCallId: 'c', ...change } }
    state = translate(state, readUpdate(params), params).state
  }
  const choice = await permit(PERMISSION, new AbortController().signal, {
    cwd: '/shop',
    known: () => state,
    tell(translated) {
      state = translated.state
      notices.push(...translated.responses.filter(({ kind }) => kind === 'notice').map(({ data }) => data))
    },
    isCancelled: () => parts.cancelled === true,
    events: {
      judge: parts.judge ?? (() => undefined),
      decided: () => {},
      asked(question) {
        questions.push(question)
        return Promise.resolve((parts.answer ?? allow)(question, update))
      },
      stumbled: (error) => stumbled.push(error),
    },
  })
  return { choice, questions, stumbled, notices }
}

const selected = (optionId: string) => ({ outcome: 'selected', optionId })

test('a person is asked about what the agent told, and the call has the id of its row', async () => {
  const { choice, questions } = await ask({})
  expect(choice).toEqual(selected('allow_once'))
  expect(questions).toMatchObject([{ tool: 'Bash', input: { command: 'make' }, options: { toolUseID: 'p1:c' } }])
})

test('the policy allows nothing that stands in a title alone, and denies it all the same', async () => {
  const allowed = await ask({ judge: () => ({ verb: 'allow', reason: 'a rule' }) })
  expect(allowed.questions).toHaveLength(1)
  const denied = await ask({ judge: () => ({ verb: 'deny', reason: 'a rule' }) })
  expect([denied.choice, denied.questions]).toEqual([selected('reject_once'), []])
  expect(denied.notices).toEqual([expect.stringContaining('Bash was not allowed: a rule')])
})

test('[REQ3] a call that becomes another one while a person looks at it is not allowed', async () => {
  const { choice, notices } = await ask({
    answer(question, update) {
      update({ rawInput: { command: 'make clean' } })
      return allow(question)
    },
  })
  expect(choice).toEqual(selected('reject_once'))
  expect(notices).toEqual([expect.stringContaining('said something else about this call')])
  const alive = await ask({
    answer(question, update) {
      update({ status: 'in_progress' })
      return allow(question)
    },
  })
  expect(alive.choice).toEqual(selected('allow_once'))
})

test('a fault of ours lets nothing through, and a cancelled turn gets no choice', async () => {
  const fault = new Error('ours')
  const { choice, stumbled, questions } = await ask({
    judge: () => {
      throw fault
    },
  })
  expect([choice, stumbled, questions]).toEqual([selected('reject_once'), [fault], []])
  expect((await ask({ cancelled: true })).choice).toEqual({ outcome: 'cancelled' })
})
