import type { RequestItem, ToolItem } from '@farhand/shared'
import { byWhom } from '../../format/request.ts'
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
    case 'lost':
      return { name: 'stopped', text: toolTexts.stopped }
    case 'done':
      return { name: 'done', text: '' }
    default:
      return item.state satisfies never
  }
}

function deniedState(request: RequestItem | undefined): ToolState | undefined {
  if (request === undefined || request.state.name === 'open') return undefined
  const { state } = request
  const behavior = state.name === 'resolved' ? state.resolution.behavior : state.behavior
  if (behavior !== 'deny') return undefined
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
