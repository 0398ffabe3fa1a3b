import type { RequestItem, ToolItem } from '@farhand/shared'
import { byWhom, decidedOn } from '../../format/request.ts'
import { toolTexts } from '../../texts/tools.ts'
import { bashResult, readResult } from './toolResult.ts'

export type ToolState = {
  name: 'running' | 'asked' | 'unknown' | 'done' | 'failed' | 'denied' | 'stopped'
  /** Nothing where there is nothing to say: a tool that worked is the rule. */
  text: string
}

/** What a tool's row says of its state. `request` is the newest one about it. Pure. */
export function toolState(item: ToolItem, at: { request: RequestItem | undefined; online: boolean }): ToolState {
  switch (item.state) {
    case 'running':
      if (at.request?.state.name === 'open') return { name: 'asked', text: toolTexts.waiting }
      return at.online ? { name: 'running', text: toolTexts.running } : { name: 'unknown', text: toolTexts.unknown }
    case 'failed':
      return deniedState(at.request) ?? { name: 'failed', text: toolTexts.failed }
    case 'lost': // what had begun says so by its verb
      return { name: 'stopped', text: isHeldBack(item, at.request) ? toolTexts.stopped : '' }
    case 'done':
      return { name: 'done', text: '' }
    default:
      return item.state satisfies never
  }
}

/** It has done nothing so far: somebody has to allow it, has denied it, or was never heard. Pure. */
export function isHeldBack(item: ToolItem, request: RequestItem | undefined): boolean {
  if (item.state === 'done') return false
  if (request === undefined) return item.decided?.behavior === 'deny'
  if (request.state.name === 'open') return true
  const behavior = decidedOn(request.state)
  return behavior === undefined ? item.state === 'lost' : behavior === 'deny'
}

function deniedState(request: RequestItem | undefined): ToolState | undefined {
  if (request === undefined || request.state.name === 'open') return undefined
  const { state } = request
  if (decidedOn(state) !== 'deny') return undefined
  const reason = state.message === undefined || state.message === '' ? '' : ` · ${state.message}`
  return { name: 'denied', text: `${toolTexts.denied}${byWhom(state.by)}${reason}` }
}

/** What copying a tool's body gives: what a person would want to paste. */
export function toolCopy(item: ToolItem): string {
  const bash = bashResult(item)
  if (bash !== undefined) return [bash.stdout, bash.stderr ?? ''].filter((part) => part !== '').join('\n')
  const read = readResult(item)
  if (read?.type === 'text') return read.file.content
  return item.result?.output ?? JSON.stringify(item.input, null, 2)
}
