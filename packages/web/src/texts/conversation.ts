/** What the conversation says around its messages. */
export const conversationTexts = {
  label: 'Conversation',
  showEarlier: 'Show earlier',
  showLater: 'Show later',
  loading: 'Loading…',
  newSince: 'New since you left',
  today: 'Today',
  latest: 'Latest',
  jump: 'Jump to latest',
  jumpNew: (count: string) => `Jump to latest, ${count} new`,
  new: (count: string) => `${count} new`,
  approval: 'Approval waiting',
  backToPlace: 'Back to where you were',
  earlierLoaded: (count: number) => `Loaded ${count} earlier lines.`,
  copyAnswer: 'Copy answer',
  turn: {
    tools: (count: number) => `${count} ${count === 1 ? 'tool' : 'tools'}`,
    failed: (count: number) => `${count} failed`,
    denied: (count: number) => `${count} denied`,
    files: (count: number) => `in ${count} ${count === 1 ? 'file' : 'files'}`,
    turns: (count: number) => `${count} ${count === 1 ? 'turn' : 'turns'}`,
  },
  working: {
    lostConnection: 'Was working when the connection was lost',
    noLife: (machine: string) => `No sign of life from ${machine}. The run may still be going.`,
    stopping: 'Stopping…',
    waiting: 'Waiting for you',
    working: 'Working',
  },
} as const

/** The link of one message, and what following it says. */
export const linkTexts = {
  copy: 'Copy link',
  readingBack: 'Reading back to the linked message…',
  failed: 'Older messages could not be read just now.',
  again: 'Try again',
  stop: 'Stop',
  gone: 'The linked message is not in this conversation.',
} as const
