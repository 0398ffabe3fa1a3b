/** What the frame around the pages says: the list of sessions, the palette, keys and preferences. */
export const sidebarTexts = {
  label: 'Projects and sessions',
  width: 'Width of the session list',
  widthOf: (px: number) => `${px} pixels`,
  open: 'Open session list',
  needsYou: 'Needs you',
  search: 'Search and commands',
  settings: 'Settings',
  signOut: 'Sign out',
  noMachine: 'No machine is connected yet.',
  loading: 'Loading sessions…',
  pinned: 'Pinned',
  /** Before the reason. */
  draft: 'Draft · ',
  none: 'No sessions yet.',
  noneSuch: 'No such sessions.',
  showAll: (count: number) => `Show all ${count}`,
  archived: (count: number) => `${count} archived`,
  hideArchived: 'Hide archived',
  newIn: (project: string) => `New session in ${project}`,
  filters: { all: 'All', need: 'Needs you', running: 'Running', unread: 'Unread', archived: 'Archived' },
  filterLabel: 'Which sessions',
  presence: {
    unknown: 'not known while disconnected',
    online: 'online',
    offline: 'offline',
    offlineSince: (since: string) => `offline since ${since}`,
    is: (machine: string, state: string) => `${machine} is ${state}`,
  },
  reasons: {
    waiting: 'Waiting for you',
    approval: (tool: string) => `Waiting for approval: ${tool}`,
    answer: 'Waiting for an answer',
    plan: 'Plan ready to review',
    running: 'Running',
    runningOf: (progress: string) => `Running · ${progress}`,
    away: 'Machine away',
    stopped: 'Stopped',
    failed: (reason: string) => `Failed: ${reason}`,
    finished: 'Finished · not read',
    marked: 'Marked unread',
    idle: 'Idle',
    unknown: 'unknown reason',
  },
  newSession: 'New session',
  titleField: 'Session title',
  notSaved: (reason: string) => `That was not saved: ${reason}`,
  menu: {
    more: (title: string) => `More for ${title}`,
    moreHere: 'Session menu',
    newTab: 'Open in new tab',
    rename: 'Rename',
    pin: 'Pin',
    unpin: 'Unpin',
    markUnread: 'Mark unread',
    markRead: 'Mark read',
    copyId: 'Copy session ID',
    terminal: 'Copy command for the terminal',
    archive: 'Archive',
    restore: 'Restore',
    remove: 'Delete…',
    copied: 'Copied.',
    notCopied: 'This browser did not let it be copied.',
  },
} as const

/** Where nothing is open. */
export const homeTexts = {
  connect: 'Connect your dev machine',
  connectHow: 'Start the agent there, in the folder that Claude should work in:',
  connectThen: 'It appears here by itself.',
  choose: 'Choose a session',
  orStart: 'Or start a new one:',
} as const

export const skipTexts = { message: 'Skip to message box', page: 'Skip to the page' } as const

export const paletteTexts = {
  label: 'Search and commands',
  placeholder: 'Search sessions, actions, messages and files',
  hint: '> actions · # sessions · @ files · Enter opens · Esc closes',
  sections: { sessions: 'Sessions', actions: 'Actions', messages: 'Messages on this page', files: 'Files' },
  /** What a press on a file does. */
  fileNote: (project: string) => `into a message in ${project}`,
  searching: 'Searching…',
  nothing: (text: string) => `Nothing found for ‘${text}’.`,
  count: (count: number) => `${count} ${count === 1 ? 'result' : 'results'}`,
} as const

export const keyTexts = {
  title: 'Keys',
  close: 'Close',
  off: 'Single letters are switched off in the settings.',
  places: {
    anywhere: 'Anywhere',
    session: 'In a session',
    composer: 'In the message box',
    request: 'On a request that has the focus',
    list: 'Outside of fields',
  },
} as const

export const actionTexts = {
  palette: 'Search and commands',
  newSession: 'New session',
  sidebar: 'Show or hide the list of sessions',
  runPanel: 'Show or hide run details',
  request: 'Go to what waits for an answer',
  composer: 'Go to the message box',
  keys: 'Show the keys',
  settings: 'Settings',
  status: 'Status of the relay and its machines',
  nextSession: 'Next session',
  previousSession: 'Previous session',
  nextWaiting: 'Next session that needs you',
  nthSession: 'Session 1 to 9',
  rename: 'Rename this session',
  markUnread: 'Mark this session unread',
  find: 'Find in this conversation',
  latest: 'Go to the latest message',
  earliest: 'Go to the first message',
  nextMessage: 'Next message of yours',
  previousMessage: 'Previous message of yours',
  stop: 'Stop the run',
  stopAgain: 'Press Esc again to stop the run.',
  areas: 'Next part of the page',
  send: 'Send',
  newLine: 'New line',
  allowOnce: 'Allow once',
  allowSession: 'Allow this session',
  deny: 'Deny…',
  choose: 'Choose an option',
  theme: (name: string) => `Theme: ${name}`,
} as const

export const settingsTexts = {
  title: 'Settings',
  close: 'Close',
  theme: 'Theme',
  themes: { system: 'As the system', light: 'Light', dark: 'Dark' },
  toolDetail: 'Tools in the conversation',
  toolDetails: { compact: 'One line each', normal: 'Changes and failures open', everything: 'All open' },
  enter: 'Enter in the message box',
  enters: {
    device: 'Sends; on a touch screen it is a new line',
    send: 'Sends',
    newline: 'Is a new line; Ctrl+Enter sends',
  },
  letterKeys: 'Keys that are single letters',
  letterKeysAbout: 'Switch them off if you speak to your computer.',
  wrapCode: 'Break long lines of code',
  here: 'Kept in this browser.',
} as const

/** Where a page could not be loaded. */
export const pageTexts = {
  failed: 'This page could not be loaded.',
  failedWhy: 'The relay did not answer, or it was renewed meanwhile. What you typed is kept.',
  partFailed: 'This part of the page could not be loaded. Try again when the connection is back.',
  partBroken: 'This part could not be shown.',
  again: 'Try again',
  raw: 'Show raw',
} as const
