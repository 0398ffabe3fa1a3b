/** What is said before somebody is signed in. */
export const loginTexts = {
  pageTitle: 'Sign in — Farhand',
  title: 'Sign in to Farhand',
  about: 'Open the login link that the server printed when it started, or enter a token.',
  token: 'Token',
  keptAs: 'Farhand',
  signIn: 'Sign in',
  signingIn: 'Signing in…',
  linkUsed:
    'This link was used already or is too old. Make another in the settings of a browser that is signed in, start the server again for a new one, or enter a token.',
  tokenWrong: 'This token is not valid.',
} as const
