/** What the page says of messages on their way, of the connection, and of what this device keeps. */
export const deliveryTexts = {
  message: {
    kept: 'Kept on this device',
    keptWithPage: 'Kept while this page is open',
    sending: 'Sending…',
    held: (reason: string) => `Not sent yet: ${reason} Trying again.`,
    sent: 'Sent',
    notSent: (reason: string) => `Not sent: ${reason}`,
    accepted: 'Accepted',
    waitsFor: (machine: string) => `Accepted · waits for ${machine}`,
    nextInLine: 'Accepted · next in line',
    withClaude: (since: string) => `With Claude since ${since}`,
    showAll: (characters: string) => `Show all ${characters} characters`,
    actions: { cancel: 'Cancel', retry: 'Retry', edit: 'Edit', remove: 'Remove' },
  },
  outbox: {
    label: 'Unsent messages',
    waiting: (count: number, elsewhere: boolean) =>
      `${count === 1 ? '1 message waits' : `${count} messages wait`} to be sent${elsewhere ? ' (all sessions)' : ''}`,
    failed: (count: number) => (count === 1 ? '1 message was not sent' : `${count} messages were not sent`),
    retryAll: 'Retry all',
    removeAll: 'Remove all',
    show: 'Show',
    hide: 'Hide',
    here: 'This session',
  },
  followUp: {
    goOn: 'Go on',
    goOnText: 'You were interrupted before you had finished. Look at what is done already, then go on from there.',
    sendAgain: 'Send again',
    edit: 'Edit',
  },
  connection: {
    offline: 'You are offline. Messages are kept on this device.',
    lost: 'Connection lost. Reconnecting.',
    restored: 'Connection restored.',
  },
  strip: {
    offline: 'You are offline. Messages are kept on this device.',
    lost: (relay: string) => `Cannot reach ${relay}. Messages are kept and sent when it is back.`,
    readAt: (time: string) => `You see what was read until ${time}.`,
    machineOffline: (machine: string, since: string) => `${machine} is offline${since}. Messages wait on the relay.`,
  },
  update: {
    text: 'A new version of this page is ready. Your draft and unsent messages stay.',
    reload: 'Reload',
  },
} as const
