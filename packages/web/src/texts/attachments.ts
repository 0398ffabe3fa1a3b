/** What the page says of files that go with a message. */
export const attachmentTexts = {
  add: 'Attach files',
  label: 'Attached files',
  drop: 'Drop files to attach them',
  remove: (name: string) => `Remove ${name}`,
  retryOf: (name: string) => `Upload ${name} again`,
  dismiss: 'Dismiss',
  states: {
    reading: 'Looking at it…',
    uploading: (percent: number) => `${percent} %`,
    waiting: (percent: number) => `${percent} % · waits for the relay`,
    failed: (reason: string) => `Not uploaded: ${reason}`,
    lost: 'The relay does not have it. Pick it again.',
  },
  added: (count: number) => (count === 1 ? '1 file attached.' : `${count} files attached.`),
  waitFor: (count: number) => (count === 1 ? 'Sends when 1 file is up' : `Sends when ${count} files are up`),
  dontWait: 'Don’t send yet',
  blocked: (count: number) =>
    count === 1
      ? 'Not sent: 1 file is not up. Try it again, pick it again, or remove it.'
      : `Not sent: ${count} files are not up. Try them again, pick them again, or remove them.`,
  tooMany: (name: string, most: number) => `${name} was not attached: at most ${most} files go with a message.`,
  tooLarge: (name: string, mostBytes: number) =>
    `${name} was not attached: it is larger than ${Math.round(mostBytes / 1024 / 1024)} MiB.`,
  empty: (name: string) => `${name} was not attached: it is empty.`,
  unreadable: (name: string) => `${name} was not attached: it can’t be read. Of a folder, pick the files in it.`,
  notTaken: (name: string, why: string) => `${name} was not attached. ${why}`,
  gone: 'The file can’t be read any more. Remove it, or pick it again.',
  shown: 'Files that came with this message',
  open: (name: string) => `Show ${name}`,
  download: 'Download',
  close: 'Close',
  notKept: 'not kept any more',
  scaled: (name: string, width: number, height: number) => `${name} was scaled down to ${width} × ${height}.`,
  notReached: 'could not be fetched',
} as const
