import { mount } from '@vue/test-utils'
import { expect, test } from 'vitest'
import SessionRename from './SessionRename.vue'

const show = () => mount(SessionRename, { props: { title: 'Old' }, attachTo: document.body })

test('Esc gives up, although the field that goes tells that it lost the focus', async () => {
  const rename = show()
  await rename.get('input').setValue('New')
  await rename.get('input').trigger('keydown', { key: 'Escape' })
  await rename.get('input').trigger('blur')
  expect(rename.emitted('cancel')).toHaveLength(1)
  expect(rename.emitted('done')).toBeUndefined()
})

test('Enter saves once; leaving the field saves as well', async () => {
  const rename = show()
  await rename.get('input').setValue(' New ')
  await rename.get('form').trigger('submit')
  await rename.get('input').trigger('blur')
  expect(rename.emitted('done')).toEqual([['New']])
  const left = show()
  await left.get('input').setValue('Other')
  await left.get('input').trigger('blur')
  expect(left.emitted('done')).toEqual([['Other']])
})
