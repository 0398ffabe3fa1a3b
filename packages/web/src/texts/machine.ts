import { plural } from '../format/text.ts'

const theMachine = (machine: string): string => machine || 'The machine'

/** What the page says of the machine of a project: what was asked of it, and what was found there. */
export const machineTexts = {
  refusal: {
    offline: (machine: string) => `${theMachine(machine)} is not connected. Try again when it is.`,
    slow: (machine: string) => `${theMachine(machine)} took too long to answer. Try again.`,
    busy: (machine: string) => `${theMachine(machine)} has many questions to answer. Try again in a moment.`,
    strange: 'The machine answered in a way that this page does not know. Update the agent there, or reload this page.',
  },
  again: 'Try again',
  close: 'Close',
} as const

/** Conversations with Claude Code that were held elsewhere. */
export const foundTexts = {
  open: (machine: string) => `Found on ${machine}…`,
  action: 'Go on with a conversation found on the machine',
  title: (machine: string) => `Found on ${machine}`,
  about: (project: string) =>
    `Conversations with Claude Code in ${project}, from a terminal or an editor, newest first.`,
  asking: 'Looking…',
  none: 'None were found in this project.',
  messages: (count: number) => plural(count, 'message'),
  branch: (name: string) => `on ${name}`,
  inside: (directory: string) => `in ${directory}`,
  here: 'Is here already',
  openHere: 'Open',
  openHereLabel: (title: string) => `Open ‘${title}’`,
  goOn: 'Continue',
  goOnLabel: (title: string) => `Continue ‘${title}’ here`,
  fork: 'Fork',
  forkLabel: (title: string) => `Fork ‘${title}’ into a new session`,
  note: 'Continue goes on with the very conversation, so end it elsewhere first. A fork goes its own way.',
  more: 'Show more',
} as const

/** How a session begins that has no message yet. */
export const beginningTexts = {
  label: 'How this session begins',
  continues: (title: string) => `Goes on with ‘${title}’`,
  continuesAbout: 'Its history is shown here with your first message. End it elsewhere first, or the two get mixed.',
  forks: (title: string) => `A fork of ‘${title}’`,
  forksAbout: 'It knows all that was said there, and goes its own way. What it came from stays as it is.',
  forksBefore: (title: string) => `A fork of ‘${title}’, up to a message`,
  forksBeforeAbout: 'It knows what was said before that message. Files stay as they are now.',
  instead: 'Begin without it',
  untitled: 'an earlier conversation',
  worktree: 'Work in a worktree of its own',
  worktreeAbout:
    'Claude gets a copy of the last commit on a branch of its own, beside your files. What is not committed is not in it.',
  noGit: 'Not possible here: the project is not kept in git.',
  noCommit: 'Not possible here: the project has no commit yet.',
  fork: 'Fork into a new session',
  forkHere: 'Go on from here in a new session',
  forkBefore: 'Go on from before this in a new session',
  forksTree: (branch: string) =>
    `It works in the same worktree, on ${branch}: Claude Code finds a conversation only where it was held. So both change the same files there.`,
  openFirst: 'Somebody went back in that session. Open it, and fork it from there.',
  notForked: (reason: string) => `Not forked: ${reason}`,
} as const

/** Going back to before a message. */
export const rewindTexts = {
  menu: (text: string) => `More for the message ‘${text}’`,
  copy: 'Copy text',
  open: 'Go back to before this…',
  title: 'Go back to before this message',
  conversation: 'The conversation',
  conversationAbout: 'Claude forgets this message and all that came after. It stays to be read here, folded.',
  files: 'The files',
  asking: 'Looking at the files…',
  noFiles: 'No file would change.',
  changes: (files: number, added: number, removed: number) =>
    `${plural(files, 'file')} would be put back: +${added} −${removed}.`,
  list: 'Files that would be put back',
  notUndone:
    'Only what Claude’s own tools changed is put back. What shell commands did stays, and so do your own changes elsewhere. There is no way forward again.',
  go: 'Go back',
  going: 'Going back…',
  cancel: 'Cancel',
  failed: (reason: string) => `Not done: ${reason}`,
  dropped: (count: number) => `${plural(count, 'entry', 'entries')} that Claude does not know of any more`,
} as const

/** What has changed in the project's files. */
export const changesTexts = {
  tab: 'Changes',
  label: 'Changed files',
  refresh: 'Look again',
  asking: 'Looking…',
  noGit: 'The project is not kept in git.',
  none: 'Nothing has changed since the last commit.',
  detached: 'no branch',
  worktree: 'Worktree of this session',
  noCommit: 'no commit yet',
  ahead: (count: number) => `${count} ahead`,
  behind: (count: number) => `${count} behind`,
  files: (count: number) => plural(count, 'changed file'),
  truncated: 'There are more than are listed.',
  diffOf: (path: string) => `Changes of ${path}`,
  place: (index: number, count: number) => `${index} of ${count}`,
  previous: 'Previous file',
  next: 'Next file',
  writeAbout: 'Write about it',
  noDiff: 'There is nothing to show: it is empty, binary, or has changed since.',
  cut: 'The rest was left out: it is too long.',
  staged: 'staged',
  partly: 'partly staged',
  from: (path: string) => `was ${path}`,
  states: {
    added: 'added',
    modified: 'modified',
    deleted: 'deleted',
    renamed: 'renamed',
    copied: 'copied',
    type_changed: 'type changed',
    untracked: 'new',
    conflicted: 'in conflict',
  },
} as const

/** Claude Code is another one than this was tested with. */
export const driftTexts = {
  newer: (version: string) => `Claude Code ${version} is newer than what this was tested with`,
  other: (version: string) => `Claude Code ${version} is not the version that this was tested with`,
  details: 'Details',
  about: (machine: string, recorded: string) =>
    `The agent on ${machine} was tested with Claude Code ${recorded}. What it does not know yet is shown as it comes; all else works as before.`,
  unknown: 'Messages that it does not know',
  gone: 'Fields that are gone',
  none: 'None so far.',
  remedy: 'Update Farhand’s agent there, or pin the version with CLAUDE_PATH.',
} as const

/** The permission mode in which nothing is asked. */
export const bypassTexts = {
  title: 'Let Claude run everything without asking?',
  means: (machine: string) =>
    `Claude will run every command and change every file on ${machine || 'the machine'} without asking, in this session. Only the policy of that machine still stops it.`,
  only: 'Choose this only in a container, or on a machine that you can lose.',
  confirm: 'Ask nothing any more',
  cancel: 'Cancel',
  waiting: (machine: string) => `Asking ${machine || 'the machine'}…`,
  away: (machine: string) => `${theMachine(machine)} is not connected: it is asked when it is back.`,
  refused: (machine: string) => `${theMachine(machine)} does not allow that`,
  allow: (machine: string) =>
    `Whoever sits at ${machine || 'the machine'} can allow it, by starting the agent there with this flag (or with ALLOW_BYPASS=true):`,
  command: 'npm run agent -- --allow-bypass',
  close: 'Close',
} as const
