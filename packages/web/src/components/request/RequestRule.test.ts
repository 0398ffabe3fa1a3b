import { mount } from '@vue/test-utils'
import { expect, test } from 'vitest'
import RequestRule from './RequestRule.vue'

async function press(name: string, rule: string, inert = false) {
  const form = mount(RequestRule, { props: { tool: 'Bash', rule, inert } })
  await form
    .findAll('button')
    .find((button) => button.text() === name)
    ?.trigger('click')
  return form.emitted()
}

test('what is allowed for a while is a rule of the machine, which writes its star without a colon', async () => {
  const { grant } = await press('Allow for 30 min', 'Bash(npm test:*)')
  expect(grant).toEqual([['Bash(npm test*)', 30 * 60_000]])
})

test('a rule about another tool, and a press that comes too early, grant nothing', async () => {
  expect((await press('Allow for 30 min', 'Write(src/**)'))['grant']).toBeUndefined()
  expect((await press('Allow for 30 min', 'Bash(ls)', true))['grant']).toBeUndefined()
})
