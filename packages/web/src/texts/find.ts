/** What the find bar of a conversation says. */
export const findTexts = {
  label: 'Find in this conversation',
  count: (at: number, all: number) => (all === 0 ? 'Not found' : `${at} of ${all}`),
  previous: 'Previous place',
  previousKey: 'Previous place (Enter)',
  next: 'Next place',
  nextKey: 'Next place (Shift+Enter)',
  close: 'Close',
  folded: 'It is inside this line. Open the line to see it.',
  olderLeft: 'Older messages are not searched yet.',
  olderAway: 'Older messages can be searched when the connection is back.',
  searchOlder: 'Search older',
  searchingOlder: 'Searching older messages…',
  olderFailed: 'Older messages could not be read just now.',
} as const
