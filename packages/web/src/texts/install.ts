/** How the page becomes an app of its own. */
export const installTexts = {
  title: 'As an app',
  install: 'Install Farhand',
  refused: 'The browser did not install it. Its menu may offer it, too.',
  states: {
    installed: 'Installed on this device.',
    offered: 'In a window of its own, with a sign on the desktop or home screen.',
    ios: 'On an iPhone or iPad: press Share in Safari, then Add to Home Screen.',
    insecure: 'Browsers install pages over https only. This page came over plain http.',
    menu: 'Where the browser can install it, its menu or address bar says so.',
  },
} as const
