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
    'They name the session and its project, nothing of what was said. A tab of this page has to be open, in the background too.',
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
