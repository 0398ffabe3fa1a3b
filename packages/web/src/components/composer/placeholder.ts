/** What the empty message box says: where a message would go just now. */
export function placeholderOf(at: {
  connected: boolean
  online: boolean
  machine: string
  asked: boolean
  running: boolean
}): string {
  if (!at.connected) return 'Write now, sends when you are online'
  if (!at.online) return `Write now, ${at.machine} gets it when it is back`
  if (at.asked) return 'Reply, or answer above'
  if (at.running) return 'Queue a follow-up'
  return 'Message Claude, / commands, @ files'
}
