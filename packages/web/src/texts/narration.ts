/** What is read out to people who can't see the conversation. */
export const narrationTexts = {
  approval: (title: string) => `Approval needed: ${title}`,
  question: (said: string) => (said === '' ? 'Question from Claude.' : `Question from Claude: ${said}`),
  plan: 'Plan ready to review.',
  budget: 'The budget is used up. Your answer is needed.',
  finished: (said: string) => (said === '' ? 'Claude finished.' : `Claude finished: ${said}`),
  stopped: 'The run was stopped.',
  failed: (reason: string) => `The run failed: ${reason}`,
} as const
