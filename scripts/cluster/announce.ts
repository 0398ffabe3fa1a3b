export type RelayPlace = { port: number; pid: number | undefined }

/** What a person reads when all is up. */
export function clusterAnnouncement(link: string, relays: readonly RelayPlace[], project: string): string {
  const [first] = relays
  return [
    '',
    '  Farhand is running on several relays. Open this link to sign in (it works once):',
    '',
    `    ${link}`,
    '',
    ...relays.map(({ port, pid }, index) => `  Relay ${index + 1}: http://127.0.0.1:${port}, process ${pid ?? '?'}`),
    `  Project: ${project}`,
    '',
    `  Kill one (kill -9 ${first?.pid ?? 'PID'}): pages and agent go on at the other, and it is started again.`,
    '  Ctrl-C ends it.',
    '',
    '',
  ].join('\n')
}
