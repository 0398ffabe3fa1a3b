import { describe, expect, test } from 'vitest'
import type { Answer } from '../driver/question.ts'
import { PERMISSION_KINDS } from './messages.ts'
import { choiceFor, combine } from './permission.ts'

type Kind = (typeof PERMISSION_KINDS)[number]
const offered = (...kinds: Kind[]) => kinds.map((kind) => ({ optionId: kind, name: kind, kind }))
const ALL = offered(...PERMISSION_KINDS)
const chosen = (optionId: string) => ({ choice: { outcome: 'selected', optionId } })

const once: Answer = { behavior: 'allow', updatedInput: {} }
const lasting: Answer = { ...once, lasting: { scope: 'session', suggestions: [] } }
const denied: Answer = { behavior: 'deny', message: 'no' }

describe('the option that a decision becomes', () => {
  test('once is once, longer is what the agent offers, a denial is of this call alone', () => {
    expect(choiceFor(once, ALL, true)).toEqual(chosen('allow_once'))
    expect(choiceFor(lasting, ALL, true)).toEqual(chosen('allow_always'))
    expect(choiceFor(lasting, offered('allow_once'), true)).toEqual(chosen('allow_once'))
    expect(choiceFor(denied, ALL, true)).toEqual(chosen('reject_once'))
  })

  test('more than was decided is never chosen: it is refused, and told', () => {
    expect(choiceFor(once, offered('allow_always', 'reject_once'), true)).toMatchObject({
      ...chosen('reject_once'),
      problem: expect.stringContaining('does not offer'),
    })
    expect(choiceFor(once, ALL, false)).toMatchObject({
      ...chosen('reject_once'),
      problem: expect.stringContaining('changed'),
    })
    expect(choiceFor(denied, offered('allow_once', 'reject_always'), true)).toEqual({
      choice: { outcome: 'cancelled' },
    })
  })
})

describe('what the policy says of a call that is several in its eyes', () => {
  const says = (tool: string, verb?: 'deny' | 'ask' | 'allow') => ({
    tool,
    verdict: verb === undefined ? undefined : { verb, reason: verb },
  })

  test('any of them may deny, and then ask', () => {
    expect(combine([says('Edit', 'allow'), says('Write', 'ask'), says('Edit', 'deny')], true)?.verb).toBe('deny')
    expect(combine([says('Edit', 'allow'), says('Write', 'ask')], true)?.verb).toBe('ask')
  })

  test('all that go by its own name have to be allowed, and what it does has to be certain', () => {
    const both = [says('Edit', 'allow'), says('Write'), says('Edit', 'allow')]
    expect(combine(both, true)?.verb).toBe('allow')
    expect(combine(both, false)).toBeUndefined()
    expect(combine([...both, says('Edit')], true)).toBeUndefined()
    expect(combine([says('Edit')], true)).toBeUndefined()
  })
})
