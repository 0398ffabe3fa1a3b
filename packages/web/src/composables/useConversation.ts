import { inject, provide, type ComputedRef, type InjectionKey } from 'vue'
import type { Session } from './useSession.ts'

/** What the parts of one conversation share. */
export type Conversation = {
  session: Session
  /** Is the machine of this project connected? */
  online: ComputedRef<boolean>
  machine: ComputedRef<string>
  /** Puts a text into the message box, as when a refused message is edited. */
  write(text: string): void
}

export const CONVERSATION: InjectionKey<Conversation> = Symbol('conversation')

export function provideConversation(conversation: Conversation): void {
  provide(CONVERSATION, conversation)
}

export function useConversation(): Conversation {
  const conversation = inject(CONVERSATION)
  if (conversation === undefined) throw new Error('useConversation is for components of a session page')
  return conversation
}
