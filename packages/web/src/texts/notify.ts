/** What notifications say, and what the settings say about them. They never hold what was said in a session. */
export const notifyTexts = {
  title: 'Notifications',
  kinds: {
    need: 'A session waits for you',
    failed: 'A run has failed',
    finished: 'A run of more than half a minute is over',
  },
  abouts: {
    need: 'Unless a tab shows that session.',
    failed: 'Unless a tab shows that session.',
    finished: 'Only while no tab of this page is in sight.',
  },
  about:
    'They name the session and its project, nothing of what was said. Without the last choice a tab of this page has to be open, in the background too.',
  states: {
    granted: '',
    default: '',
    denied: 'This browser was told not to show any. Allow notifications for this page beside its address, then reload.',
    insecure: 'Browsers show them for pages over https only. This page came over plain http.',
    missing: 'This browser has none here. On an iPhone or iPad, add this page to the Home Screen first.',
  },
  titles: {
    need: (session: string) => `Needs you: ${session}`,
    failed: (session: string) => `Failed: ${session}`,
    finished: (session: string) => `Finished: ${session}`,
  },
} as const

/** News of other sessions, over the page, and its own short line. */
export const toastTexts = {
  news: 'News of other sessions',
  notice: 'Notice',
  actions: { need: 'Review', failed: 'Open', finished: 'Open' },
  close: (session: string) => `Close what is told of ${session}`,
  closeNotice: 'Close',
  more: (count: number) => `and ${count} more`,
} as const

/** Being told while no tab is open. */
export const pushTexts = {
  title: 'Also when no tab is open',
  about: 'Through the push service of this browser, which learns when, but not what.',
  first: 'Choose first what you want to be notified of.',
  loading: 'Asking the relay…',
  missing: 'This browser has no push service here. On an iPhone or iPad, open the page from the Home Screen.',
  browser: 'This browser could not reach its push service. Private windows have none.',
  states: {
    off: 'Its owner has switched this off at the relay.',
    no_contact: 'The relay is not set up for it: its owner has to set PUBLIC_URL with https, or PUSH_CONTACT.',
    broken: 'The relay cannot read its keys for it. Its log says which.',
  },
  problems: {
    unreachable: 'The relay could not reach the push service of this browser with the last one.',
    refused: 'The push service of this browser did not take the last one. Switch this off and on again.',
  },
  test: 'Send one now',
  outcomes: {
    sent: 'Sent. It appears here in a moment.',
    gone: 'This browser has given it up. Switch it on again.',
    unreachable: 'The relay did not reach the push service.',
    refused: 'The push service did not take it.',
  },
} as const

/** What the worker says of a push. It is no part of the built page and has these words once more; a test compares them. */
export const workerTexts = {
  over: (session: string) => `Answered elsewhere: ${session}`,
  untitled: 'New session',
  test: 'Notifications reach this browser.',
  unknown: 'Something is new. Open Farhand to see it.',
} as const
