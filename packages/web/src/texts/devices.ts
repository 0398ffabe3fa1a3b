/** Who is signed in, and how another device comes in. */
export const deviceTexts = {
  title: 'Devices',
  unknown: 'A browser',
  here: 'this one',
  of: (name: string, device: string) => `${device} · ${name}`,
  seen: (ago: string) => (ago === 'now' ? 'Here now' : `Last seen ${ago} ago`),
  since: (day: string) => `signed in ${day}`,
  signOut: 'Sign out',
  signOutOf: (device: string) => `Sign out ${device}`,
  signOutOthers: 'Sign out everywhere else',
  signedOut: (device: string) => `Signed out: ${device}.`,
  signedOutOthers: 'Signed out everywhere else.',
  loading: 'Asking the relay…',
  again: 'Try again',
  add: 'Add a phone',
  addAnother: 'Make another link',
  linkLabel: 'Login link',
  copyLink: 'Copy link',
  code: 'The same as a QR code, for the camera of the phone',
  linkAbout: (until: string) =>
    `Open it on the phone, or point its camera at the code. It signs one device in as you, once, until ${until}. Whoever has it can do all that you can here.`,
  linkOld: 'The link is too old now.',
  linkUsed: (device: string) => `Signed in with the link: ${device}.`,
  unreachable:
    'Only this machine reaches the relay. To use it from a phone, start it with --lan, or put it behind TLS and set PUBLIC_URL.',
} as const
