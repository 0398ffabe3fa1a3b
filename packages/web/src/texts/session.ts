/** What a session's own frame says. */
export const sessionTexts = {
  typing: (names: string, count: number) => `${names} ${count === 1 ? 'is' : 'are'} typing…`,
  stopping: {
    still: 'Still stopping.',
    halfDone: 'Force stop may leave edits half done.',
    force: 'Force stop',
    forcing: 'Ending it now…',
    silent: (machine: string) =>
      `${machine === '' ? 'The machine' : machine} does not answer. The run may still be going.`,
    failed: (reason: string) => `Not stopped: ${reason}`,
  },
  beside: {
    says: (title: string, more: number) =>
      more === 0
        ? `‘${title}’ is at work in this folder too. Both may change the same files.`
        : `‘${title}’ and ${more} more are at work in this folder too. They may change the same files.`,
    worktree: 'Use a worktree',
    open: 'Open',
    openLabel: (title: string) => `Open ‘${title}’`,
  },
  notSent: (reason: string) => `Not sent: ${reason}`,
  projectUnknown: 'Not known yet in which project this session is',
  missingHead: 'Not found',
  missingTitle: 'This session is not here',
  missing: 'It was deleted, or it belongs to someone else.',
  back: 'Back to sessions',
  devices: (count: number) => `${count} ${count === 1 ? 'device' : 'devices'} on this session`,
  observers: 'Who is here',
  states: { viewing: 'viewing', typing: 'typing', answering: 'answering', away: 'in background' },
  since: (time: string) => `since ${time}`,
  branch: 'branch',
  worktree: 'Works in a worktree of its own',
  worktreeOn: 'in a worktree of its own, on the branch',
  archived: 'This session is archived.',
  restore: 'Restore',
  empty: (project: string) => `What should Claude do${project === '' ? '' : ` in ${project}`}?`,
  suggestions: ['Say hello', 'What does this project do?', 'Run the tests and tell me what fails'],
  longLoading: 'This takes longer than usual. It goes on by itself.',
  refused: (reason: string) => `${reason} Trying again…`,
} as const

/** What is said before a session is deleted. */
export const deleteTexts = {
  title: (title: string) => `Delete ‘${title}’?`,
  about:
    'It goes from the relay, for everybody. What runs there is stopped, and its worktree is removed where nothing in it would be lost.',
  transcript: 'Delete Claude Code’s own record, too',
  transcriptAbout: (machine: string) =>
    `Then nobody can go on with this conversation on ${machine || 'the machine'} any more.`,
  transcriptAway: (machine: string) => `Not possible now: ${machine || 'the machine'} is not connected.`,
  stays: (machine: string) =>
    `On ${machine || 'the machine'} stay: Claude Code’s own record, so that it can be gone on with there, and all changed files.`,
  staysLittle: 'All changed files stay as they are.',
  cancel: 'Cancel',
  remove: 'Delete',
} as const
