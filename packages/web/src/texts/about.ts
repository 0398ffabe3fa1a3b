/** What this browser keeps, and what somebody needs who is asked for help. */
export const aboutTexts = {
  kept: 'Kept on this device',
  keeps: (size: string) =>
    `${size} of this page: itself, what was read last, drafts, and what is not sent yet. Without the relay it can be read here.`,
  keepsUntold:
    'This page, what was read last, drafts, and what is not sent yet. Without the relay it can be read here.',
  forget: 'Forget what was read',
  forgotten: 'Forgotten. Drafts and unsent messages stay; what is open is kept again as it is read.',
  help: 'For a report',
  helpAbout: 'Versions, connection and browser. Nothing that was said, no names, no addresses.',
  copy: 'Copy details',
  copied: 'Copied.',
  notCopied: 'This browser did not let it be copied.',
} as const
