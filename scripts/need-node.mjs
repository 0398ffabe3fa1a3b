// Runs on any Node before the npm scripts, which need a newer one than many machines have.
// `npm install` brings it (the package `node`) and npm puts it first in PATH; this says so when it is missing.
// Plain old JavaScript on purpose: whatever cannot be parsed by an old Node could not say so either.
const NEEDED_MAJOR = 24
const major = Number(process.versions.node.split('.')[0])
const minor = Number(process.versions.node.split('.')[1])

if (major < NEEDED_MAJOR) {
  const tooOldForNpm = major < 20 || (major === 20 && minor < 19)
  console.error(
    tooOldForNpm
      ? 'Farhand needs Node 20.19 or newer to install itself, and this is ' +
          process.version +
          ': install a newer one from https://nodejs.org, then run `npm install` again.'
      : 'Farhand brings its own Node, but this is ' +
          process.version +
          ': run `npm install` in this directory (without --ignore-scripts), then try again with `npm start`, `npm test` or `npm run …`.',
  )
  process.exit(1)
}
