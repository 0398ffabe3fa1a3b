/**
 * What the conversation says for each notice of an agent or the relay. `said` are the notice's own words, which tell what only
 * they can know. A notice of a later agent, without a line here, is shown in its own words.
 */
export const noticeTexts: Readonly<Record<string, (said: string) => string>> = {
  // What people wished, and what came of it.
  setting: (said) => said,
  setting_refused: (said) => `Not changed: ${said}`,
  queue: (said) => said,
  queue_late: (said) => `Too late: ${said}`,
  stale_decision: (said) => said,
  decision_refused: (said) => said,
  option_ignored: (said) => said,
  grant: (said) => said,
  grant_late: (said) => `Too late: ${said}`,
  rewound: (said) => said,
  rewind_refused: (said) => `Did not go back: ${said}`,
  attachments: (said) => said,
  // A run under way.
  stopping: (said) => `Stopping: ${said}`,
  interrupted: () => 'The run was stopped.',
  taken_up: (said) => `Goes on after the agent was restarted. ${said}`,
  idle: (said) => `${said} It is ended if that goes on.`,
  background_task: (said) => said,
  conversation_lost: (said) => said,
  permission_denied: (said) => said,
  step: (said) => said,
  // What Claude Code tells.
  api_retry: (said) => said,
  rate_limit: (said) => said,
  compacting: (said) => said,
  compacted: (said) => said,
  notification: (said) => said,
  informational: (said) => said,
  local_command_output: (said) => said,
  unknown: (said) => said,
  malformed: (said) => said,
  malformed_response: (said) => said,
  // Where another record ends or begins.
  import_began: () => 'Imported from Claude Code',
  import_ended: () => 'End of what was imported',
  import_shared: (said) => said,
  forgotten: (said) => said,
}

export const importTexts = {
  began: (title: string) => `Imported from Claude Code: ‘${title}’`,
  messages: (count: string) => `${count} messages`,
  omitted: (count: string) => `the oldest ${count} are not shown here, Claude knows them`,
  goTo: 'Open the other session',
} as const

export const limitTexts = {
  resets: (time: string) => `It resets at ${time}.`,
} as const

export const rawTexts = {
  show: 'As it came',
} as const
