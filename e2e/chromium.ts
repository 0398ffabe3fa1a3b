const FLAGS = [
  // Containers often run as root and with a small /dev/shm; the pages are our own.
  '--no-sandbox',
  '--disable-dev-shm-usage',
  // The browser itself asks nothing of the network.
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-first-run',
  '--disable-quic',
]

/** How the Chromium of tests and benchmarks is started; `CHROMIUM_PATH` names another than Debian's. */
export const launchOptions = { executablePath: process.env['CHROMIUM_PATH'] || '/usr/bin/chromium', args: FLAGS }
