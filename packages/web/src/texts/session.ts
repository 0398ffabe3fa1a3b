/** What a session's own frame says. */
export const sessionTexts = {
  typing: (names: string, count: number) => `${names} ${count === 1 ? 'is' : 'are'} typing…`,
  missingTitle: 'This session is not here',
  missing: 'It was deleted, or it belongs to someone else.',
  back: 'Back to sessions',
  devices: (count: number) => `${count} ${count === 1 ? 'device' : 'devices'} on this session`,
  observers: 'Who is here',
  states: { viewing: 'viewing', typing: 'typing', answering: 'answering', away: 'in background' },
  since: (time: string) => `since ${time}`,
  archived: 'This session is archived.',
  restore: 'Restore',
  empty: (project: string) => `What should Claude do${project === '' ? '' : ` in ${project}`}?`,
  suggestions: ['Say hello', 'What does this project do?', 'Run the tests and tell me what fails'],
  longLoading: 'This takes longer than usual. It goes on by itself.',
  refused: (reason: string) => `${reason} Trying again…`,
} as const
