import { onScopeDispose, shallowReactive } from 'vue'

/** Something that a person can do just now, by the palette, by keys, or both. */
export type Action = { id: ActionId; title: string; run: () => void; hidden?: boolean }

export type ActionId =
  | 'palette'
  | 'keys'
  | 'settings'
  | 'status'
  | 'new-session'
  | `new-session:${string}`
  | 'found'
  | 'usage'
  | 'retention'
  | 'find'
  | 'sidebar'
  | 'run-panel'
  | 'request'
  | 'composer'
  | 'next-session'
  | 'previous-session'
  | 'next-waiting'
  | `session:${string}`
  | 'latest'
  | 'earliest'
  | 'next-message'
  | 'previous-message'
  | 'stop'
  | 'rename'
  | 'mark-unread'
  | `theme:${string}`

const offered = shallowReactive(new Map<ActionId, Action>())

/** Offers actions for as long as the calling scope lives. */
export function offerActions(actions: readonly Action[]): void {
  for (const action of actions) offered.set(action.id, action)
  onScopeDispose(() => {
    for (const action of actions) if (offered.get(action.id) === action) offered.delete(action.id)
  })
}

export function offeredActions(): Action[] {
  return [...offered.values()].filter((action) => action.hidden !== true)
}

/** Answers whether somebody offered it. */
export function perform(id: ActionId): boolean {
  const action = offered.get(id)
  action?.run()
  return action !== undefined
}
