import { fileURLToPath } from 'node:url'
import vue from '@vitejs/plugin-vue'
import { defineConfig, type Plugin } from 'vite'

/** Names of files that the page is made of. */
const [EARLY, WIRE, LINK, PAGE, SESSION] = ['early', 'wire', 'link', 'page', 'session']
const SERVER = process.env['FARHAND_SERVER'] ?? 'http://127.0.0.1:3000'

/**
 * Names in the page's HTML what its one script does not: what asks the relay while that is still on its way, and the
 * files that come right after it. Styles stand before scripts: the first look needs them alone.
 */
const firstLook: Plugin = {
  name: 'first-look',
  apply: 'build',
  transformIndexHtml: {
    order: 'post',
    handler(html, { bundle = {} }) {
      const chunk = (name: string) =>
        Object.values(bundle)
          .filter((file) => file.type === 'chunk')
          .find((file) => file.name === name)
      const [early, page, session] = [EARLY, PAGE, SESSION].map(chunk)
      const next = [WIRE, LINK, PAGE].flatMap((name) => chunk(name) ?? [])
      const scripts = [
        ...(early === undefined ? [] : [`<script type="module" async crossorigin src="/${early.fileName}"></script>`]),
        ...(html.match(/<script type="module".*/g) ?? []),
        ...next.map(({ fileName }) => `<link rel="modulepreload" crossorigin href="/${fileName}">`),
      ]
      const styles = [
        ...(html.match(/<link rel="stylesheet".*/g) ?? []),
        ...[...(page?.viteMetadata?.importedCss ?? [])].map(
          (file) => `<link rel="stylesheet" crossorigin href="/${file}">`,
        ),
      ]
      // Only a session's address asks for these.
      const files = session === undefined ? [] : [session.fileName, ...(session.viteMetadata?.importedCss ?? [])]
      const names = `<meta name="session-files" content="${files.map((file) => `/${file}`).join(' ')}">`
      const without = html.replaceAll(/^ *<(?:link rel="(?:stylesheet|modulepreload)"|script type="module").*\n/gm, '')
      return without.replace(
        /^ *<\/head>/m,
        (end) => [names, ...styles, ...scripts].map((tag) => `    ${tag}\n`).join('') + end,
      )
    },
  },
}

/**
 * Tells V8 that what every page begins with is called at once, nearly all of it: it is made ready beside the page's thread,
 * while it is read. To others this is a comment.
 */
const calledOnLoad: Plugin = {
  name: 'called-on-load',
  apply: 'build',
  generateBundle: {
    order: 'post', // by then nothing else is written above it
    handler(_options, bundle) {
      for (const file of Object.values(bundle))
        if (file.type === 'chunk' && (file.isEntry || [WIRE, LINK, PAGE].includes(file.name)))
          file.code = `//# allFunctionsCalledOnLoad\n${file.code}`
    },
  },
}

export default defineConfig({
  plugins: [vue(), firstLook, calledOnLoad],
  // One `.env` for the whole repository. Only names with these prefixes reach the page.
  envDir: fileURLToPath(new URL('../..', import.meta.url)),
  envPrefix: ['VITE_', 'WS_'],
  build: {
    outDir: 'dist',
    emptyOutDir: true,
    // Nothing is inlined: the page's content security policy takes fonts from files only.
    assetsInlineLimit: 0,
    // What begins every page is one file, and so are the schemas, the link, the page and a session's page: over HTTP/1.1,
    // thirty small ones wait for each other, and one large one is read without a pause. `npm run check` says how large they may be.
    rolldownOptions: {
      output: {
        codeSplitting: {
          groups: [
            { name: EARLY, test: /src\/(early|services\/firstTicket)\.ts$/, priority: 5 },
            { name: 'begin', tags: ['$initial'], priority: 4 },
            { name: WIRE, test: /src\/wire\.ts$/, priority: 3 },
            {
              name: LINK,
              test: /src\/services\/headStart\.ts$|shared\/src\/types\/(bodies|machine)\.ts$/,
              priority: 2,
            },
            { name: PAGE, test: /src\/page\.ts$/, priority: 1 },
            { name: SESSION, test: /SessionPage\.vue/ },
          ],
        },
      },
    },
    chunkSizeWarningLimit: 600,
  },
  // The highlighter loads each grammar when it is first needed.
  worker: { format: 'es' },
  server: {
    proxy: {
      '/api': { target: SERVER },
      '/socket.io': { target: SERVER, ws: true },
    },
  },
})
